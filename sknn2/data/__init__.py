"""What users hand over: X, y and weights."""
