"""
Quantile bands of a regression
==============================

A mean does not show how large the errors are, and here they depend on x. With
the pinball loss three nets predict quantiles: the median and a band for nine of
ten points.
"""

import matplotlib.pyplot as plt
import numpy as np

from sknn2 import Pinball, ShallowNNRegressor

# %%
# The data
# --------
# The noise grows with x and is not symmetric: its 5 %, 50 % and 95 % quantiles
# are known, so the nets can be judged.

rng = np.random.RandomState(0)
quantiles = (0.05, 0.5, 0.95)


def draw(m):
    """Return x of shape (m, 1) and y."""
    x = rng.uniform(0, 10, (m, 1))
    return x, center(x) + spread(x) * rng.exponential(size=m)


def center(x):
    """Return where the noise starts from."""
    return 20 * np.sin(x[:, 0])


def spread(x):
    """Return the scale of the noise."""
    return 1 + 2 * x[:, 0]


X, y = draw(2000)
X_test, y_test = draw(5000)

# %%
# Three nets
# ----------
# A loss object has the quantile as a parameter, so a search could try others. Each net
# scales the target itself. The pinball loss of an extreme quantile falls slowly and
# unevenly, so training does not stop early.

settings = {"alpha": 0.1, "max_iter": 200, "tol": None, "random_state": 0}
nets = {
    q: ShallowNNRegressor(loss=Pinball(quantile=q), **settings).fit(X, y)
    for q in quantiles
}
low, median, high = (nets[q].predict(X_test) for q in quantiles)
for q, net in nets.items():
    below = np.mean(y_test <= net.predict(X_test))
    print(f"quantile {q:.2f}: {below:.3f} of new points lie below it")
inside = (low <= y_test) & (y_test <= high)
print(f"{inside.mean():.1%} of new points lie in the band that should hold 90 %:")
for a, b in ((0, 3.3), (3.3, 6.7), (6.7, 10)):
    here = (X_test[:, 0] >= a) & (X_test[:, 0] < b)
    print(
        f"   {inside[here].mean():.1%} for x from {a:g} to {b:g}, "
        f"where it is {np.mean(high[here] - low[here]):.0f} wide"
    )

# %%
# The band
# --------
# Solid lines are the nets, dotted ones the truth.

grid = np.linspace(0, 10, 300)[:, np.newaxis]
fig, ax = plt.subplots(figsize=(9, 5), layout="constrained")
ax.scatter(X[:, 0], y, s=5, color="grey", alpha=0.4)
bottom, middle, top = (nets[q].predict(grid) for q in quantiles)
ax.fill_between(grid[:, 0], bottom, top, color="C0", alpha=0.25, label="5 % to 95 %")
ax.plot(grid, middle, color="C0", label="median")
for q in quantiles:
    truth = center(grid) - spread(grid) * np.log(1 - q)
    label = "the true quantiles" if q == 0.5 else None
    ax.plot(grid, truth, color="black", linestyle=":", linewidth=1.2, label=label)
ax.set(xlabel="x", ylabel="y", ylim=(-30, 120))
ax.legend(loc="upper left")
plt.show()
