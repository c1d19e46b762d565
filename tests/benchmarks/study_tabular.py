"""The study behind PiecewiseLinearEncoder and make_tabular_classifier.

    python tests/benchmarks/study_tabular.py FOLDER

It measures as ``study_defaults.py`` does, on the same halves of the same tables, and
writes docs/tabular_results.rst, which docs/tabular.rst includes. Its parts:

choose
    Other settings of the encoder, and other things in its place, on the choosing
    half.
judge
    The pipeline beside other classifiers, on the judging half.
narrow
    The same on tables of few columns, cut out of those of the folder: where single
    columns have to say a lot.
"""

from pathlib import Path

import numpy as np
import study_defaults as study
from sklearn.preprocessing import QuantileTransformer, StandardScaler
from study_defaults import COMPETITORS, MLP, compare, halves, ours, table_of

from sknn2 import ShallowNNClassifierCV, make_tabular_classifier

RESULTS = Path(__file__).parents[2] / "docs" / "tabular_results.rst"
US = "**make_tabular_classifier()**"
FOREST = "RandomForestClassifier"


def tabular(random_state, **settings):
    """Return the pipeline, some of its steps or their settings changed."""
    return make_tabular_classifier(random_state=random_state).set_params(**settings)


CANDIDATES = {
    US: ours(tabular),
    "ShallowNNClassifierCV": ours(ShallowNNClassifierCV),
    "ShallowNNClassifier": ours(),
    **COMPETITORS,
}


def quantiles(shape):
    """Return a transformer of columns to normal ones."""
    return QuantileTransformer(
        n_quantiles=min(shape.m, 1000), output_distribution="normal"
    )


ABLATIONS = {
    "n_bins (a sixth of the root of the rows, 2 to 16)": {
        f"{n}": {"encoder__n_bins": n} for n in (0, 4, 8, 16)
    },
    "bin_weight (0.3)": {f"{w}": {"encoder__bin_weight": w} for w in (0.15, 0.5, 1.0)},
    "in place of the encoder": {
        "StandardScaler": {"encoder": StandardScaler()},
        "QuantileTransformer, normal": {"encoder": quantiles},
        "nothing, and standardize=True": {
            "encoder": "passthrough",
            "net__standardize": True,
        },
    },
    "the net": {
        "standardize=True behind the encoder": {"net__standardize": True},
        "hidden_units=16": {"net__hidden_units": 16},
        "hidden_units=64": {"net__hidden_units": 64},
    },
}


def choose(tables, quick):
    """Try other settings on the choosing half."""
    return study.compared_with_default(
        halves(tables)[0],
        dict(list(ABLATIONS.items())[: 1 if quick else None]),
        effort=0 if quick else 1,
        estimator=tabular,
    )


def judge(tables, quick):
    """Run the pipeline beside the others on the judging half."""
    return beside_the_others(halves(tables)[1], effort=0 if quick else 2)


def narrow(tables, quick):
    """Run the same on the five most telling columns of larger tables of both halves."""
    cut = {}
    for name, (X, y) in tables.items():
        columns = telling_columns(X, y)
        if columns.size > 5 and (quick or X.shape[0] >= 1400):
            cut[name] = X[:, columns[:5]], y
    return beside_the_others(cut, effort=0 if quick else 1)


def telling_columns(X, y):
    """Return the columns of more than ten values, the most telling first.

    That is by the share of their variance that is between the classes.
    """
    columns = [j for j in range(X.shape[1]) if np.unique(X[:, j]).size > 10]
    codes = np.unique(y, return_inverse=True)[1]
    means = np.array(
        [X[codes == code][:, columns].mean(axis=0) for code in np.unique(codes)]
    )
    share = means[codes].var(axis=0) / X[:, columns].var(axis=0)
    return np.array(columns, int)[np.argsort(-share, kind="stable")]


def beside_the_others(tables, effort):
    """Return a section on how the pipeline does beside other classifiers."""
    outcomes = compare(CANDIDATES, tables, effort=effort)
    seconds = [sum(o.seconds for o in outcomes[c].values()) for c in (US, MLP)]
    return f"""\
{len(tables)} tables, raw columns unless said. All fits of the pipeline together take
{seconds[0] / seconds[1]:.2f} of the time of {MLP}.

{study.judged(outcomes, US)}
{study.READING}

{study.warned(outcomes, US)}

{behind(outcomes, FOREST)}
{study.table_by_table(outcomes, US)}"""


def behind(outcomes, rival):
    """Name the tables where the rival has clearly more hits or less log loss."""
    rows = []
    for table, mine in outcomes[US].items():
        other = outcomes[rival][table]
        d_acc = np.subtract(mine.hits, other.hits, dtype=float)
        d_ll = np.subtract(mine.losses, other.losses)
        acc, ll = study.mean_and_error(d_acc), study.mean_and_error(d_ll)
        if acc[0] < -2 * acc[1] or ll[0] > 2 * ll[1]:
            rows.append((table, study.points(d_acc), study.points(d_ll)))
    if not rows:
        return f"Nowhere is {rival} clearly better.\n"
    header = ("table", "our accuracy less its", "our log loss less its")
    return (
        f"Where {rival} is better by two standard errors over test rows, in accuracy "
        f"or in log loss:\n\n{table_of(header, rows)}"
    )


PARTS = {"choose": choose, "judge": judge, "narrow": narrow}

if __name__ == "__main__":
    study.main(PARTS, RESULTS, Path(__file__).name)
