"""Predictions of rows: averages over optima, standard errors, and intervals."""
