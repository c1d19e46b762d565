"""The equations: layers, losses, and the networks made of them. Columns are examples.

layers.py         the six equations of a layer, and the functions that compute them
activations.py    activation functions g and their derivatives
losses.py         losses, each with its output activation
network.py        Network: forward and backward propagation over all layers, the cost
parameters.py     Parameters: all W[l] and b[l] as views of one vector theta
initializers.py   initialize: weights to start from
array_checks.py   checks of the arrays that users hand to a network
passes.py         the passes that training calls
workspace.py      Workspace: the arrays that these passes fill
ensemble.py       Ensemble: several shallow networks that are trained side by side
"""
