"""
How depth and width bend a boundary
===================================

Two spirals wind round each other. A net without a hidden layer can only draw a
straight line between them. More units in a hidden layer give the boundary more
corners, and a second layer bends it further.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from sknn2 import DeepNNClassifier

# %%
# The data
# --------
# Each class goes round the middle more than twice, with some noise. Half of the points
# are held out for testing.

rng = np.random.RandomState(0)
t = np.sqrt(rng.uniform(0.02, 1, 1200)) * 4.5 * np.pi
y = np.arange(1200) % 2
angle = t + np.pi * y
X = np.column_stack([t * np.cos(angle), t * np.sin(angle)]) / 7
X += 0.07 * rng.standard_normal(X.shape)
train, test = np.arange(1200) < 600, np.arange(1200) >= 600

# %%
# Six nets
# --------
# Width goes from left to right, depth from top to bottom. L-BFGS trains each until the
# cost falls no more, so only the sizes differ, and the best of three starts is shown.

columns = (4, 12, 40)
rows = (1, 2)
nets = {}
for depth in rows:
    for width in columns:
        starts = [
            DeepNNClassifier(
                (width,) * depth,
                activation="tanh",
                solver="lbfgs",
                alpha=0.01,
                max_iter=300,
                tol=None,
                random_state=seed,
            ).fit(X[train], y[train])
            for seed in range(3)
        ]
        nets[depth, width] = min(starts, key=lambda net: net.loss_)

line = DeepNNClassifier((), solver="lbfgs", random_state=0).fit(X[train], y[train])
print(f"No hidden layer: {line.score(X[test], y[test]):.1%} of the test points right.")
for (depth, width), net in nets.items():
    print(
        f"{depth} hidden layer{'s' * (depth > 1)} of {width:2d} units, "
        f"{net.parameters_.theta.size:4d} parameters: "
        f"{net.score(X[test], y[test]):.1%} of the test points right."
    )

# %%
# Their boundaries
# ----------------
# The colour is the probability of the red class.

fig, axes = plt.subplots(2, 3, figsize=(12, 8), layout="constrained")
grid = np.linspace(-2.4, 2.4, 220)
x1, x2 = np.meshgrid(grid, grid)
points = np.column_stack([x1.ravel(), x2.ravel()])
colors = ListedColormap(["tab:blue", "tab:red"])
for ax, ((depth, width), net) in zip(axes.flat, nets.items(), strict=True):
    proba = net.predict_proba(points)[:, 1].reshape(x1.shape)
    ax.contourf(x1, x2, proba, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.6)
    ax.contour(x1, x2, proba, levels=[0.5], colors="black", linewidths=1)
    ax.scatter(*X[test].T, s=7, c=colors(y[test]), edgecolor="white", linewidth=0.2)
    layers = " + ".join([f"{width}"] * depth)
    right = net.score(X[test], y[test])
    ax.set(title=f"{layers} units: {right:.1%} right", xticks=[], yticks=[])
    ax.set_aspect("equal")
plt.show()
