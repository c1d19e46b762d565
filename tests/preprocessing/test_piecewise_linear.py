"""The piecewise-linear encoder: its formula, its laws, and scikit-learn's checks."""

import copy
import itertools
import os
import pickle
import tracemalloc

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from sknn2 import PiecewiseLinearEncoder, ShallowNNClassifier
from sknn2.preprocessing.piecewise_linear import BLOCK

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

LAW = settings(max_examples=30, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**32 - 1)


def mixed_table(rng, m=60):
    """Return columns of many kinds: normal, Cauchy, counts, rare, one-hot, constant."""
    return np.column_stack(
        [
            rng.normal(size=m),
            rng.standard_cauchy(m),
            rng.poisson(1.5, m),
            np.where(rng.random(m) < 0.9, 0, rng.exponential(size=m)),
            rng.random(m) < 0.3,
            rng.integers(4, size=m),
            np.full(m, 7.0),
        ]
    )


def edges_unrolled(x, n_bins):
    """Return quantiles; of the other values where more than half have one."""
    q = np.linspace(0, 1, n_bins + 1)
    values, counts = np.unique(x, return_counts=True)
    heavy = values[2 * counts > x.size]
    if heavy.size == 0 or n_bins == 0:
        return np.quantile(x, q, method="averaged_inverted_cdf")
    others = x[~np.isin(x, heavy)]
    if n_bins < 2 or others.size == 0:
        return np.array([*heavy, x.min(), x.max()])
    return np.append(heavy, np.quantile(others, q, method="averaged_inverted_cdf"))


def encode_unrolled(x, x_new, n_bins=2, bin_weight=0.3, w=None):
    """Return the features of one column as the docstring has them: the oracle."""
    if w is not None:
        x = np.repeat(x, w)

    def quantile(q):
        return np.quantile(x, q, method="averaged_inverted_cdf")

    center, scale = quantile(0.5), (quantile(0.75) - quantile(0.25)) / 1.349
    if scale == 0:
        center, scale = x.mean(), x.std()
    if scale == 0:
        return np.zeros((x_new.size, 1))

    def features(x):
        z = (x - center) / scale
        columns = [z / np.sqrt(1 + (z / 3) ** 2)]
        edges = np.unique(edges_unrolled(x_train, n_bins))
        if edges.size > 2 and np.unique(x_train).size > 3:
            for low, high in itertools.pairwise(edges):
                columns.append(np.clip((x - low) / (high - low), 0, 1))
        return np.column_stack(columns)

    x_train = x
    F = features(x_train)
    low, high = F.min(axis=0), F.max(axis=0)
    two_valued = ((low == F) | (high == F)).all(axis=0)
    F_scale = np.where(two_valued, (high - low) / 2, F.std(axis=0))
    F_new = (features(x_new) - F.mean(axis=0)) / F_scale
    F_new[:, 1:] *= bin_weight
    return F_new


def encode(X, X_new=None, w=None, **arguments):
    encoder = PiecewiseLinearEncoder(**arguments).fit(X, sample_weight=w)
    return encoder.transform(X if X_new is None else X_new)


def by_column(encoder, F):
    """Return the features of each column, as `encode_unrolled` has them."""
    n = encoder.n_features_in_
    counts = [max(edges.size - 1, 0) for edges in encoder.edges_]
    bins = np.split(F[:, n:], np.cumsum(counts)[:-1], axis=1)
    return [np.column_stack([F[:, j], bins[j]]) for j in range(n)]


@LAW
@given(SEEDS, st.integers(0, 9), st.sampled_from([0, 0.3, 2.0]), st.booleans())
def test_matches_the_formula(seed, n_bins, bin_weight, weighted):
    rng = np.random.default_rng(seed)
    X, X_new = mixed_table(rng), mixed_table(rng, 20)
    w = rng.integers(4, size=X.shape[0]) if weighted else None
    encoder = PiecewiseLinearEncoder(n_bins, bin_weight=bin_weight)
    F = encoder.fit(X, sample_weight=w).transform(X_new)
    assert F.dtype == np.float32
    for j, ours in enumerate(by_column(encoder, F)):
        oracle = encode_unrolled(X[:, j], X_new[:, j], n_bins, bin_weight, w)
        assert ours.shape == oracle.shape, j
        np.testing.assert_allclose(ours, oracle, rtol=1e-5, atol=1e-6, err_msg=f"{j}")


