"""Stateful transforms of a formula, one a file, and the states that they store."""
