"""Tools that look at a fitted estimator."""
