"""Predictions of rows: averages over optima, standard errors, confidence and prediction intervals."""
