"""
Text: a network on a sparse matrix
==================================

Word counts are nearly all zero. They are stored as a sparse matrix, which the
network takes without conversion. The texts are the docstrings of SciPy's
functions, and the network predicts from the words of a docstring the part of
SciPy that the function belongs to.
"""

import importlib
import inspect
import time

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from sknn2 import ShallowNNClassifier

# %%
# The texts
# ---------
# The names of the parts are removed from the texts, and the examples of code, which
# import the parts by name.

PARTS = ["integrate", "interpolate", "linalg", "ndimage", "optimize", "signal"]
PARTS += ["spatial", "special", "stats"]
texts: dict[str, str] = {}
for part in PARTS:
    module = importlib.import_module(f"scipy.{part}")
    for name in sorted(module.__all__):
        text = inspect.getdoc(getattr(module, name, None)) or ""
        text = text.split("\nExamples\n---")[0]
        if len(text) > 200:
            texts.setdefault(text, part)
documents, labels = np.array(list(texts)), np.array(list(texts.values()))
train, test, y_train, y_test = train_test_split(
    documents, labels, test_size=0.3, stratify=labels, random_state=0
)

words = TfidfVectorizer(stop_words=["scipy", *PARTS], token_pattern=r"[A-Za-z]{2,}")
X_train = words.fit_transform(train)
m, n = X_train.shape
size = X_train.data.nbytes + X_train.indices.nbytes + X_train.indptr.nbytes
print(
    f"{len(documents)} docstrings of {len(PARTS)} parts, {m} of them to learn from.\n"
    f"{n} words: a matrix of which {X_train.nnz / m / n:.1%} is filled, "
    f"{size / 2**20:.1f} MB instead of {8 * m * n / 2**20:.0f}.\n"
)

# %%
# A pipeline
# ----------
# *as it comes* centres and scales the columns, without filling the matrix: a
# rare word is then as large as a frequent one. *as weighted* leaves the weights
# that tf-idf gave to the words. They are small numbers, so the weights of the
# network have to be large, and the penalty small.

settings = {"hidden_units": 50, "random_state": 0}
models = {
    "logistic regression": LogisticRegression(C=100.0, max_iter=1000),
    "network, as it comes": ShallowNNClassifier(**settings),
    "network, as weighted": ShallowNNClassifier(
        standardize=False, alpha=0.1, **settings
    ),
}
print(f"{'':22}{'accuracy':>9}{'log loss':>10}")
for name, model in models.items():
    pipeline = make_pipeline(words, model).fit(train, y_train)
    predicted, proba = pipeline.predict(test), pipeline.predict_proba(test)
    print(
        f"{name:22}{np.mean(predicted == y_test):>9.1%}{log_loss(y_test, proba):>10.3f}"
    )

# %%
# What is confused
# ----------------
# By the network that was fitted last.

wrong = confusion_matrix(y_test, predicted, labels=PARTS)
np.fill_diagonal(wrong, 0)
i, j = np.unravel_index(wrong.argmax(), wrong.shape)
print(
    f"\n{wrong.sum()} of {len(y_test)} are told wrong, most often {PARTS[i]} "
    f"for {PARTS[j]}: {wrong[i, j]} times.\n"
)

# %%
# The same numbers from the full matrix
# -------------------------------------
# Two epochs on the matrix as it is, and on the same one written out with all
# its zeros.

probabilities, seconds = [], []
for X in (X_train, X_train.toarray()):
    short = ShallowNNClassifier(max_iter=2, tol=None, **settings)
    start = time.perf_counter()
    short.fit(X, y_train)
    seconds.append(time.perf_counter() - start)
    probabilities.append(short.predict_proba(words.transform(test)))
apart = np.abs(probabilities[0] - probabilities[1]).max()
print(
    f"Fitted on the full matrix, the probabilities differ by at most {apart:.0e}, and\n"
    f"it takes {seconds[1] / seconds[0]:.1f} times as long."
)
