"""Networks as files and back: safe to open, whoever made them.

Converts a network to a document with arrays. It runs nothing of what a file says.
"""

from .files import check_plan, load, revive, save, take_down

__all__ = ["check_plan", "load", "revive", "save", "take_down"]
