"""The equations: layers, losses, and the networks made of them. Columns are examples.

layers            the six equations of a layer, and the functions that compute them
activations       activation functions g and their derivatives
activation_checks a trial of an activation that a user has written
losses            losses, each with its output activation
network           Network: forward and backward propagation over all layers, the cost
parameters        Parameters: all W[l] and b[l] as views of one vector theta
initializers      initialize: weights to start from
array_checks      checks of the arrays that users hand to a network
passes            the passes that training calls
workspace         Workspace: the arrays that these passes fill
ensemble          Ensemble: several shallow networks that are trained side by side
custom_loss       CustomLoss: a loss from a function of Z and Y
"""
