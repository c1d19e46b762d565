"""The equations of a network, where columns are examples. It needs NumPy only.

activations   the hidden activations g, each with its derivative; ACTIVATIONS
losses        the losses, each with its output activation; LOSSES
layers        the equations of one layer, forward and backward
parameters    the weights and biases of all layers as views of one vector theta
workspace     the arrays that a forward and a backward pass fill
network       layers and a loss together: forward, cost, backward
ensemble      K shallow networks side by side, with one product with X for all
initializers  the random weights that a training starts from; INITIALIZERS
array_checks  checks of the arrays that users hand to a network
"""
