"""What a type checker must accept and refuse, outside the checkout.

CI runs mypy --strict on this file, which also refuses an ignore that is not needed.
"""

import numpy as np

from sknn2 import (
    Adam,
    DeepNNRegressor,
    Network,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    initialize,
)

X, y = np.zeros((2, 3)), [0, 1]
model = ShallowNNClassifier(
    50, activation="logistic", solver=Adam(), scoring="roc_auc", class_weight={0: 2}
).fit(X, y)
model.predict_proba(X).round(2)
DeepNNRegressor((20, 20), loss="huber", init="he", schedule="step")
ShallowNNClassifierCV(alphas=[0.1, 1.0], class_weight="balanced")
Network((2, 4, 1), "tanh", "squared_error")

ShallowNNClassifier(activation="rleu")  # type: ignore[arg-type]
ShallowNNClassifier(solver="adamm")  # type: ignore[arg-type]
ShallowNNClassifier(schedule="cosinus")  # type: ignore[arg-type]
ShallowNNClassifier(init="kaiming")  # type: ignore[arg-type]
ShallowNNClassifier(scoring="acuracy")  # type: ignore[arg-type]
ShallowNNClassifier(batch_size="all")  # type: ignore[arg-type]
ShallowNNClassifier(max_iter="many")  # type: ignore[arg-type]
ShallowNNClassifier(class_weight="balance")  # type: ignore[arg-type]
DeepNNRegressor(loss="mse")  # type: ignore[arg-type]
ShallowNNClassifierCV(activation="rleu")  # type: ignore[arg-type]
Network((2, 4, 1), "tahn")  # type: ignore[arg-type]
initialize((2, 4, 1), "xaver")  # type: ignore[arg-type]
