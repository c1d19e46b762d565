"""The study behind ShallowNNClassifierCV.

    python tests/benchmarks/study_cv.py FOLDER

It measures as ``study_defaults.py`` does, on the same halves of the same tables, and
writes docs/choosing_results.rst, which docs/choosing.rst includes. Its parts:

choose
    Other values of each setting, and steps left out, on the choosing half.
judge
    The default beside other classifiers, on the judging half.
zoo
    The same on the generated tables, and against logistic regression on each.
growth
    The time of a fit as the table grows, in rows and in columns.
"""

import time
import warnings
from pathlib import Path
from unittest import mock

import numpy as np
import study_defaults as study
from report import table_of
from sklearn.exceptions import ConvergenceWarning
from study_defaults import COMPETITORS, MLP, compare, halves, ours
from zoo import ZOO

from sknn2 import ShallowNNClassifierCV
from sknn2.fitting import fit_cv
from sknn2.fitting.fit_cv import ALPHAS, FitCV
from sknn2.inputs.blocks import forward_rows

RESULTS = Path(__file__).parents[2] / "docs" / "choosing_results.rst"
US = "**ShallowNNClassifierCV**"
SINGLE = "ShallowNNClassifier"
PENALTIES = {
    SINGLE: ours(),
    "ShallowNNClassifier(solver='lbfgs')": ours(solver="lbfgs", max_iter=100, tol=None),
}


class Changed(ShallowNNClassifierCV):
    """The estimator with a step of its fit changed."""

    def fit(self, X, y, sample_weight=None, **params):
        """Do what fit does, step by step, with a change before the last."""
        self.call = FitCV(self)
        self.call.read(X, y, sample_weight)
        self.call.split(params)
        self.call.run()
        self.change()
        self.call.commit()
        return self


class Kept(Changed):
    """Members that are not trained on with all rows."""

    def change(self):
        """Keep what was judged."""
        self.call.trained = self.call.judged


class Untempered(Changed):
    """Logits that are not scaled."""

    def change(self):
        """Take the temperature for 1."""

    def fit(self, X, y, sample_weight=None, **params):
        """Fit, and take the scaling back."""
        super().fit(X, y, sample_weight, **params)
        self.parameters_.Wb[2][:] *= self.temperature_
        return self


class Probabilities(Changed):
    """Ensemble whose probabilities are averaged, not their logits."""

    def change(self):
        """Keep the members."""
        self.members = self.call.trained

    def predict_proba(self, X):
        """Return the mean of the probabilities of the members."""
        network = self.call.folds.members.network
        proba = 0
        for k in range(self.members.n_members):
            member = self.members.member(k)
            Z = forward_rows(network, member, self.standardization_, X)
            proba = proba + network.loss.proba(Z.astype(float)).T
        return proba / self.members.n_members


class AllSteps(ShallowNNClassifierCV):
    """Iterations that are never ended for falling slowly."""

    def fit(self, X, y, sample_weight=None, **params):
        """Fit with all iterations."""
        with (
            mock.patch.object(fit_cv, "SLOW", -1.0),
            mock.patch.object(fit_cv, "SLOW_ON_PATH", -1.0),
        ):
            return super().fit(X, y, sample_weight, **params)


FINE = tuple(np.geomspace(ALPHAS[0], ALPHAS[-1], 2 * len(ALPHAS) - 1))

ABLATIONS = {
    "hidden_units (32)": {f"{h}": {"hidden_units": h} for h in (16, 64)},
    "cv (4)": {f"{k}": {"cv": k} for k in (2, 3, 8)},
    "alphas (auto: 0.03, 0.1, ... 300)": {
        "0.03, 0.055, ... 300": {"alphas": FINE},
        "0.03, 0.3, ... 300": {"alphas": (0.03, 0.3, 3, 30, 300)},
        "3, no choice": {"alphas": [3.0]},
        "10, no choice": {"alphas": [10.0]},
    },
    "activation (relu)": {"tanh": {"activation": "tanh"}},
    "max_iter (100)": {f"{n}": {"max_iter": n} for n in (50, 200)},
    "steps": {
        "all iterations, however slowly it falls": {"estimator": AllSteps},
        "members not trained on with all rows": {"estimator": Kept},
        "no temperature": {"estimator": Untempered},
        "probabilities averaged, not logits": {"estimator": Probabilities},
    },
}


