"""The encoder and the classifier that chooses its penalty, as one pipeline."""

from typing import Any

from sklearn.pipeline import Pipeline

from sknn2.classifiers_cv import ShallowNNClassifierCV
from sknn2.encoding import PiecewiseLinearEncoder


def make_tabular_classifier(**settings: Any) -> Pipeline:
    """Return the classifier for a table: start here for the best probabilities.

    It is a pipeline of `PiecewiseLinearEncoder`, the step ``"encoder"``, and
    `ShallowNNClassifierCV`, the step ``"net"``. The net does not standardise
    what the encoder has scaled: that would undo the smaller weight of the bins.

    Parameters
    ----------
    **settings
        For `ShallowNNClassifierCV`, e.g. ``random_state=0``. Those of the
        encoder, and all of them later, are set by ``set_params``, e.g.
        ``encoder__n_bins=8`` or ``net__hidden_units=64``.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Not fitted yet. It takes numbers without NaN. Sample weights are for
        both steps: ``fit(X, y, encoder__sample_weight=w,
        net__sample_weight=w)``.

    Raises
    ------
    TypeError
        If a setting is not one of `ShallowNNClassifierCV`; the message says how
        those of the encoder are set.

    See Also
    --------
    PiecewiseLinearEncoder : The first step.
    ShallowNNClassifierCV : The second.
    ShallowNNClassifier : One net, whose settings are yours.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sknn2 import make_tabular_classifier
    >>> X, y = load_wine(return_X_y=True)
    >>> model = make_tabular_classifier(random_state=0).fit(X, y)
    >>> model.predict_proba(X[:1]).round(1)
    array([[1., 0., 0.]], dtype=float32)
    """
    check_settings(settings)
    net = ShallowNNClassifierCV(**{"standardize": False, **settings})
    return Pipeline([("encoder", PiecewiseLinearEncoder()), ("net", net)])


def check_settings(settings: dict[str, Any]) -> None:
    """Raise a TypeError for a setting that the net does not have."""
    net = ShallowNNClassifierCV().get_params()
    encoder = PiecewiseLinearEncoder().get_params()
    for name, value in settings.items():
        if name in net:
            continue
        plain = name.removeprefix("encoder__").removeprefix("net__")
        head = f"make_tabular_classifier takes no setting {name!r}"
        if plain in encoder:
            raise TypeError(
                f"{head}: it belongs to the encoder and is set by "
                f"make_tabular_classifier().set_params(encoder__{plain}={value!r})."
            )
        if plain in net:
            raise TypeError(
                f"{head}: settings of the net have no prefix here, "
                f"make_tabular_classifier({plain}={value!r})."
            )
        raise TypeError(
            f"{head}: it takes those of ShallowNNClassifierCV, {', '.join(net)}; those "
            f"of the encoder, {', '.join(encoder)}, are set afterwards, e.g. by "
            "make_tabular_classifier().set_params(encoder__n_bins=8)."
        )
