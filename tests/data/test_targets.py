"""What every kind of targets keeps to, whatever y is."""

import numpy as np
import pytest

from sknn2.data.class_targets import ClassTargets
from sknn2.data.multilabel_targets import MultilabelTargets
from sknn2.data.regression_targets import RegressionTargets
from sknn2.data.targets import Targets
from sknn2.network.losses import REGRESSION_LOSSES

M = 12
NUMBERS = np.random.RandomState(0).randn(M, 2) * [1, 1e3] + 7


def regression(loss, y):
    targets = RegressionTargets.of(y, REGRESSION_LOSSES[loss], True)
    return targets.with_statistics(targets.encode(y), None, 1.0, merge=False)


KINDS = {
    "two classes": (y := np.array(["b", "a"])[np.arange(M) % 2], ClassTargets.of(y)),
    "classes": (y := np.arange(M) % 3 + 5, ClassTargets.of(y)),
    "labels": (y := (NUMBERS > 7).astype(int), MultilabelTargets(2)),
    "number": (y := NUMBERS[:, 1], regression("squared_error", y)),
    "numbers": (NUMBERS, regression("huber", NUMBERS)),
    "counts": (y := np.arange(M) % 5, regression("poisson", y)),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_Y_is_what_the_loss_takes(kind, dtype):
    y, targets = KINDS[kind]
    assert isinstance(targets, Targets)
    encoded = targets.encode(y)
    assert len(encoded) == M
    Y = targets.to_Y(encoded, dtype)
    assert Y.shape == (targets.n_outputs, M)
    assert Y.dtype == dtype
    Z = np.zeros((targets.n_outputs, M), dtype)
    assert np.isfinite(targets.loss.cost(Z, Y, None))
    if targets.is_binary:
        assert set(np.unique(Y)) == {0, 1}


@each_kind
def test_a_perfect_output_reads_as_y(kind):
    y, targets = KINDS[kind]
    Y = targets.to_Y(targets.encode(y), np.float64)
    if kind == "counts":
        Z = np.log(np.maximum(Y, 1e-300))
    else:
        Z = 100 * (Y - 0.5) if targets.is_binary else Y
    assert len(targets.readable(Z)) == M
    if targets.is_binary:
        assert np.array_equal(targets.labels(Z), y)
        np.testing.assert_allclose(np.exp(targets.log_proba(Z)), targets.proba(Z))
    else:
        np.testing.assert_allclose(targets.readable(Z), y, rtol=1e-12, atol=1e-200)


@each_kind
def test_the_last_layer_for_the_target_as_it_came(kind):
    # Z of the parameters that are folded is Z in the units of y.
    y, targets = KINDS[kind]
    rng = np.random.RandomState(1)
    W, b = rng.randn(targets.n_outputs, 4), rng.randn(targets.n_outputs, 1)
    A = rng.randn(4, M)
    W_y, b_y = targets.fold_into(W, b)
    Z, Z_y = W @ A + b, W_y @ A + b_y
    if targets.is_binary:
        np.testing.assert_array_equal(Z_y, Z)
    else:
        in_units = targets.loss.output(Z_y).T.reshape(y.shape)
        np.testing.assert_allclose(targets.readable(Z), in_units, rtol=1e-12)


@each_kind
def test_same_statistics_carry_nothing(kind):
    _, targets = KINDS[kind]
    W, b = np.ones((targets.n_outputs, 4)), np.ones((targets.n_outputs, 1))
    for found, given in zip(targets.carry(W, b, targets), (W, b), strict=True):
        np.testing.assert_array_equal(found, given)
    assert targets.auto_alpha(10) > 0
    assert np.shape(targets.start) in ((), (targets.n_outputs,))


@each_kind
def test_y_of_another_shape_is_refused(kind):
    y, targets = KINDS[kind]
    other = y[:, 0] if y.ndim == 2 else np.c_[y, y]
    with pytest.raises(ValueError, match=r"^y_val has shape .* but the fit had"):
        targets.encode(other, "y_val")
