"""Stateful transforms of a formula, one in each file, and the check of their saved states."""