def test_edges_are_those_of_the_quantiles():
    x = np.arange(1.0, 9)  # the median of 1..8 is 4.5
    X = np.column_stack([x, np.repeat([0, 1], 4), x**2])
    encoder = PiecewiseLinearEncoder(2).fit(X)
    assert [e.tolist() for e in encoder.edges_] == [[1, 4.5, 8], [], [1, 20.5, 64]]
    assert encoder.center_.tolist() == [4.5, 0.5, 20.5]
    assert encoder.scale_[0] == (6.5 - 2.5) / 1.349


@pytest.mark.parametrize(
    ("column", "bins"),
    [
        ([0, 1, 2] * 20, 0),  # three values
        ([0, 1, 2, 2, 2, 3] * 10, 3),  # quantiles that coincide
        ([0] * 56 + [1, 2, 3, 4], 5),  # the others have bins of their own
        ([0] * 59 + [1], 0),
        ([0] * 30 + [*range(30)], 5),
        (range(60), 4),
        ([5] * 60, 0),
    ],
)
def test_bins_are_left_out_where_they_tell_nothing(column, bins):
    X = np.array(column, float)[:, np.newaxis]
    encoder = PiecewiseLinearEncoder(4).fit(X)
    assert max(encoder.edges_[0].size - 1, 0) == bins
    assert encoder.transform(X).shape == (60, 1 + bins)


def test_an_amount_that_is_mostly_zero_has_bins_where_it_is_not():
    rng = np.random.default_rng(0)
    x = np.where(rng.random(4000) < 0.9, 0, rng.exponential(size=4000))
    (edges,) = PiecewiseLinearEncoder().fit(x[:, np.newaxis]).edges_
    others = np.sort(x[x > 0])
    assert edges[0] == 0
    assert edges[1] == others[0]
    rows = np.histogram(others, edges[1:])[0]
    assert rows.size == others.size // 50
    assert np.ptp(rows) <= 1
    assert rows.min() >= 49  # the one at an edge is counted with the next
    # With few of them they have none: zero, and the largest.
    few = np.where(np.arange(4000) < 3950, 0.0, np.arange(4000))
    assert PiecewiseLinearEncoder().fit(few[:, np.newaxis]).edges_[0].size == 0


def test_a_value_that_half_of_the_rows_have_changes_nothing():
    x = np.where(np.arange(100) < 50, 0.0, np.arange(100))
    (edges,) = PiecewiseLinearEncoder(8).fit(x[:, np.newaxis]).edges_
    q = np.linspace(0, 1, 9)
    expected = np.unique(np.quantile(x, q, method="averaged_inverted_cdf"))
    np.testing.assert_array_equal(edges, expected)


def test_automatic_is_the_default():
    X = np.random.default_rng(0).normal(size=(1000, 2))
    w = (np.arange(1000) < 800) * 1.0
    np.testing.assert_array_equal(encode(X), encode(X, n_bins=5))
    np.testing.assert_array_equal(encode(X, w=w), encode(X, w=w, n_bins=4))


@pytest.mark.parametrize(("n", "bins"), [(24, 5), (25, 4), (40, 3), (60, 2), (61, 0)])
def test_a_wide_table_gets_fewer_bins_or_none(n, bins):
    rng = np.random.default_rng(0)
    X = np.hstack([rng.normal(size=(900, n)), rng.integers(2, size=(900, 9))])
    np.testing.assert_array_equal(encode(X), encode(X, n_bins=bins))
    assert encode(X).shape == (900, n + 9 + n * bins)


