"""
Quickstart: a table as it comes
===============================

A table of text, numbers and gaps goes straight in. Each row of the table is a
penguin; the question is first to which species it belongs, and then how heavy
it is.

The table is ``penguins.csv``, the palmerpenguins data of A. Horst, A. Hill and
K. Gorman (2020), which are in the public domain (CC0). pandas reads it.
"""

from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

from sknn2 import make_tabular_classifier

table = pd.read_csv(Path(__file__).parent / "penguins.csv")
X, y = table.drop(columns="species"), table["species"]
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_tabular_classifier(random_state=0).fit(X_train, y_train)

print(X.head().to_string())
print(
    f"\nLearnt from {len(X_train)} penguins, tried on {len(X_test)}: "
    f"{model.score(X_test, y_test):.1%} of the species are right."
)

# %%
# Probabilities
# -------------
# This model is made for good probabilities. A forest needs encoded text and no
# missing values; gradient boosting takes the table if text columns are
# categories.

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss

text = dict.fromkeys(["island", "sex"], "category")
boosting = HistGradientBoostingClassifier(random_state=0)
boosting.fit(X_train.astype(text), y_train)

print("\nLog loss on those set aside (lower is better):")
for name, P in (
    ("make_tabular_classifier", model.predict_proba(X_test)),
    ("gradient boosting", boosting.predict_proba(X_test.astype(text))),
):
    print(f"  {name:24}{log_loss(y_test, P):.4f}")

# %%
# New rows
# --------
# Unknown values may be missing, and an island that is not in the table is taken
# as the mean of the islands.

new = pd.DataFrame(
    {
        "island": ["Biscoe", "Deception"],
        "bill_length_mm": [46.1, 39.0],
        "bill_depth_mm": [13.2, None],
        "flipper_length_mm": [211, 190],
        "body_mass_g": [None, 3700],
        "sex": [None, "female"],
    }
)
print("\nTwo new penguins:")
for species, P in zip(model.predict(new), model.predict_proba(new), strict=True):
    print(f"  {species} with a probability of {P.max():.2f}")

# %%
# A number for target
# -------------------
# The regressor has a prediction for each training row by a net that has not
# seen it. The distance that nine of ten of these predictions keep makes an
# interval for new rows.

import numpy as np

from sknn2 import make_tabular_regressor

weighed = table.dropna(subset="body_mass_g")
X, y = weighed.drop(columns="body_mass_g"), weighed["body_mass_g"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = make_tabular_regressor(random_state=0).fit(X_train, y_train)

residuals = np.abs(y_train - model["net"].oof_predict_)
level = np.ceil(0.9 * (residuals.size + 1)) / residuals.size
distance = np.quantile(residuals, level, method="higher")
inside = np.abs(y_test - model.predict(X_test)) <= distance
print(f"\nThe mass of a penguin, in g: R^2 is {model.score(X_test, y_test):.2f}.")
print(f"{inside.mean():.1%} of those set aside are within {distance:.0f} g.")

# %%
# Save it, load it
# ----------------

import tempfile

import joblib

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "mass.joblib"
    joblib.dump(model, file)
    size = file.stat().st_size
    loaded = joblib.load(file)

same = np.array_equal(loaded.predict(X_test), model.predict(X_test))
print(
    f"\nSaved in {size / 1024:.0f} kB and loaded again, the model predicts "
    f"{'exactly the same' if same else 'SOMETHING ELSE'}."
)
