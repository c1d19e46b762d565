"""One call of fit, from constructor arguments to fitted attributes."""
