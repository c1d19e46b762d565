"""Pipelines of the encoder of tables and a net that chooses its penalty."""

from typing import Any

from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from sknn2.estimators.classifiers_cv import ShallowNNClassifierCV
from sknn2.estimators.regressors_cv import ShallowNNRegressorCV
from sknn2.preprocessing.table import TableEncoder


def make_tabular_classifier(**settings: Any) -> Pipeline:
    """Return a pipeline that encodes a table and classifies it, without tuning.

    It takes a frame of pandas or polars as it is, with numbers, text,
    categories, dates and missing values, or an array. It is a pipeline of
    `TableEncoder`, the step ``"encoder"``, and `ShallowNNClassifierCV`, the
    step ``"net"``. The net does not standardise the encoder's features, which
    would undo the smaller weight of the bins.

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

    Raises
    ------
    TypeError
        If a setting is not one of `ShallowNNClassifierCV`; the message says how
        those of the encoder are set.

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
    check_settings("make_tabular_classifier", ShallowNNClassifierCV, settings)
    net = ShallowNNClassifierCV(**{"standardize": False, **settings})
    return Pipeline([("encoder", TableEncoder()), ("net", net)])


def make_tabular_regressor(**settings: Any) -> Pipeline:
    """Return a pipeline that encodes a table and predicts a number.

    It is `make_tabular_classifier` with a regressor as the net, and with the
    plain columns not clipped (``clip=False``), so that predictions can depend
    on large values of a column.

    Parameters
    ----------
    **settings
        For `ShallowNNRegressorCV`, e.g. ``loss="absolute_error"``. Those of the
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
    check_settings("make_tabular_regressor", ShallowNNRegressorCV, settings)
    net = ShallowNNRegressorCV(**{"standardize": False, **settings})
    return Pipeline([("encoder", TableEncoder(clip=False)), ("net", net)])


def check_settings(
    maker: str, cls: type[BaseEstimator], settings: dict[str, Any]
) -> None:
    """Raise a TypeError for a setting that the net does not have."""
    net = cls().get_params()
    encoder = TableEncoder().get_params()
    for name, value in settings.items():
        if name in net:
            continue
        plain = name.removeprefix("encoder__").removeprefix("net__")
        head = f"{maker} takes no setting {name!r}"
        if plain in encoder:
            raise TypeError(
                f"{head}: it belongs to the encoder and is set by "
                f"{maker}().set_params(encoder__{plain}={value!r})."
            )
        if plain in net:
            raise TypeError(
                f"{head}: settings of the net have no prefix here, "
                f"{maker}({plain}={value!r})."
            )
        raise TypeError(
            f"{head}: it takes those of {cls.__name__}, {', '.join(net)}; those "
            f"of the encoder, {', '.join(encoder)}, are set afterwards, e.g. by "
            f"{maker}().set_params(encoder__n_bins=8)."
        )
