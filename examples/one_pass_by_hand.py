"""
One pass by hand
================

One forward and one backward pass through a network of two inputs, three tanh
units and one sigmoid output, on four examples: few enough to check each number
with pencil and paper.

Each equation is computed twice: by NumPy as in the textbook (on the left) and
by the functions of sknn2 (on the right). The numbers (1) to (6) are those of
sknn2/network/layers.py, where the same equations stand beside their code.
"""

import numpy as np

from sknn2 import (
    Cache,
    Network,
    Parameters,
    check_gradient,
    layer_backward,
    layer_forward,
    linear_forward,
)
from sknn2.network.activations import ACTIVATIONS
from sknn2.network.losses import LOSSES


def show(equation, by_hand, by_sknn2=None):
    """Print an equation, its shape and its numbers, side by side."""
    print(f"{equation}    shape {by_hand.shape}")
    for i, row in enumerate(by_hand):
        line = "".join(f"{number:9.4f}" for number in row)
        if by_sknn2 is not None:
            line = f"{line:40}|" + "".join(f"{number:9.4f}" for number in by_sknn2[i])
        print(line)
    print()
    if by_sknn2 is not None:
        differences.append(np.abs(by_hand - by_sknn2).max())


differences = []

# %%
# What is given
# -------------
# Examples are columns: X is (n[0], m) = (2, 4). Y says which of the four
# belong to class 1. W[l] has a row for each unit of layer l and a column for
# each unit of the layer before.

X = np.array([[1.0, 2.0, -1.0, 0.5], [0.0, 1.0, 1.0, -2.0]])
Y = np.array([[1.0, 0.0, 1.0, 0.0]])
m = X.shape[1]

W1 = np.array([[0.5, -0.2], [0.1, 0.4], [-0.3, 0.6]])
b1 = np.array([[0.1], [0.0], [-0.1]])
W2 = np.array([[0.7, -0.5, 0.2]])
b2 = np.array([[0.3]])

print("GIVEN\n")
for name, array in (
    ("X", X),
    ("Y", Y),
    ("W[1]", W1),
    ("b[1]", b1),
    ("W[2]", W2),
    ("b[2]", b2),
):
    show(name, array)

# %%
# Forwards
# --------
# Layer by layer: a matrix product and a bias, then the activation function.
# layer_forward returns A[l] and a cache for the backward pass.

print("FORWARDS: plain NumPy | sknn2\n")

Z1 = W1 @ X + b1
show("(1) Z[1] = W[1] X + b[1]", Z1, linear_forward(X, W1, b1))

A1 = np.tanh(Z1)
A1_sknn2, cache1 = layer_forward(X, W1, b1, "tanh")
show("(2) A[1] = tanh(Z[1])", A1, A1_sknn2)

Z2 = W2 @ A1 + b2
show("(1) Z[2] = W[2] A[1] + b[2]", Z2, linear_forward(A1_sknn2, W2, b2))

A2 = 1 / (1 + np.exp(-Z2))
A2_sknn2, cache2 = layer_forward(A1_sknn2, W2, b2, "sigmoid")
show("(2) A[2] = sigmoid(Z[2])", A2, A2_sknn2)

loss = LOSSES["binary_cross_entropy"]
J = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
J_sknn2 = loss.cost(Z2, Y) / m
print(f"J = -1/m sum(Y log A[2] + (1 - Y) log(1 - A[2])) = {J:.6f} | {J_sknn2:.6f}\n")
differences.append(abs(J - J_sknn2))

# %%
# Backwards
# ---------
# Layer by layer from the last to the first: (3), (4) and (5) give dZ[l], dW[l]
# and db[l], and (6) gives dA[l-1] for the layer before. layer_backward computes
# all four in one call: it takes dA[l] and the cache, and returns dA[l-1], dW[l]
# and db[l]. Its derivatives are sums over the examples; here they are divided
# by m.
#
# The first is dA[2] = -(Y/A - (1-Y)/(1-A)), the derivative of the loss.
# Multiplied by the derivative of the sigmoid, A (1 - A), it is A[2] - Y.

print("BACKWARDS: plain NumPy | sknn2\n")

dA2 = loss.dA(A2_sknn2, Y)
dA1, dW2_sum, db2_sum = layer_backward(dA2, cache2, "sigmoid")
_, dW1_sum, db1_sum = layer_backward(dA1, cache1, "tanh")

dZ2 = A2 - Y
show("(3) dZ[2] = A[2] - Y", dZ2, ACTIVATIONS["sigmoid"].backward(dA2, A2_sknn2))

dW2 = dZ2 @ A1.T / m
show("(4) dW[2] = 1/m dZ[2] A[1].T", dW2, dW2_sum / m)

db2 = dZ2.sum(axis=1, keepdims=True) / m
show("(5) db[2] = 1/m sum of dZ[2] by rows", db2, db2_sum / m)

dA1_by_hand = W2.T @ dZ2
show("(6) dA[1] = W[2].T dZ[2]", dA1_by_hand, dA1)

dZ1 = dA1_by_hand * (1 - A1**2)
show(
    "(3) dZ[1] = dA[1] * (1 - A[1]^2)",
    dZ1,
    ACTIVATIONS["tanh"].backward(dA1, A1_sknn2),
)

dW1 = dZ1 @ X.T / m
show("(4) dW[1] = 1/m dZ[1] X.T", dW1, dW1_sum / m)

db1 = dZ1.sum(axis=1, keepdims=True) / m
show("(5) db[1] = 1/m sum of dZ[1] by rows", db1, db1_sum / m)

print(f"Left and right differ by at most {max(differences):.1e}.\n")

# %%
# A cache can also be made by hand, of A[l-1], W[l], b[l] and Z[l].

by_hand = layer_backward(dA1, Cache(X, W1, b1, Z1), "tanh")
same = np.allclose(by_hand[1], dW1_sum, rtol=1e-14, atol=0)
print(f"A cache made by hand gives {'the same' if same else 'ANOTHER'} dW[1].\n")

# %%
# One step
# --------
# The whole pass is one call. Parameters keeps all weights and biases in one
# vector theta, of which W[l] and b[l] are views, and the gradient is laid out
# in the same way: one line updates all of them.

network = Network((2, 3, 1), activation="tanh")
parameters = Parameters.from_arrays([W1, W2], [b1, b2])
before, gradient = network.cost_and_gradient(X, Y, parameters)

learning_rate = 0.5
parameters.theta -= learning_rate * gradient.theta

print(f"ONE STEP, theta = theta - {learning_rate} dtheta: textbook | sknn2\n")
show("W[1]", W1 - learning_rate * dW1, parameters.W[1])
show("b[1]", b1 - learning_rate * db1, parameters.b[1])
show("W[2]", W2 - learning_rate * dW2, parameters.W[2])
show("b[2]", b2 - learning_rate * db2, parameters.b[2])
after = network.cost(X, Y, parameters)
print(f"The step brought the cost from {before:.6f} down to {after:.6f}.\n")

# %%
# Is the gradient right?
# ----------------------
# check_gradient changes each parameter a little up and down and measures how the cost
# changes. That needs no backpropagation, so it can test it.

print("IS THE GRADIENT RIGHT?\n")
print(check_gradient(network, X, Y, parameters))
