"""
Why weights of 0.01 fail in a deep net
======================================

Normal weights with a deviation of 0.01 work for one hidden layer. In a deep net
each layer shrinks its input, and in the backward pass the gradient, until they
are too small to learn from. The deviations of Xavier and He are chosen so that
a layer keeps the size of both.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from sknn2 import DeepNNClassifier, Network, initialize

# %%
# Six hidden layers
# -----------------
# 32 units in each, on two moons, scaled. Before training: how large are the output and
# the gradient of each layer?

X, y = make_moons(400, noise=0.2, random_state=0)
X = (X - X.mean(axis=0)) / X.std(axis=0)
Y = y[np.newaxis].astype(float)
hidden = (32,) * 6
units = (2, *hidden, 1)

nets = {
    ("tanh", "small_normal"): "tanh, 0.01 N(0, 1)",
    ("tanh", "xavier"): "tanh, xavier",
    ("relu", "small_normal"): "relu, 0.01 N(0, 1)",
    ("relu", "he"): "relu, he",
}
forward, backward = {}, {}
for activation, init in nets:
    network = Network(units, activation)
    parameters = initialize(units, init, rng=0)
    _, caches = network.forward(X.T, parameters)
    forward[activation, init] = [np.std(cache.A) for cache in caches[1:-1]]
    gradient = network.backward(Y, caches)
    backward[activation, init] = [
        np.sqrt(np.mean(dW**2)) / len(X) for dW in gradient.W[1:]
    ]
    A, dW = forward[activation, init], backward[activation, init]
    print(
        f"{nets[activation, init]:20} deviation of A[1] {A[0]:.0e}, "
        f"of A[6] {A[-1]:.0e}; size of dW[1] {dW[0]:.0e}"
    )

# %%
# Training
# --------
# The same steps of gradient descent for each. A cost of log 2 is that of guessing.

curves = {}
print()
for activation, init in nets:
    model = DeepNNClassifier(
        hidden,
        activation=activation,
        init=init,
        solver="sgd",
        learning_rate=0.1,
        alpha=0.0,
        max_iter=300,
        tol=None,
        random_state=0,
    ).fit(X, y)
    curves[activation, init] = model.loss_curve_
    print(
        f"{nets[activation, init]:20} cost {model.loss_:.4f} after {model.n_iter_} "
        f"epochs, {model.score(X, y):.1%} right"
    )
print(f"{'a coin':20} cost {np.log(2):.4f}")

# %%
# Forward, backward, and the cost
# -------------------------------

fig, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
for k, (name, label) in enumerate(nets.items()):
    style = {"color": f"C{k // 2}", "linestyle": "--" if k % 2 == 0 else "-"}
    layers = np.arange(1, 7)
    axes[0].semilogy(layers, forward[name], marker="o", label=label, **style)
    axes[1].semilogy(np.arange(1, 8), backward[name], marker="o", **style)
    axes[2].plot(curves[name], **style)
axes[0].set(title="Forward: deviation of A[l]", xlabel="hidden layer l")
axes[1].set(title="Backward: size of dW[l]", xlabel="layer l")
axes[2].axhline(np.log(2), color="grey", linestyle=":")
axes[2].text(300, np.log(2) + 0.01, "a coin", ha="right", color="grey")
axes[2].set(title="Training: cost J", xlabel="epochs", ylim=(0, 0.8))
axes[0].legend()
plt.show()
