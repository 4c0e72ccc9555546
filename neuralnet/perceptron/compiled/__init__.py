"""Compiled engine: the passes and whole trainings of first order as machine code, by numba.

Needs the extra ``fast``. Imported only for ``engine="compiled"``.
"""

from .engine import CompiledEngine

__all__ = ["CompiledEngine"]
