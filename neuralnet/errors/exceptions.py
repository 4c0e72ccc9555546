"""Exceptions of files: what cannot be read, and what may not be trusted."""

from __future__ import annotations


class CorruptFileError(ValueError):
    """A file that is damaged, or is no file of a network; nothing was loaded."""


class UntrustedError(ValueError):
    """An expression from a file that only ``trusted=True`` accepts."""
