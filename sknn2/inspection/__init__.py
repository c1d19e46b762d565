"""Tools to inspect estimators."""