def test_no_bins_leave_the_plain_columns_as_they_are():
    X = np.random.default_rng(0).normal(size=(30, 7))
    plain = encode(X, n_bins=0)
    assert plain.shape == (30, 7)
    np.testing.assert_array_equal(encode(X, n_bins=1), plain)
    np.testing.assert_array_equal(encode(X, n_bins=3)[:, :7], plain)


def test_every_function_that_bends_at_the_edges_is_linear_in_the_features():
    rng = np.random.default_rng(0)
    x = rng.standard_cauchy(200)
    encoder = PiecewiseLinearEncoder(6).fit(x[:, np.newaxis])
    bent = np.interp(x, encoder.edges_[0], rng.normal(size=7))
    F = encoder.transform(x[:, np.newaxis]).astype(float)
    A = np.column_stack([F[:, 1:], np.ones(200)])
    np.testing.assert_allclose(
        A @ np.linalg.lstsq(A, bent, rcond=None)[0], bent, atol=1e-5
    )


def test_the_plain_column_is_linear_without_the_clip():
    rng = np.random.default_rng(0)
    X = mixed_table(rng)
    x = np.append(rng.normal(size=20) * 1e4, 0)[:, np.newaxis] * np.ones(7)
    z = encode(X, x, clip=False)[:, :7].astype(float)
    slope = (z[:-1] - z[-1]) / x[:-1]
    np.testing.assert_allclose(slope, slope[:1] * np.ones((20, 1)), rtol=1e-3)
    np.testing.assert_array_equal(
        encode(X, clip=False)[:, 7:], encode(X, clip=True)[:, 7:]
    )


# Missing values


def holes(rng, X, share=0.3):
    """Return X with NaN in all columns but the first."""
    gaps = rng.random(X.shape) < share
    gaps[:, 0] = False
    return np.where(gaps, np.nan, X)


@LAW
@given(SEEDS, st.booleans(), st.booleans())
def test_a_column_is_measured_by_the_values_that_are_there(seed, weighted, clip):
    rng = np.random.default_rng(seed)
    X, X_new = mixed_table(rng), mixed_table(rng, 20)
    w = rng.integers(4, size=60) if weighted else None
    X_gaps = holes(rng, X)
    encoder = PiecewiseLinearEncoder(3, clip=clip).fit(X_gaps, sample_weight=w)
    F = encoder.transform(X_new)
    assert encoder.missing_.tolist() == [1, 2, 3, 4, 5, 6]
    F, indicators = F[:, :-6], F[:, -6:]
    for j, ours in enumerate(by_column(encoder, F)):
        there = ~np.isnan(X_gaps[:, j])
        w_there = None if w is None else w[there]
        alone = PiecewiseLinearEncoder(3, clip=clip)
        alone.fit(X_gaps[there, j : j + 1], sample_weight=w_there)
        np.testing.assert_allclose(
            ours, alone.transform(X_new[:, j : j + 1]), rtol=1e-5, atol=1e-6
        )
    gaps = np.isnan(X_gaps[:, 1:])
    share = np.average(gaps, axis=0, weights=w)
    np.testing.assert_allclose(
        indicators, np.tile(0.3 * (0 - share) / 0.5, (20, 1)), rtol=1e-5
    )


def test_a_missing_value_is_the_mean_of_each_feature():
    rng = np.random.default_rng(0)
    X = holes(rng, mixed_table(rng))
    encoder = PiecewiseLinearEncoder(3).fit(X)
    F = encoder.transform(X)
    for j, features in enumerate(by_column(encoder, F[:, :-6])):
        assert (features[np.isnan(X[:, j])] == 0).all()
    np.testing.assert_allclose(F.mean(axis=0), 0, atol=1e-6)
    assert np.ptp(F[:, -6:], axis=0) == pytest.approx(np.full(6, 0.6))
    names = encoder.get_feature_names_out()
    assert names.size == F.shape[1]
    assert names[-6:].tolist() == [f"x{j}_missing" for j in range(1, 7)]


