"""Folds: which rows are trained on, and which are judged by."""

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    RepeatedKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from sknn2.data.folds import ranks_in_blocks, split, stratified_folds, stratified_order

RNG = np.random.default_rng(0)
CODES = RNG.choice(5, 103, p=[0.5, 0.3, 0.15, 0.03, 0.02])


@pytest.mark.parametrize("n_folds", [2, 4, 7])
def test_dealt_folds_are_stratified_and_of_one_size(n_folds):
    train, test = stratified_folds(CODES, n_folds, np.random.default_rng(1))
    assert train.shape == test.shape == (n_folds, CODES.size)
    np.testing.assert_array_equal(train, ~test)
    np.testing.assert_array_equal(test.sum(axis=0), 1)  # each row in one fold
    assert np.ptp(test.sum(axis=1)) <= 1
    for code in range(5):
        assert np.ptp(test[:, code == CODES].sum(axis=1)) <= 1


def test_dealt_folds_are_shuffled():
    _, test = stratified_folds(CODES, 4, np.random.default_rng(1))
    _, again = stratified_folds(CODES, 4, np.random.default_rng(1))
    _, other = stratified_folds(CODES, 4, np.random.default_rng(2))
    np.testing.assert_array_equal(test, again)
    assert (test != other).any()
    # Rows that are neighbours in the table are in one fold no more often than others.
    same = (test[:, 1:] & test[:, :-1]).any(axis=0).mean()
    assert 0.1 < same < 0.4


def test_a_class_may_be_rarer_than_there_are_folds():
    codes = np.array([0] * 10 + [1])
    _, test = stratified_folds(codes, 4, np.random.default_rng(0))
    assert test[:, codes == 1].sum() == 1
    assert np.ptp(test.sum(axis=1)) <= 1


def test_even_distances_give_a_stratified_sample():
    order = stratified_order(CODES, np.random.default_rng(0))
    assert sorted(order) == list(range(CODES.size))
    sample = order[np.arange(40) * CODES.size // 40]
    assert np.unique(sample).size == 40
    for code in range(5):
        expected = 40 * np.mean(code == CODES)
        assert abs(np.sum(CODES[sample] == code) - expected) <= 1


@pytest.mark.parametrize(
    "cv",
    [
        StratifiedKFold(3),
        KFold(5),
        RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        TimeSeriesSplit(4),
        PredefinedSplit(np.arange(103) % 6 - 1),
        list(KFold(4).split(CODES)),
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_splitters(cv):
    X = np.zeros((CODES.size, 2))
    expected = cv if isinstance(cv, list) else list(cv.split(X, CODES))
    train, test = split(cv, X, CODES, {})
    assert len(expected) == len(train) == len(test)
    for k, (train_rows, test_rows) in enumerate(expected):
        np.testing.assert_array_equal(np.flatnonzero(train[k]), np.sort(train_rows))
        np.testing.assert_array_equal(np.flatnonzero(test[k]), np.sort(test_rows))


def test_groups_reach_the_splitter():
    groups = CODES
    _, test = split(GroupKFold(3), np.zeros((103, 1)), CODES, {"groups": groups})
    for group in range(5):
        assert (test[:, groups == group].any(axis=1)).sum() == 1


def test_none_is_what_it_is_in_scikit_learn():
    train, _ = split(None, np.zeros((103, 1)), np.arange(103) % 2, {})
    assert train.shape == (5, 103)


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        ([0, 1, 10], "out of bounds"),
        ([0.0, 1.0], "integer"),
        (np.arange(9) < 5, "[bB]oolean"),
    ],
)
def test_a_split_that_does_not_index_the_rows(train, reason):
    splits = [([0, 1], [2, 3]), (train, [8])]
    message = "Split 1 of cv does not index the 10 rows of X: .*" + reason
    with pytest.raises(ValueError, match=message):
        split(splits, np.zeros((10, 1)), np.arange(10) % 2, {})


@pytest.mark.parametrize("m", [8, 9, 61])
def test_folds_have_targets_that_are_spread_alike(m):
    rng = np.random.default_rng(0)
    values = rng.permutation(m) ** 2.0
    _, test = stratified_folds(ranks_in_blocks(values, 4, rng), 4, rng)
    assert (test.sum(axis=0) == 1).all()
    order = np.argsort(values)
    for start in range(0, m - 3, 4):  # of four neighbours each fold has one
        assert (test[:, order[start : start + 4]].sum(axis=1) == 1).all()
    # And not the same one of each four: the folds are drawn.
    if m == 61:
        firsts = {int(test[:, order[start]].argmax()) for start in range(0, 60, 4)}
        assert len(firsts) > 1


def test_equal_targets_are_dealt_out_at_random():
    rng = np.random.default_rng(0)
    blocks = ranks_in_blocks(np.zeros(400), 4, rng)
    assert (np.bincount(blocks) == 4).all()
    assert abs(np.corrcoef(blocks, np.arange(400))[0, 1]) < 0.2
