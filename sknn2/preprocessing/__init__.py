"""Encoders of the columns of X, for use before an estimator."""
