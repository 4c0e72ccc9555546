"""Exceptions of saved files: damaged files, and expressions that are not trusted."""

from __future__ import annotations


class CorruptFileError(ValueError):
    """A file is damaged, or holds no network; nothing was loaded."""


class UntrustedError(ValueError):
    """A file holds an expression that is evaluated only with ``trusted=True``."""
