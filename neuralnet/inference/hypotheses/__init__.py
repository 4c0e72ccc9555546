"""Tests of hypotheses: of predictors, of terms, of linearity, and of smaller models."""
