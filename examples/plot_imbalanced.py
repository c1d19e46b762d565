"""
Rare cases: weights or another threshold?
=========================================

One row in twenty is a rare case. A classifier with the best accuracy misses
most of them, because "no" is nearly always right. Two remedies and their costs
are compared.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.metrics import (
    balanced_accuracy_score,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
)
from sklearn.model_selection import TunedThresholdClassifierCV, train_test_split

from sknn2 import ShallowNNClassifier

# %%
# The data
# --------
# 6000 rows of ten columns, half of them to test on.

X, y = make_classification(
    n_samples=6000,
    n_features=10,
    n_informative=5,
    n_redundant=2,
    weights=[0.95],
    class_sep=0.8,
    random_state=2,
)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, stratify=y, random_state=0
)
share = y_test.mean()
print(f"{np.count_nonzero(y_test)} of {len(y_test)} test rows are rare cases.\n")

# %%
# Three classifiers
# -----------------
# *plain* is trained without weights. *balanced* is trained with weights that give both
# classes the same sum. *tuned* is plain with another threshold on its probability:
# cross-validation on the training rows finds the one with the best balanced accuracy.

settings = {
    "hidden_units": 20,
    "alpha": 1.0,
    "learning_rate": 0.01,
    "max_iter": 40,
    "random_state": 0,
}
plain = ShallowNNClassifier(**settings)
balanced = ShallowNNClassifier(class_weight="balanced", **settings)
tuned = TunedThresholdClassifierCV(plain, scoring="balanced_accuracy", cv=5)
models = {"plain": plain, "balanced": balanced, "tuned": tuned}

print(f"{'':10}{'recall':>8}{'precision':>11}{'balanced':>10}{'alarms':>8}", end="")
print(f"{'mean':>13}{'log':>7}")
print(f"{'':10}{'':8}{'':11}{'accuracy':>10}{'':8}{'probability':>13}{'loss':>7}")
points = {}
for name, model in models.items():
    model.fit(X_train, y_train)
    predicted = model.predict(X_test)
    proba = model.predict_proba(X_test)
    points[name] = recall_score(y_test, predicted), precision_score(y_test, predicted)
    print(
        f"{name:10}{points[name][0]:>8.1%}{points[name][1]:>11.1%}"
        f"{balanced_accuracy_score(y_test, predicted):>10.1%}"
        f"{np.count_nonzero(predicted):>8}{proba[:, 1].mean():>13.1%}"
        f"{log_loss(y_test, proba):>7.3f}"
    )

# %%
# What they gain and what they cost
# ---------------------------------
# Both remedies find most of the rare cases, and both cause false alarms. They differ in
# the probabilities. *balanced* was trained as if every second row were a rare case, so
# its probabilities are far too high. *tuned* does not change the probabilities, only
# the threshold, but fits the network once for each fold and once more.

print(
    f"""
recall: how many of the rare cases are found. precision: how many of the
alarms are rare cases. balanced accuracy: the mean of the recalls of both
classes, 50% for a coin.

plain finds few and is seldom wrong about them. balanced and tuned find most,
but most of their alarms are false. On average plain and tuned give a
probability close to the true share of {share:.1%}; balanced gives one that is far
too high, so its probabilities must not be read as such. tuned draws the line
at a probability of {tuned.best_threshold_:.3f} instead of 0.5, at the price of
five more fits."""
)

# %%
# Every threshold at once
# -----------------------
# Each curve is one network with every threshold on its probability; a mark is the
# classifier itself. *plain* and *tuned* are two points of one curve.

fig, ax = plt.subplots(figsize=(6.5, 5), layout="constrained")
for name, color in (("plain", "tab:blue"), ("balanced", "tab:orange")):
    proba = models[name].predict_proba(X_test)[:, 1]
    precision, recall, _ = precision_recall_curve(y_test, proba)
    ax.plot(
        recall,
        precision,
        color=color,
        drawstyle="steps-post",
        label=f"trained {name}, every threshold",
    )
for name, marker, color in (
    ("plain", "o", "tab:blue"),
    ("balanced", "s", "tab:orange"),
    ("tuned", "D", "tab:blue"),
):
    threshold = tuned.best_threshold_ if name == "tuned" else 0.5
    ax.plot(
        *points[name],
        marker,
        color=color,
        markeredgecolor="black",
        markersize=9,
        linestyle="none",
        label=f"{name}: threshold {threshold:.2f}",
    )
ax.axhline(share, color="grey", linestyle="--", label=f"alarm for all: {share:.1%}")
ax.set(
    title="Rare cases found, and alarms that are true",
    xlabel="recall: share of the rare cases that are found",
    ylabel="precision: share of the alarms that are true",
)
ax.legend(loc="upper right")
plt.show()
