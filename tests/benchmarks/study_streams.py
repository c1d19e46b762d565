"""What becomes of the weights when the statistics of a stream move: a study.

    python tests/benchmarks/study_streams.py

Each stream is learnt by ``partial_fit``, chunk by chunk, and scored on fresh rows of
its last chunk: accuracy for classes, R2 for numbers, the mean over three seeds. The
rules for ``W[1]`` (and ``W[L]`` of a target):

- function: the weights are changed so that the function learnt so far stays
- weights: the weights stay, and the function moves with the statistics
- built: the weights stay, and a column that had two values and now has more is carried
  over from half the distance to its deviation; this is what the package does
"""

import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from sknn2 import ShallowNNClassifier, ShallowNNRegressor
from sknn2.fitting import fit
from sknn2.inputs.standardization import Standardization

SEEDS = range(3)


def rows(rng, m, change=None):
    """Return X of three columns and y that depends on two of them."""
    Z = rng.standard_normal((m, 3))
    X = Z.copy()
    if change is not None:
        change(X)
    return X, Z[:, 0] + Z[:, 1]


def changing(changes, size=100, passes=10):
    """Return a stream: a chunk for each change of the first column."""

    def stream(rng):
        chunks = [rows(rng, size, change) for change in changes]
        return chunks, rows(rng, 500, changes[-1]), passes

    return stream


def affine(factor=1.0, shift=0.0):
    """Return a change of the first column."""

    def change(X):
        X[:, 0] = factor * X[:, 0] + shift

    return change


def rare(X):
    """Make the first column a rare 1."""
    X[:, 0] = X[:, 0] > 2


def days(rng):
    """Return the stream of the issue: a column of time, and one that is learnt."""
    chunks = []
    for day in range(11):
        m = 500 if day == 10 else 100
        t = 1.7e9 + 86400 * (min(day, 9) + rng.uniform(size=m))
        x = rng.standard_normal(m)
        chunks.append((np.column_stack([t, x]), x))
    return chunks[:10], chunks[10], 10


STREAMS = {
    "still": changing([affine()] * 10),
    "days": days,
    "drift": changing([affine(shift=k) for k in range(20)]),
    "jump 1e3": changing([affine(1e-3)] + [affine(shift=1e3)] * 9),
    "jump 1e4": changing([affine(1e-3)] + [affine(shift=1e4)] * 9),
    "jump 1e6": changing([affine(1e-3)] + [affine(shift=1e6)] * 9),
    "unit 1e3": changing([affine()] * 3 + [affine(1e3)] * 7),
    "unit 1e7": changing([affine()] * 3 + [affine(1e7)] * 7),
    "unit 1e-6": changing([affine()] * 3 + [affine(1e-6)] * 7),
    "constant first": changing([affine(0, 7)] * 3 + [affine()] * 7),
    "rare first": changing([rare] * 5 + [affine()] * 5),
    "one row": changing([affine(3, 50)] * 1000, size=1, passes=1),
    "ten rows": changing([affine(3, 50)] * 200, size=10, passes=2),
}


def weights_stay(self, W, new):
    """Return W as it is."""
    return W


@contextmanager
def rule(name):
    """Let the package follow that rule."""
    kept = Standardization.carry, fit.resumed_parameters
    if name == "weights":
        Standardization.carry = weights_stay
    if name == "function":
        fit.resumed_parameters = function_stays
    try:
        yield
    finally:
        Standardization.carry, fit.resumed_parameters = kept


def function_stays(fitted, standardizations, targets):
    """Return the parameters that keep the function under new statistics."""
    p, (old, new) = fitted.copy(), standardizations
    p.b[1][:] += (p.W[1] @ ((new.mean - old.mean) * old.factor))[:, np.newaxis]
    p.W[1][:] *= np.where(new.scale == old.scale, 1, new.scale * old.factor)
    old, new = (t.standardization for t in targets)
    if old is not None:
        ratio = (old.deviation * new.factor)[:, np.newaxis]
        p.W[-1][:] *= ratio
        shift = ((old.mean - new.mean) * new.factor)[:, np.newaxis]
        p.b[-1][:] = p.b[-1] * ratio + shift
    return p


class Scaled:
    """An estimator of scikit-learn behind a StandardScaler, for X and numbers."""

    def __init__(self, model, numbers):
        self.model, self.scaler = model, StandardScaler()
        self.of_y = StandardScaler() if numbers else None

    def partial_fit(self, X, y, **classes):
        """Move the statistics, then learn."""
        X = self.scaler.partial_fit(X).transform(X)
        if self.of_y is not None:
            y = self.of_y.partial_fit(y[:, np.newaxis]).transform(y[:, np.newaxis])[
                :, 0
            ]
        self.model.partial_fit(X, y, **classes)

    def predict(self, X):
        """Predict in units of y."""
        y = self.model.predict(self.scaler.transform(X))
        if self.of_y is not None:
            y = self.of_y.inverse_transform(y[:, np.newaxis])[:, 0]
        return y


def entries(numbers, seed):
    """Yield name, rule and estimator."""
    ours = ShallowNNRegressor if numbers else ShallowNNClassifier
    for name in ("function", "weights", "built"):
        yield f"{name} a=0", name, ours(alpha=0.0, random_state=seed)
        yield name, name, ours(random_state=seed)
    mlp, sgd = (
        (MLPRegressor, SGDRegressor) if numbers else (MLPClassifier, SGDClassifier)
    )
    yield "MLP", None, Scaled(mlp(random_state=seed), numbers)
    yield "SGD", None, Scaled(sgd(random_state=seed), numbers)


def score(model, name, stream, numbers, seed):
    """Return the score on the last chunk's distribution, or NaN after an error."""
    rng = np.random.default_rng(seed)
    chunks, (X, y), passes = stream(rng)
    classes = {} if numbers else {"classes": [0, 1]}
    learn = (lambda y: y) if numbers else (lambda y: (y > 0).astype(int))
    with rule(name):
        try:
            for X_chunk, y_chunk in chunks:
                for _ in range(passes):
                    model.partial_fit(X_chunk, learn(y_chunk), **classes)
            found, y = model.predict(X), learn(y)
        except ValueError:
            return np.nan
    if numbers:
        return max(-9.99, 1 - np.mean((y - found) ** 2) / np.var(y))
    return np.mean(found == y)


def moving_target(stream):
    """Return the stream with a target that jumps and changes its unit halfway."""

    def moved(rng):
        chunks, (X, y), passes = stream(rng)
        half = len(chunks) // 2
        chunks = [
            (A, t if k < half else 1e3 * t + 1e4) for k, (A, t) in enumerate(chunks)
        ]
        return chunks, (X, 1e3 * y + 1e4), passes

    return moved


def main():
    """Print the two tables."""
    warnings.simplefilter("ignore")
    for numbers in (False, True):
        streams = dict(STREAMS)
        if numbers:
            for name in ("still", "drift", "ten rows"):
                streams[f"target, {name}"] = moving_target(STREAMS[name])
        print("R2 of numbers" if numbers else "accuracy of classes")
        head = [name for name, _, _ in entries(numbers, 0)]
        print(f"{'':17}" + "".join(f"{name:>14}" for name in head))
        for title, stream in streams.items():
            found = [
                [
                    score(m, name, stream, numbers, s)
                    for _, name, m in entries(numbers, s)
                ]
                for s in SEEDS
            ]
            line = "".join(f"{value:14.3f}" for value in np.mean(found, axis=0))
            print(f"{title:17}{line}", flush=True)


if __name__ == "__main__":
    main()