def test_no_gaps_at_fit_make_no_indicator():
    X = mixed_table(np.random.default_rng(0))
    encoder = PiecewiseLinearEncoder().fit(X)
    expected = encoder.transform(X)
    assert encoder.missing_.size == 0
    assert (encoder.transform(np.full((3, 7), np.nan)) == 0).all()
    X_gaps = X.copy()
    X_gaps[3, 1] = np.nan
    F = encoder.transform(X_gaps)
    changed = (expected != F).any(axis=0)
    assert set(encoder.get_feature_names_out()[changed]) <= (
        {"x1", "x1_bin0", "x1_bin1"}
    )
    np.testing.assert_array_equal(np.delete(F, 3, 0), np.delete(expected, 3, 0))


def test_a_column_without_values_is_0_whatever_it_is_later():
    X = np.column_stack([np.arange(20.0), np.full(20, np.nan)])
    encoder = PiecewiseLinearEncoder().fit(X)
    assert encoder.get_feature_names_out().tolist() == [
        "x0",
        "x1",
        "x0_bin0",
        "x0_bin1",
    ]
    for value in (np.nan, 5, -1e300):
        assert (encoder.transform([[3, value]])[:, 1] == 0).all()
    assert not encode(np.full((5, 2), np.nan)).any()


@LAW
@given(SEEDS)
def test_weights_and_blocks_with_gaps(seed):
    rng = np.random.default_rng(seed)
    X, w = holes(rng, mixed_table(rng)), rng.integers(4, size=60)
    repeated = encode(np.repeat(X, w, axis=0), X)
    np.testing.assert_allclose(encode(X, X, w), repeated, atol=1e-5)
    kept = w > 0
    np.testing.assert_array_equal(encode(X, X, w), encode(X[kept], X, w[kept]))
    X = holes(rng, rng.normal(size=(BLOCK + 9, 2)))
    encoder = PiecewiseLinearEncoder().fit(X)
    F = encoder.transform(X)
    for rows in (slice(0, 1), slice(BLOCK - 1, BLOCK + 1), slice(-2, None)):
        np.testing.assert_array_equal(encoder.transform(X[rows]), F[rows])


# Laws


@LAW
@given(SEEDS, st.integers(-30, 30), st.integers(-3, 3))
def test_neither_shift_nor_unit_matters(seed, exponent, offset):
    rng = np.random.default_rng(seed)
    X, X_new = mixed_table(rng), mixed_table(rng, 20)
    a = rng.uniform(1, 10, 7) * 10.0**exponent
    c = rng.normal(size=7) * a * 10.0**offset
    expected = encode(X, X_new)
    np.testing.assert_allclose(
        encode(a * X + c, a * X_new + c), expected, rtol=1e-4, atol=1e-4
    )
    # A power of two loses no digit, so neither do we.
    np.testing.assert_array_equal(encode(0.25 * X, 0.25 * X_new), expected)


@LAW
@given(SEEDS)
def test_features_grow_with_their_column(seed):
    rng = np.random.default_rng(seed)
    X = mixed_table(rng)
    encoder = PiecewiseLinearEncoder(5).fit(X)
    X_new = np.sort(
        np.vstack([mixed_table(rng, 40), X, np.full((1, 7), 1e300)]), axis=0
    )
    F = encoder.transform(X_new)
    assert (np.diff(F, axis=0) >= 0).all()
    # The plain features say which of two values is larger, within reach.
    assert (np.diff(F[:, :2], axis=0)[5:-5] > 0).all()


