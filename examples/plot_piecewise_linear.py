"""
Columns that bend: the piecewise-linear encoder
===============================================

A relu net with one hidden layer is a piecewise-linear function of a column, and
has to learn where its kinks are. ``PiecewiseLinearEncoder`` adds kinks at the
quantiles. This example shows the features of a skewed column, and the
predictions of a net from them.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import log_loss

from sknn2 import (
    PiecewiseLinearEncoder,
    ShallowNNClassifierCV,
    make_tabular_classifier,
)

# %%
# A skewed column
# ---------------
# Incomes, most of them small, and some very large. Who buys does not depend on them
# linearly: few buy below one income and above another.


def buys(income):
    """Return the true probability at an income."""
    return 0.05 + 0.85 * (income > 1) - 0.6 * (income > 4)


def sample(m, rng):
    """Return m incomes and who buys."""
    income = rng.lognormal(0.5, 1.0, (m, 1))
    return income, (rng.random(m) < buys(income[:, 0])).astype(int)


rng = np.random.default_rng(0)
X, y = sample(2500, rng)
X_test, y_test = sample(20_000, rng)
print(f"median {np.median(X):.1f}, largest {X.max():.0f}")

# %%
# What the encoder makes of it
# ----------------------------
# The column itself, clipped smoothly, and a ramp for each bin. ``n_bins="auto"``
# takes more of them where there are more rows to place them by.

encoder = PiecewiseLinearEncoder().fit(X)
print(f"{encoder.edges_[0].size - 1} bins, edges {encoder.edges_[0].round(1)}")

# %%
# What a net makes of that
# ------------------------
# The same classifier, behind the encoder and without it.

models = {
    "ShallowNNClassifierCV()": ShallowNNClassifierCV(random_state=0),
    "make_tabular_classifier()": make_tabular_classifier(random_state=0),
}
truth = buys(X_test[:, 0])
best = log_loss(y_test, np.column_stack([1 - truth, truth]))
print(f"log loss of the truth: {best:.3f}")
for name, model in models.items():
    loss = log_loss(y_test, model.fit(X, y).predict_proba(X_test))
    print(f"log loss of {name}: {loss:.3f}")

# %%
# On the left the features, on the right the probabilities. The net with the
# encoder follows the true probability.

income = np.linspace(0.02, 12, 600)[:, np.newaxis]
features = encoder.transform(income)
fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4), layout="constrained")
left.plot(income, features[:, 1:], color="C1", linewidth=1)
left.plot(income, features[:, 0], color="C0", linewidth=2.5, label="plain")
left.plot([], color="C1", linewidth=1, label="bins")
left.vlines(encoder.edges_[0][1:-1], -0.1, 0.1, color="0.4", label="edges")
left.set(xlabel="income", ylabel="feature")
right.plot(income, buys(income), color="0.6", linewidth=3, label="truth")
for name, model in models.items():
    right.plot(income, model.predict_proba(income)[:, 1], label=name)
right.set(xlabel="income", ylabel="probability of buying")
left.legend()
right.legend()
if len(sys.argv) > 1:
    fig.savefig(sys.argv[1], dpi=80)
plt.show()
