"""Networks as files and back: safe to open, whoever made them.

Converts a network to a document with arrays. It runs nothing of what a file says.
"""

from .files import check_plan, from_parts, load, save, to_parts
from .network import SavedNetwork

__all__ = ["SavedNetwork", "check_plan", "from_parts", "load", "save", "to_parts"]
