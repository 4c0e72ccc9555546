"""The kernel and whole trainings as machine code, by numba: the extra ``fast``.

Imported only where a network asks for ``engine="compiled"``.
"""

from .engine import CompiledEngine

__all__ = ["CompiledEngine"]
