"""
Watching a search
=================

A search over a pipeline can take long. scikit-learn's callbacks show its
progress, with nested progress bars down to the epochs of each network, and
record a score after each epoch.

They came with scikit-learn 1.9 and are still experimental there; the progress
bars need the package rich.
"""

import sys
from collections import defaultdict

import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier

try:
    import rich  # noqa: F401
    from sklearn.callback import ProgressBar, ScoringMonitor
except ImportError as error:
    print(
        "There is nothing to watch with here: callbacks need scikit-learn 1.9 or newer "
        f"(this is {sklearn.__version__}) and the package rich ({error})."
    )
    sys.exit(0)

# %%
# Who watches what
# ----------------
# The monitor is set on the network: it is called after each of its epochs, in any
# search and fold. The progress bars are set on the search, and include what is nested
# in it: folds, pipelines, networks.
#
# All of this works with processes too: give the search n_jobs=2.

X, y = load_digits(return_X_y=True)
n_epochs, n_folds = 20, 2
monitor = ScoringMonitor(scoring="neg_log_loss")
network = ShallowNNClassifier(
    hidden_units=30,
    solver="adam",
    learning_rate=0.01,
    schedule="constant",
    max_iter=n_epochs,
    tol=None,
    random_state=0,
).set_callbacks(monitor)
pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])

search = GridSearchCV(
    pipeline, {"network__alpha": [0.1, 1.0, 10.0]}, cv=n_folds, scoring="neg_log_loss"
)
search.set_callbacks(ProgressBar(max_propagation_depth=2))
search.fit(X, y)

# %%
# What the monitor saw
# --------------------
# An entry for each epoch of each network, with the path to it through the
# search. Fits of the folds come candidate by candidate; the last fit is that
# of the best candidate, on all rows.

curves = defaultdict(list)
for entry in monitor.get_logs().data:
    if entry["task_name"] == "epoch":
        curves[entry["parent_task_id_path"]].append(-entry["neg_log_loss"])
is_fold = {path: path[:2] == (0, 0) for path in curves}
folds = [curve for path, curve in sorted(curves.items()) if is_fold[path]]
(refit,) = (curve for path, curve in curves.items() if not is_fold[path])

candidates = search.cv_results_["params"]
print(
    f"\nThe monitor saw {len(curves)} networks, {len(folds)} in folds and one at the "
    f"end, and {sum(map(len, curves.values()))} epochs.\n"
)
print("Log loss on the rows that a network trains on, after so many epochs (mean over")
print("folds), and at the end on the rows of the fold that it did not see:\n")
print(f"{'alpha':>8}{'1':>10}{'5':>10}{n_epochs:>10}{'not seen':>12}")
for i, candidate in enumerate(candidates):
    mean = np.mean(folds[i * n_folds : (i + 1) * n_folds], axis=0)
    not_seen = -search.cv_results_["mean_test_score"][i]
    print(f"{candidate['network__alpha']:>8g}", end="")
    print("".join(f"{mean[k - 1]:>10.4f}" for k in (1, 5, n_epochs)), end="")
    print(f"{not_seen:>12.4f}")
print(
    f"\nChosen: alpha = {search.best_params_['network__alpha']:g}. Fitted on all rows, "
    f"it went from {refit[0]:.4f} after the first epoch\nto {refit[-1]:.4f} after the "
    "last. The less penalty, the better a network fits what it\ntrains on; how well it "
    "does elsewhere is another question, and the one that counts."
)
