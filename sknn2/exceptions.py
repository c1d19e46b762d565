"""Warnings of this package."""

from sklearn.exceptions import ConvergenceWarning


class DivergenceWarning(ConvergenceWarning):
    """Training was stopped because the cost exploded or was not finite."""
