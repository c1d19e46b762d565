"""
A network as an embedding
=========================

The hidden layer of a trained network is a new table: rows of the same class lie close
together in it. ``transform`` returns it, so a method that goes by distances, such as
nearest neighbours, can go on from there.
"""

import numpy as np
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier

# %%
# Distances that mislead
# ----------------------
# Five columns of forty tell the classes apart. The others are noise, and distances do
# not know that.

X, y = make_classification(
    1200, 40, n_informative=5, n_redundant=0, n_classes=3, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
plain = make_pipeline(StandardScaler(), KNeighborsClassifier(15))
plain.fit(X_train, y_train)
print(f"neighbours in the table:     {plain.score(X_test, y_test):.1%}")

# %%
# The same behind a network
# -------------------------
# The whole pipeline is one estimator, and a search chooses the width of its net.

net = ShallowNNClassifier(random_state=0)
behind = make_pipeline(net, StandardScaler(), KNeighborsClassifier(15))
search = GridSearchCV(behind, {"shallownnclassifier__hidden_units": [8, 32]}, cv=3)
search.fit(X_train, y_train)
print(f"neighbours in the embedding: {search.score(X_test, y_test):.1%}")

# %%
# What the embedding looks like
# -----------------------------
# Its columns have names, so that it can be read as a frame.

embedding = search.best_estimator_[0]
A = embedding.transform(X_test)
used = np.count_nonzero(A.std(axis=0) > 1e-6)
print(f"{A.shape[1]} columns, {used} of them in use: ", end="")
print(", ".join(embedding.get_feature_names_out()[:2]), "...")
