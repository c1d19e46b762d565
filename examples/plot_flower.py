"""
The flower: what a hidden layer is for
======================================

Two classes lie in the petals of a flower. No straight line separates them:
logistic regression is no better than guessing. Four hidden units and plain
gradient descent learn the petals.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from sklearn.linear_model import LogisticRegression

from sknn2 import ShallowNNClassifier, initialize

# %%
# The data
# --------
# The points of class j have the angle t and the radius 4 sin(4 t), both with noise.

rng = np.random.RandomState(1)
petals = []
for j in (0, 1):
    t = np.linspace(3.12 * j, 3.12 * (j + 1), 200) + 0.2 * rng.randn(200)
    r = 4 * np.sin(4 * t) + 0.2 * rng.randn(200)
    petals.append(np.column_stack([r * np.sin(t), r * np.cos(t)]))
X = np.concatenate(petals)
y = np.repeat([0, 1], 200)

# %%
# Two models
# ----------
# Four tanh units, full batches, learning rate 1.2, 10,000 updates and normal initial
# weights with a deviation of 0.01. There is no penalty, no scaling and no early
# stopping.

model = ShallowNNClassifier(
    4,
    activation="tanh",
    solver="sgd",
    learning_rate=1.2,
    schedule="constant",
    batch_size="full",
    alpha=0,
    standardize=False,
    init=initialize((2, 4, 1), "small_normal", np.random.RandomState(2)),
    max_iter=10_000,
    tol=None,
)
model.fit(X, y)
linear = LogisticRegression().fit(X, y)

print(f"{len(X)} points in two classes.")
print(f"Logistic regression gets {linear.score(X, y):.1%} of them right.")
print(
    f"The network's cost is {model.loss_curve_[0]:.4f} at the start, where it can only "
    f"toss a coin (log 2 = {np.log(2):.4f}),\n"
    f"and {model.loss_curve_[-1]:.3f} after {model.n_iter_} steps. "
    f"The network gets {model.score(X, y):.1%} of the points right."
)

# %%
# What they have learnt
# ---------------------
# The colour is the probability of class 1; on the black line it is one half.

fig, axes = plt.subplots(1, 3, figsize=(13, 4.3), layout="constrained")
grid = np.linspace(-5, 5, 200)
x1, x2 = np.meshgrid(grid, grid)
points = np.column_stack([x1.ravel(), x2.ravel()])
colors = ListedColormap(["tab:blue", "tab:red"])
for ax, fitted, title in (
    (axes[0], linear, f"Logistic regression: {linear.score(X, y):.1%} right"),
    (axes[1], model, f"Four tanh units: {model.score(X, y):.1%} right"),
):
    proba = fitted.predict_proba(points)[:, 1].reshape(x1.shape)
    shade = ax.contourf(
        x1, x2, proba, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.6
    )
    ax.contour(x1, x2, proba, levels=[0.5], colors="black")
    for label in (0, 1):
        rows = y == label
        ax.scatter(
            *X[rows].T, s=10, color=colors(label), edgecolor="white", linewidth=0.3
        )
    ax.set(title=title, xlabel="first column of X", ylabel="second column of X")
    ax.set_aspect("equal")
fig.colorbar(shade, ax=axes[1], label="probability of class 1 (red points)")

axes[2].plot(np.arange(model.n_iter_), model.loss_curve_)
axes[2].axhline(np.log(2), color="grey", linestyle="--", label="a coin: log 2")
axes[2].set(
    title="The cost during training",
    xlabel="steps of gradient descent",
    ylabel="cost J (mean cross-entropy)",
    ylim=(0, None),
)
axes[2].legend()
plt.show()
