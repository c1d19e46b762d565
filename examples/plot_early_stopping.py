"""
Early stopping in a pipeline
============================

A network without a penalty overfits its training rows, with all wrong labels. A
validation set shows when this starts: its loss falls, and then rises. Here the
validation set passes through a pipeline, whose scaler transforms it like the
training rows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn import config_context
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier

# %%
# The data
# --------
# Pictures of handwritten digits. One label in five is replaced by a random one, in the
# training and the validation rows, so that there is something to overfit. The test rows
# keep their true labels.

X, y = load_digits(return_X_y=True)
X_rest, X_test, y_rest, y_test = train_test_split(
    X, y, test_size=0.4, stratify=y, random_state=1
)
rng = np.random.RandomState(1)
redrawn = rng.rand(len(y_rest)) < 0.2
y_rest = np.where(redrawn, rng.randint(10, size=len(y_rest)), y_rest)
X_train, X_val, y_train, y_val = train_test_split(
    X_rest, y_rest, test_size=0.3, stratify=y_rest, random_state=1
)

# %%
# The pipeline
# ------------
# Two settings pass the validation set to the network: ``set_fit_request`` requests it
# for the network, and ``transform_input`` makes the steps before the network transform
# ``X_val``. Both are part of scikit-learn's metadata routing.


def fitted_pipeline(**arguments):
    """Return a scaler and a network, fitted with a validation set."""
    network = ShallowNNClassifier(
        hidden_units=100,
        activation="relu",
        solver="adam",
        learning_rate=0.003,
        schedule="constant",
        batch_size=50,
        alpha=0,
        standardize=False,  # the pipeline has a scaler
        max_iter=100,
        random_state=0,
        **arguments,
    )
    pipeline = Pipeline(
        [
            ("scale", StandardScaler()),
            ("network", network.set_fit_request(X_val=True, y_val=True)),
        ],
        transform_input=["X_val"],
    )
    return pipeline.fit(X_train, y_train, X_val=X_val, y_val=y_val)


# %%
# First the validation loss is only recorded; then it stops the training, when
# it has not fallen below its lowest for 10 epochs in a row. Then the weights
# of the best epoch are restored.

with config_context(enable_metadata_routing=True):
    watched = fitted_pipeline(early_stopping=False, tol=None)
    stopped = fitted_pipeline(early_stopping="auto", tol=0, n_iter_no_change=10)

print(
    f"{len(X_train)} rows to train on, {len(X_val)} to validate, {len(X_test)} to test."
)
network = stopped["network"]
best = network.best_iteration_
print(
    f"\nTraining was stopped after {network.n_iter_} epochs. The validation loss was "
    f"lowest after epoch {best + 1},\nat {network.validation_loss_curve_[best]:.4f}: "
    "the weights of that epoch were restored.\n"
)
print(f"{'':28}{'epochs':>8}{'validation':>12}{'test':>8}{'test':>10}")
print(f"{'':28}{'':8}{'loss':>12}{'loss':>8}{'accuracy':>10}")
for name, model in (
    ("stopped, best weights", stopped),
    ("trained to the end", watched),
):
    print(
        f"{name:28}{model['network'].n_iter_:>8}"
        f"{log_loss(y_val, model.predict_proba(X_val)):>12.4f}"
        f"{log_loss(y_test, model.predict_proba(X_test)):>8.4f}"
        f"{model.score(X_test, y_test):>10.1%}"
    )
print(
    "\nThe network trained to the end fits the wrong labels too. Its probabilities\n"
    "become overconfident, and it recognises fewer digits."
)

# %%
# The two curves
# --------------
# The cost of an epoch is the mean over its batches, each before its step, and
# the validation loss is taken after the epoch; so they are drawn half an epoch
# apart.

fig, ax = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
curve, validation = watched["network"], watched["network"].validation_loss_curve_
epochs = np.arange(curve.n_iter_)
ax.semilogy(epochs + 0.5, curve.loss_curve_, label="training rows")
ax.semilogy(epochs + 1, validation, label="validation rows")
ax.plot(
    best + 1,
    network.validation_loss_curve_[best],
    "o",
    color="black",
    label=f"best epoch, {best + 1}: its weights are kept",
)
ax.axvline(
    network.n_iter_,
    color="grey",
    linestyle="--",
    label=f"training is stopped, {network.n_iter_}",
)
ax.set(
    title="Training to the end overfits",
    xlabel="epochs of training",
    ylabel="mean cross-entropy",
)
ax.legend()
plt.show()
