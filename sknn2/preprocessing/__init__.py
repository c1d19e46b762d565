"""Encoders that stand in front of the estimators."""
