"""
The path of the penalty
=======================

The best penalty differs between tables more than any other setting.
``ShallowNNClassifierCV`` finds it by out-of-fold losses, in a few steps. This
example plots the path on three tables, beside the losses of all penalties.
"""

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.metrics import log_loss, precision_recall_curve
from sklearn.model_selection import train_test_split

from sknn2 import ShallowNNClassifierCV

# %%
# Three tables
# ------------
# Digits are clean: hardly any label is in doubt. Some of the tumours are difficult.
# With shuffled labels there is nothing to learn.

digits, cancer = load_digits(return_X_y=True), load_breast_cancer(return_X_y=True)
shuffled = np.random.default_rng(0).permutation(cancer[1])
tables = {
    "handwritten digits": (digits[0][:800], digits[1][:800]),
    "tumours": cancer,
    "tumours, labels shuffled": (cancer[0], shuffled),
}

# %%
# The paths
# ---------
# Each begins at 3, in the middle, from weights at random. Each step starts from
# the weights of the one before, so it is short. ``oof_losses_`` has a row for each
# strength and a column for each fold: the loss of the net that has not seen it.

models = {}
for name, (X, y) in tables.items():
    models[name] = model = ShallowNNClassifierCV(random_state=0).fit(X, y)
    print(f"{name}: {model.n_iter_} iterations, alpha {model.alpha_:g}")
    for alpha, losses in zip(model.alphas_, model.oof_losses_, strict=True):
        print(f"    alpha {alpha:<5g} out-of-fold loss {losses.mean():.4f}")

# %%
# Out-of-fold probabilities
# -------------------------
# Every training row has an out-of-fold probability. Use these where
# probabilities of the training rows must not be too optimistic, such as to
# choose the threshold above which a tumour is called malignant.

X, y = cancer
malignant = (y == 0).astype(int)
X_train, X_test, y_train, y_test = train_test_split(
    X, malignant, test_size=0.4, stratify=malignant, random_state=0
)
model = ShallowNNClassifierCV(random_state=0).fit(X_train, y_train)
held_out = log_loss(y_train, model.oof_predict_proba_)
tested = log_loss(y_test, model.predict_proba(X_test))
seen = log_loss(y_train, model.predict_proba(X_train))
print(f"\nout-of-fold loss {held_out:.3f}, on new rows {tested:.3f}, seen {seen:.3f}")

precision, recall, thresholds = precision_recall_curve(
    y_train, model.oof_predict_proba_[:, 1]
)
threshold = thresholds[recall[:-1] >= 0.98].max()  # miss 2 in a hundred at most
called = model.predict_proba(X_test)[:, 1] >= threshold
found, wrong = called[y_test == 1].mean(), called[y_test == 0].mean()
print(
    f"threshold {threshold:.3f} finds {found:.1%} of the malignant tumours among new\n"
    f"rows, and is wrong about {wrong:.1%} of the others"
)

# %%
# Beside the paths: all penalties, each from new weights, as in a given grid.

strengths = [0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300]
everywhere = {
    name: ShallowNNClassifierCV(alphas=strengths, random_state=0).fit(X, y).oof_losses_
    for name, (X, y) in tables.items()
}

fig, axes = plt.subplots(1, 3, figsize=(13, 4), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    alone = everywhere[name].mean(axis=1)
    ax.plot(strengths, alone, "o--", color="0.6", label="each strength by itself")
    ax.plot(model.alphas_, model.oof_losses_, color="C0", linewidth=0.7, alpha=0.6)
    ax.plot([], color="C0", linewidth=0.7, label="the path: each fold")
    mean = model.oof_losses_.mean(axis=1)
    ax.plot(model.alphas_, mean, "o-", color="C0", linewidth=2.5, label="mean")
    low = mean.min()
    ax.plot(model.alpha_, low, "*", color="C3", markersize=15, label="chosen")
    ax.set(title=f"{name}: {model.alpha_:g}", xlabel="alpha", xscale="log")
    ax.set_ylim(0.4 * low, 3 * low)
axes[0].set_ylabel("loss on rows not seen")
handles, labels = axes[0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside lower center", ncols=4)
if len(sys.argv) > 1:
    fig.savefig(sys.argv[1], dpi=80)
plt.show()
