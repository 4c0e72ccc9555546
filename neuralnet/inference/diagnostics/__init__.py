"""Diagnostics of a fit: residuals, leverage and influence, calibration, lack of fit."""
