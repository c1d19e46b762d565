"""
Why this prediction?
====================

For one row, ``input_gradients`` says how the prediction answers to each column. Times a
small change it says what that change does. The mean of squares over many rows says
which columns the model uses at all.
"""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

from sknn2 import ShallowNNRegressorCV, input_gradients

# %%
# A model of a disease
# --------------------
# How far diabetes goes on within a year, by ten measurements. Smooth units give smooth
# derivatives.

data = load_diabetes(scaled=False)
X_train, X_test, y_train, y_test = train_test_split(
    data.data, data.target, random_state=0
)
model = ShallowNNRegressorCV(16, activation="tanh", random_state=0)
model.fit(X_train, y_train)
print(f"R^2 on new patients: {model.score(X_test, y_test):.2f}")

# %%
# One patient
# -----------
# The effect of one deviation of each column, by the derivative alone.

row = X_test[:1]
effect = input_gradients(model, row)[0] * X_train.std(axis=0)
print(f"prediction {model.predict(row)[0]:.0f}; one deviation more of")
for j in np.argsort(-np.abs(effect))[:3]:
    print(f"  {data.feature_names[j]:4} changes it by {effect[j]:+.1f}")

# %%
# A derivative is local: it is right for small steps.

j = int(np.argmax(np.abs(effect)))
step = np.zeros_like(row)
step[0, j] = 0.1 * X_train[:, j].std()
moved = float((model.predict(row + step) - model.predict(row))[0])
print(f"a tenth of that for {data.feature_names[j]}: {0.1 * effect[j]:+.2f} expected, ")
print(f"  {moved:+.2f} seen")

# %%
# All patients
# ------------
# The mean of squares is quick: one pass and no target. Permutation importance predicts
# fifty times, and tells what the score loses.

slopes = input_gradients(model, X_test) * X_train.std(axis=0)
quick = np.sqrt((slopes**2).mean(axis=0))
shuffled = permutation_importance(model, X_test, y_test, n_repeats=5, random_state=0)
print("column   mean square   permutation")
for j in np.argsort(-quick):
    name, loss = data.feature_names[j], shuffled.importances_mean[j]
    print(f"{name:6} {quick[j]:13.1f} {loss:13.3f}")
ranks = np.argsort(np.argsort([quick, shuffled.importances_mean], axis=1), axis=1)
print(f"correlation of the two orders: {np.corrcoef(ranks)[0, 1]:.2f}")
