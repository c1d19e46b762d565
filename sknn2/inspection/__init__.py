"""Tools that look at a network or a fitted estimator.

gradient_check  compares backpropagation with central differences
"""
