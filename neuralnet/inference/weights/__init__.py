"""Weights as they are reported: canonical order, contrasts, covariance, standard errors."""