@LAW
@given(SEEDS)
def test_mean_and_deviation_of_the_features(seed):
    rng = np.random.default_rng(seed)
    X = mixed_table(rng)
    F = encode(X, n_bins=4, bin_weight=0.2).astype(float)
    np.testing.assert_allclose(F.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(F.std(axis=0)[[0, 1, 2, 3, 5]], 1, rtol=1e-5)
    assert np.ptp(F[:, 4]) == pytest.approx(2)  # two values
    assert (F[:, 6] == 0).all()
    np.testing.assert_allclose(F.std(axis=0)[7:15], 0.2, rtol=1e-5)


def test_columns_are_encoded_each_for_itself_and_rows_in_any_order():
    rng = np.random.default_rng(0)
    X = mixed_table(rng)
    encoder = PiecewiseLinearEncoder().fit(X)
    F = encoder.transform(X)
    for j, features in enumerate(by_column(encoder, F)):
        np.testing.assert_array_equal(encode(X[:, [j]]), features)
    order = rng.permutation(X.shape[0])
    np.testing.assert_allclose(encode(X[order], X), F, atol=1e-6)


def test_rows_are_encoded_each_for_itself_whatever_the_block():
    X = np.random.default_rng(0).normal(size=(2 * BLOCK + 3, 2))
    encoder = PiecewiseLinearEncoder().fit(X)
    F = encoder.transform(X)
    for rows in (slice(0, 1), slice(BLOCK - 1, BLOCK + 1), slice(-2, None)):
        np.testing.assert_array_equal(encoder.transform(X[rows]), F[rows])
    np.testing.assert_array_equal(PiecewiseLinearEncoder().fit_transform(X), F)


def test_an_outlier_moves_nothing_but_itself():
    X = np.random.default_rng(0).normal(size=(501, 1))
    far = X.copy()
    far[X.argmax()] = 1e200
    a, b = encode(X), encode(far)
    assert a.shape == (501, 1 + 3)
    rest = np.arange(501) != X.argmax()
    np.testing.assert_allclose(a[rest, :3], b[rest, :3], atol=0.03)
    assert np.isfinite(b).all()


def test_a_constant_column_is_0_whatever_it_is_later():
    X = np.column_stack([np.full(40, 0.3), np.repeat([0.3, 0.1 + 0.2], 20)])
    assert not encode(X, np.array([[7, 7], [-1e300, 1e300]])).any()


@pytest.mark.parametrize(
    "column",
    [
        lambda rng: rng.normal(size=50) * 1e150,
        lambda rng: rng.normal(size=50) * 1e306,
        lambda rng: rng.uniform(-1, 1, size=50) * 1.79e308,
        lambda rng: rng.normal(size=50) * 1e-150,
        lambda rng: rng.standard_cauchy(50) * 1e150,
        lambda rng: 1e8 + rng.normal(size=50),
        lambda rng: 1.7e9 + 86400.0 * rng.integers(365, size=50),
        lambda rng: np.append(np.zeros(49), 1e300),
        lambda rng: np.append(rng.normal(size=49), -1e300),
        lambda rng: np.exp(rng.normal(size=50) * 100),
    ],
)
def test_extreme_columns_are_encoded_without_a_warning(column):
    X = column(np.random.default_rng(0))[:, np.newaxis]
    for scale in (1, 1e-3):
        F = encode(X * scale)
        assert np.isfinite(F).all()
        assert 0.1 < F[:, 0].std() < 1.01
    assert np.isfinite(encode(X, np.array([[1e308], [-1e308], [0]]))).all()


def test_an_offset_costs_no_digits():
    X = np.random.default_rng(0).integers(1000, size=(300, 1)).astype(float)
    np.testing.assert_allclose(encode(X + 1e8), encode(X), atol=1e-6)


def test_float32_is_measured_in_float64():
    X = np.random.default_rng(0).normal(100, 1, size=(300, 2)).astype(np.float32)
    np.testing.assert_array_equal(encode(X), encode(X.astype(np.float64)))


# Weights


@LAW
@given(SEEDS)
def test_a_weight_is_a_number_of_rows(seed):
    rng = np.random.default_rng(seed)
    X = mixed_table(rng)
    w = rng.integers(4, size=X.shape[0])
    repeated = encode(np.repeat(X, w, axis=0), X)
    for unit in (1, 0.1, 1e300):
        np.testing.assert_allclose(encode(X, X, w * unit), repeated, atol=1e-5)
    np.testing.assert_allclose(encode(X, X, np.full(60, 0.7)), encode(X), atol=1e-6)


def test_a_row_of_weight_zero_is_absent():
    rng = np.random.default_rng(0)
    X, w = mixed_table(rng), rng.random(60)
    w[::3] = 0
    X[::3] *= 1e3
    kept = w > 0
    expected = encode(X[kept], X, w[kept])
    np.testing.assert_array_equal(encode(X, X, w), expected)
    assert not np.allclose(encode(X, X)[:, :7], expected[:, :7])


@pytest.mark.parametrize(
    ("w", "message"),
    [
        (np.ones(59), r"sample_weight.shape == \(59,\), expected \(60,\)"),
        (-np.ones(60), "negative weights"),
        (np.zeros(60), "All weights in sample_weight are zero"),
    ],
)
def test_bad_weights(w, message):
    with pytest.raises(ValueError, match=message):
        PiecewiseLinearEncoder().fit(mixed_table(np.random.default_rng(0)), None, w)


# Bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_bins": -1}, ValueError, "'n_bins' .* at least 0. Got -1"),
        ({"n_bins": "many"}, ValueError, "'n_bins' .* 'auto', or an int.* Got 'many'"),
        ({"n_bins": 4.0}, TypeError, "'n_bins' .* Got 4.0"),
        ({"bin_weight": -0.1}, ValueError, "'bin_weight' .* Got -0.1"),
        ({"bin_weight": np.nan}, ValueError, "'bin_weight' .* Got nan"),
        ({"clip": "no"}, TypeError, "'clip' .* Got 'no'"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        PiecewiseLinearEncoder(**arguments).fit(np.ones((3, 1)))


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.coo_array])
def test_sparse_is_refused_in_one_sentence(kind):
    X = np.random.default_rng(0).normal(size=(20, 2))
    encoder = PiecewiseLinearEncoder().fit(X)
    for call in (PiecewiseLinearEncoder().fit, encoder.transform):
        with pytest.raises(TypeError, match=r"does not take sparse X.*X\.toarray\(\)"):
            call(kind(X))