def choose(tables, quick):
    """Try other settings, and leave steps out, on the choosing half."""
    return study.compared_with_default(
        halves(tables)[0],
        {"steps": ABLATIONS["steps"]} if quick else ABLATIONS,
        effort=0 if quick else 2,
        estimator=ShallowNNClassifierCV,
    )


def judge(tables, quick):
    """Run the default beside the others on the judging half."""
    tables = halves(tables)[1]
    candidates = {US: ours(ShallowNNClassifierCV), **PENALTIES, **COMPETITORS}
    outcomes = compare(candidates, tables, effort=0 if quick else 2)
    seconds = [sum(o.seconds for o in outcomes[c].values()) for c in (US, MLP)]
    return f"""\
{len(tables)} tables for judging, raw columns unless said. All fits of
ShallowNNClassifierCV together take {seconds[0] / seconds[1]:.2f} of the time of
{MLP}.

{study.judged(outcomes, US)}
{study.READING}

{study.warned(outcomes, US)}

{study.table_by_table(outcomes, US)}"""


def judge_zoo(tables, quick):
    """Run the same on generated tables, and compare with logistic regression."""
    names = list(ZOO)[:1] if quick else [n for n in ZOO if n != "sized_100000"]
    tables = {name: ZOO[name].table(100 if quick else None) for name in names}
    candidates = {US: ours(ShallowNNClassifierCV), SINGLE: ours(), **COMPETITORS}
    outcomes = compare(candidates, tables, 10**6, effort=not quick)
    worse, against = study.against_linear(outcomes, US)
    worse_single, _ = study.against_linear(outcomes, SINGLE)
    return f"""\
{len(tables)} generated tables (``tests/benchmarks/zoo.py``).

{study.judged(outcomes, US)}
{study.warned(outcomes, US)}

On each table, and less logistic regression, in points with standard errors over test
rows. Clearly worse means by more than a point and by more than two standard
errors, in accuracy or log loss: {", ".join(worse) or "nowhere"}. The single net,
ShallowNNClassifier, is clearly worse on {", ".join(worse_single) or "none"}.

{against}"""


def timed(model, X, y):
    """Return the CPU seconds of a fit."""
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of MLPClassifier
        model.fit(X, y)
    return time.process_time() - started


def growth(tables, quick):
    """Measure the time of a fit for tables of more and more rows, and columns."""
    sizes = (200, 400) if quick else (1000, 3000, 10_000, 30_000, 100_000)
    X, y = ZOO["sized_50"].table(max(sizes) + 5000)
    rows = []
    for m in sizes:
        model = ShallowNNClassifierCV(random_state=0)
        seconds = timed(model, X[:m], y[:m])
        mlp = COMPETITORS[MLP](None, 0)
        ratio = seconds / timed(mlp, X[:m], y[:m])
        test = slice(-5000, None)
        rows.append(
            (
                f"{m:,}",
                f"{seconds:.2f}",
                f"{1e6 * seconds / m:.0f}",
                f"{ratio:.2f}",
                f"{model.score(X[test], y[test]):.4f}",
                f"{mlp.score(X[test], y[test]):.4f}",
            )
        )
    wide = []
    for n in (50, 100) if quick else (30, 300, 3000):
        rng = np.random.RandomState(0)
        X = rng.randn(200, n)
        y = (X[:, :5].sum(axis=1) + rng.randn(200) > 0).astype(int)
        seconds = timed(ShallowNNClassifierCV(random_state=0), X, y)
        ratio = seconds / timed(COMPETITORS[MLP](None, 0), X, y)
        wide.append((f"{n:,}", f"{seconds:.2f}", f"{ratio:.2f}"))
    header = ("seconds", "microseconds a row", "time over scaled MLP's")
    return f"""\
The ``sized`` table of the zoo, 10 columns.

{table_of(("rows", *header, "accuracy", "accuracy of scaled MLP"), rows)}
200 rows of more and more columns:

{table_of(("columns", "seconds", "time over scaled MLP's"), wide)}"""


PARTS = {"choose": choose, "judge": judge, "zoo": judge_zoo, "growth": growth}

if __name__ == "__main__":
    study.main(PARTS, RESULTS, Path(__file__).name)
