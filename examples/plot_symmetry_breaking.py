"""
Why the weights start at random
===============================

Hidden units that start equal get the same gradients and the same updates, so
they stay equal: any number of them can do only what one can do. Small random
weights are enough to make them different.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons

from sknn2 import Network, Parameters, initialize

# %%
# The data and the network
# ------------------------
# Two interleaved moons, for a network of two inputs, four tanh units and one output.

X, y = make_moons(200, noise=0.15, random_state=0)
X, Y = X.T, y[np.newaxis].astype(float)  # one column per example
network = Network((2, 4, 1), activation="tanh")

# %%
# Three starts
# ------------
# All weights zero; all weights one half, which shows that zero is not the cause; and
# normal weights with a deviation of 0.01. Biases start from zero.

equal = Parameters(network.units)
equal.W[1][:] = equal.W[2][:] = 0.5
starts = {
    "all zero": initialize(network.units, "zeros"),
    "all 0.5": equal,
    "small random": initialize(network.units, "small_normal", np.random.RandomState(2)),
}

# %%
# Training
# --------
# Plain gradient descent, written out. W[1] is recorded before each update.

n_steps, learning_rate = 3000, 0.6
history = {}
for name, parameters in starts.items():
    kept = []
    for _ in range(n_steps):
        kept.append(parameters.W[1].copy())
        J, gradient = network.cost_and_gradient(X, Y, parameters)
        parameters.theta -= learning_rate * gradient.theta
    history[name] = np.array(kept)  # (steps, hidden units, inputs)

    A, _ = network.forward(X, parameters)
    accuracy = np.mean((A > 0.5) == (Y == 1))
    apart = np.ptp(history[name], axis=1).max()
    print(f"Weights start {name}. After {n_steps} steps W[1], a row for each unit, is")
    for row in parameters.W[1] + 0.0:  # + 0.0 turns -0.0 into 0.0
        print("   " + "".join(f"{w + 0.0:9.4f}" for w in row.round(4)))
    print(f"The rows were never further apart than {apart:.1e}.")
    print(f"The cost is {J:.4f}, and {accuracy:.1%} of the points are right.\n")

print(
    "From zero nothing moves: the hidden units give 0, so W[2] gets no gradient,\n"
    "and through W[2] = 0 none comes back to W[1]. From 0.5 the weights do move,\n"
    "but all units stay equal. From small random weights the units become different."
)

# %%
# The weights during training
# ---------------------------
# A colour for each hidden unit; the solid line is its weight for the first
# column of X, the dashed line for the second. Where the lines of all units lie
# on one another, one line is seen.

fig, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained", sharey=True)
for ax, (name, rows) in zip(axes, history.items(), strict=True):
    for unit in range(4):
        width = 5.5 - 1.4 * unit  # so that equal lines are seen to be four
        for j, style in enumerate(("-", "--")):
            ax.plot(rows[:, unit, j], style, color=f"C{unit}", linewidth=width)
    ax.set(title=f"Weights start {name}", xlabel="steps of gradient descent")
axes[0].set_ylabel("weights in W[1]")
for unit in range(4):
    axes[0].plot([], color=f"C{unit}", linewidth=5.5 - 1.4 * unit, label=f"unit {unit}")
axes[0].plot([], "k-", label="first input")
axes[0].plot([], "k--", label="second input")
axes[0].legend(loc="upper left", ncols=2)
plt.show()