def test_infinity_is_named():
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20, 2)), columns=["a", "b"])
    X.loc[5, "a"] = np.nan
    encoder = PiecewiseLinearEncoder().fit(X)
    X.loc[3, "b"] = np.inf
    for call in (PiecewiseLinearEncoder().fit, encoder.transform):
        with pytest.raises(
            ValueError, match=r"Column 1 \('b'\) of X holds infinity in 1 of 20 rows"
        ):
            call(X)


def test_other_columns_are_refused_and_the_encoder_still_works():
    X = np.random.default_rng(0).normal(size=(20, 3))
    encoder = PiecewiseLinearEncoder().fit(X)
    F = encoder.transform(X)
    with pytest.raises(ValueError, match="X has 2 features"):
        encoder.transform(X[:, :2])
    with pytest.raises(ValueError, match="holds text"):
        encoder.transform([["a", "b", "c"]])
    np.testing.assert_array_equal(encoder.transform(X), F)


# Names and frames

NAMES = ["age", "sex", "fare"]


def named_table():
    rng = np.random.default_rng(0)
    return np.column_stack(
        [rng.normal(size=50), rng.integers(2, size=50), rng.random(50)]
    )


OUT = [*NAMES, *(f"{name}_bin{j}" for name in ("age", "fare") for j in range(2))]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_frames_in_names_out(kind):
    frames = pytest.importorskip(kind)
    X = named_table()
    frame = frames.DataFrame(dict(zip(NAMES, X.T, strict=True)))
    encoder = PiecewiseLinearEncoder().set_output(transform=kind)
    out = encoder.fit_transform(frame)
    assert type(out) is frames.DataFrame
    assert list(out.columns) == OUT == encoder.get_feature_names_out().tolist()
    assert {str(dtype).lower() for dtype in out.dtypes} == {"float32"}
    np.testing.assert_array_equal(out.to_numpy(), encode(X))
    with pytest.raises(ValueError, match="in the same order"):
        encoder.transform(frame[NAMES[::-1]])


