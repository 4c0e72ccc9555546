"""Slopes, comparisons and predictions: contrasts of the means with delta-method errors."""
