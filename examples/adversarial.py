"""
Adversarial examples
====================

A small change of every pixel, chosen against a network, makes it read digits wrongly
that it read rightly. ``input_gradients`` is all that an attacker needs; the same
gradient also helps to defend. The attack is the fast gradient sign method of
Goodfellow, Shlens and Szegedy (2015).
"""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn2 import ShallowNNClassifier, input_gradients

# %%
# A network that reads digits
# ---------------------------
# Pixels go from 0 to 16. They all have the same unit, so they are divided by 16 and not
# standardised.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, stratify=y, random_state=0
)
settings = {"standardize": False, "schedule": "constant", "learning_rate": 0.005}
net = ShallowNNClassifier(64, alpha=1.0, tol=None, random_state=0, **settings)
net.fit(X_train, y_train)

# %%
# The attack
# ----------
# The cross-entropy of a row is log sum exp(Z) - Z[y], so its derivative by the pixels
# is that of the logits, weighted by (probability - one-hot of y), the dZ[L] of
# training. Each pixel is moved by epsilon in the direction in which the loss rises.


def attack(net, X, y, epsilon):
    """Return rows that are moved by epsilon, so that the loss of a net rises."""
    dZ = net.predict_proba(X) - (y[:, np.newaxis] == net.classes_)
    dX = np.einsum("mjk,mk->mj", input_gradients(net, X), dZ)
    return np.clip(X + epsilon * np.sign(dX), 0, 1)


def noise(X, epsilon):
    """Return rows that are moved as far, in directions at random."""
    signs = np.random.default_rng(0).choice([-1, 1], X.shape)
    return np.clip(X + epsilon * signs, 0, 1)


# %%
# The defence
# -----------
# Another net of the same start is trained on, pass by pass, on digits that are attacked
# as it stands at that moment. Half of the rows of each pass are left as they are.

hardened = ShallowNNClassifier(64, alpha=0.02, random_state=0, **settings)
for _ in range(60):
    rows, labels = X_train, y_train
    if hasattr(hardened, "parameters_"):
        moved = attack(hardened, X_train, y_train, 0.1)
        rows, labels = np.vstack([X_train, moved]), np.tile(y_train, 2)
    hardened.partial_fit(rows, labels, classes=np.unique(y))

# %%
# How accuracy falls
# ------------------
# A change of 0.1 is less than two of the 16 grey levels.

print("epsilon      noise   attacked   attacked, after training on attacks")
for epsilon in (0, 0.05, 0.1, 0.2):
    scores = [
        net.score(noise(X_test, epsilon), y_test),
        net.score(attack(net, X_test, y_test, epsilon), y_test),
        hardened.score(attack(hardened, X_test, y_test, epsilon), y_test),
    ]
    print(f"{epsilon:<7}", *(f"{score:10.1%}" for score in scores))