def test_names_where_there_were_none():
    encoder = PiecewiseLinearEncoder(2).fit(named_table())
    assert encoder.get_feature_names_out().tolist() == (
        ["x0", "x1", "x2", "x0_bin0", "x0_bin1", "x2_bin0", "x2_bin1"]
    )
    assert encoder.get_feature_names_out(NAMES)[3:].tolist() == (
        ["age_bin0", "age_bin1", "fare_bin0", "fare_bin1"]
    )
    with pytest.raises(ValueError, match="input_features"):
        encoder.get_feature_names_out(["age"])


# Life as an estimator


@pytest.mark.parametrize(
    "round_trip", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e)), "joblib"]
)
def test_copies_encode_alike(round_trip, tmp_path):
    X = mixed_table(np.random.default_rng(0))
    encoder = PiecewiseLinearEncoder(3, bin_weight=0.5).fit(X)
    if round_trip == "joblib":
        joblib.dump(encoder, tmp_path / "encoder.joblib")
        loaded = joblib.load(tmp_path / "encoder.joblib", mmap_mode="r")
    else:
        loaded = round_trip(encoder)
    np.testing.assert_array_equal(loaded.transform(X), encoder.transform(X))
    assert repr(clone(loaded)) == repr(clone(encoder)) == repr(encoder)


def test_in_front_of_a_net():
    X = np.random.default_rng(0).standard_cauchy((300, 3))
    y = np.abs(X[:, 0]) > 1
    net = ShallowNNClassifier(standardize=False, random_state=0)
    model = make_pipeline(PiecewiseLinearEncoder(), net).fit(X, y)
    assert model[-1].parameters_.W[1].dtype == np.float32
    alone = ShallowNNClassifier(random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95 > alone.score(X, y)


def test_memory_is_that_of_the_features():
    X = np.random.default_rng(0).normal(size=(20_000, 10))
    tracemalloc.start()
    try:
        encoder = PiecewiseLinearEncoder().fit(X)
        fit_peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        F = encoder.transform(X)
        transform_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fit_peak < 3e6, fit_peak  # some columns, and some blocks
    assert F.nbytes > 1e7
    assert transform_peak < F.nbytes + 3e6, transform_peak - F.nbytes


# scikit-learn's own checks

ENCODERS = [
    PiecewiseLinearEncoder(),
    PiecewiseLinearEncoder(n_bins=0),
    PiecewiseLinearEncoder(n_bins=7, bin_weight=1, clip=False),
]
SKIPPED = (
    set() if os.environ.get("SCIPY_ARRAY_API") == "1" else {"check_array_api_input"}
)
NOT_YIELDED = [
    name
    for name in (
        "check_dataframe_column_names_consistency",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_set_output_transform_polars",
        "check_global_output_transform_pandas",
        "check_global_set_output_transform_polars",
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_get_feature_names_out_error",
    )
    if hasattr(estimator_checks, name)
]


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_scikit_learn_checks(encoder):
    results = estimator_checks.check_estimator(encoder, on_skip=None, on_fail=None)
    failed = {
        r["check_name"]: r["exception"] for r in results if r["status"] == "failed"
    }
    assert failed == {}
    skipped = {r["check_name"] for r in results if r["status"] == "skipped"}
    assert skipped == SKIPPED & {r["check_name"] for r in results}


# They mix frames and arrays, of which scikit-learn's own transformers warn as well.
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@pytest.mark.parametrize("check", NOT_YIELDED)
def test_scikit_learn_checks_that_no_generator_yields(check):
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    getattr(estimator_checks, check)("PiecewiseLinearEncoder", PiecewiseLinearEncoder())
