"""Tools that look at a network or a fitted estimator.

gradient_check  compares backpropagation with central differences
input_gradients the derivative of the output by each column of X
displays        plots of loss curves and of the path of penalties
"""
