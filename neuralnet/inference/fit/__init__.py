"""What is measured of a fit before anything is inferred: likelihood, curvature, judgement."""
