"""
Read handwritten digits
=======================

A neural network and a search, from pictures to a saved model. Each row is a
picture of a handwritten digit, 8 by 8 pixels, and the question is which digit
it is. The data come with scikit-learn.

Nothing is needed here but the package itself.
"""

import tempfile
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier

# %%
# The data
# --------
# Three tenths of the rows are set aside. Neither model sees them before the
# report at the end.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.3, stratify=y, random_state=1
)
print(
    f"{len(X_train)} digits to learn from, {len(X_test)} to test on, each a row of "
    f"{X.shape[1]} pixels."
)

# %%
# The search
# ----------
# A grid over the size of the hidden layer and over the strength of the
# penalty. The network scales the columns by itself, so that the pipeline
# could do without a scaler; it has one to show that the two go together.
#
# Candidates are compared by their log loss, which looks at the probabilities
# and not only at which of them is the largest.

network = Pipeline(
    [("scale", StandardScaler()), ("net", ShallowNNClassifier(random_state=0))]
)
grid = {"net__hidden_units": [25, 100], "net__alpha": [1.0, 3.0, 10.0]}
search = GridSearchCV(network, grid, cv=3, scoring="neg_log_loss")
search.fit(X_train, y_train)

print(f"\nThe search tried {len(search.cv_results_['params'])} settings and chose:")
print(f"  hidden_units = {search.best_params_['net__hidden_units']}")
print(f"  alpha        = {search.best_params_['net__alpha']:g}")
print(f"  log loss in cross-validation {-search.best_score_:.3f}")

# %%
# The baseline
# ------------
# A network is worth its trouble if it beats logistic regression, which gets a
# search over the same penalties: its C is 1 / alpha.

linear = Pipeline(
    [("scale", StandardScaler()), ("logistic", LogisticRegression(max_iter=5000))]
)
baseline = GridSearchCV(
    linear, {"logistic__C": [1.0, 1 / 3, 0.1]}, cv=3, scoring="neg_log_loss"
)
baseline.fit(X_train, y_train)

# %%
# The report
# ----------

print(f"\nOn the {len(X_test)} digits set aside:\n")
print(f"{'':22}{'accuracy':>10}{'mistakes':>10}{'log loss':>10}")
for name, model in (
    ("neural network", search),
    ("logistic regression", baseline),
):
    predicted = model.predict(X_test)
    accuracy = accuracy_score(y_test, predicted)
    mistakes = np.count_nonzero(predicted != y_test)
    loss = log_loss(y_test, model.predict_proba(X_test))
    print(f"{name:22}{accuracy:>10.1%}{mistakes:>10}{loss:>10.3f}")

predicted = search.predict(X_test)
table = confusion_matrix(y_test, predicted)
print("\nWhat the network read (columns) where the digit was (rows):\n")
print("     " + "".join(f"{label:>5}" for label in search.classes_))
for label, row in zip(search.classes_, table, strict=True):
    print(f"{label:>5}" + "".join(f"{count or '.':>5}" for count in row))

mistaken = table - np.diag(table.diagonal())
digit, read = np.unravel_index(mistaken.argmax(), table.shape)
print(
    f"\nThe most frequent mistake is to read {search.classes_[digit]} as "
    f"{search.classes_[read]}: {mistaken.max()} of {table[digit].sum()} times."
)

# %%
# Save it, load it
# ----------------

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "digits.joblib"
    joblib.dump(search.best_estimator_, file)
    size = file.stat().st_size
    loaded = joblib.load(file)

same = np.array_equal(loaded.predict_proba(X_test), search.predict_proba(X_test))
print(
    f"\nSaved in {size / 1024:.0f} kB and loaded again, the model gives "
    f"{'exactly the same' if same else 'OTHER'} probabilities."
)
