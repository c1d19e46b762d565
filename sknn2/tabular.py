"""The encoder of tables in front of the nets that choose their penalty."""

from typing import Any

from sklearn.pipeline import Pipeline

from sknn2.classifiers_cv import ShallowNNClassifierCV
from sknn2.regressors import ShallowNNRegressor
from sknn2.table import TableEncoder


def make_tabular_classifier(**settings: Any) -> Pipeline:
    """Return the classifier for a table: start here for the best probabilities.

    It takes a frame of pandas or polars as it is, with numbers, text,
    categories, dates and missing values, or an array. It is a pipeline of
    `TableEncoder`, the step ``"encoder"``, and `ShallowNNClassifierCV`, the
    step ``"net"``. The net does not standardise what the encoder has scaled:
    that would undo the smaller weight of the bins.

    Parameters
    ----------
    **settings
        For `ShallowNNClassifierCV`, e.g. ``random_state=0``. Those of the
        encoder, and all of them later, are set by ``set_params``, e.g.
        ``encoder__n_bins=8`` or ``net__hidden_units=64``.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted yet. Sample weights are for both steps:
        ``fit(X, y, encoder__sample_weight=w, net__sample_weight=w)``.

    See Also
    --------
    make_tabular_regressor : The same for a number as the target.
    TableEncoder : The first step, which says what a column is taken as.
    ShallowNNClassifierCV : The second.
    ShallowNNClassifier : One net, whose settings are yours.

    Examples
    --------
    >>> import pandas as pd
    >>> from sknn2 import make_tabular_classifier
    >>> X = pd.DataFrame(
    ...     {
    ...         "age": [31, 45, None, 62, 28, 51] * 5,
    ...         "city": ["Lima", "Oslo", "Oslo", "Lima", None, "Lima"] * 5,
    ...     }
    ... )
    >>> y = ["no", "yes", "yes", "no", "no", "no"] * 5
    >>> model = make_tabular_classifier(random_state=0).fit(X, y)
    >>> model.predict(X[:2]).tolist()
    ['no', 'yes']
    """
    net = ShallowNNClassifierCV(**{"standardize": False, **settings})
    return Pipeline([("encoder", TableEncoder()), ("net", net)])


def make_tabular_regressor(**settings: Any) -> Pipeline:
    """Return the regressor for a table.

    It is `make_tabular_classifier` with a regressor for the net, and with the
    plain columns left linear (``clip=False``), so that a prediction can follow
    a column far out.

    Parameters
    ----------
    **settings
        For `ShallowNNRegressor`, e.g. ``loss="absolute_error"``. Those of the
        encoder, and all of them later, are set by ``set_params``.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted yet. Sample weights are for both steps.

    See Also
    --------
    make_tabular_classifier : The same for classes.
    TableEncoder : The first step, which says what a column is taken as.

    Examples
    --------
    >>> import pandas as pd
    >>> from sknn2 import make_tabular_regressor
    >>> X = pd.DataFrame({"rooms": [1, 2, None, 4, 5] * 8, "city": list("ABBAA") * 8})
    >>> y = [10.0, 12, 12, 16, 20] * 8
    >>> model = make_tabular_regressor(random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """
    net = ShallowNNRegressor(**settings)
    return Pipeline([("encoder", TableEncoder(clip=False)), ("net", net)])
