"""The training and test rows of each fold."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from sknn2.checks import got


def stratified_order(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the rows in random order within each class, class after class.

    Parameters
    ----------
    codes : ndarray of shape (m,)
        Class of each row.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (m,)
        Indices of rows. Assigned to folds in turn they make stratified folds;
        taken at even distances they are a stratified sample.
    """
    order = rng.permutation(codes.size)
    sorted_order: np.ndarray = order[np.argsort(codes[order], kind="stable")]
    return sorted_order


def stratified_folds(
    codes: np.ndarray, n_folds: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return stratified folds, of sizes that differ by one row at most.

    A class may be rarer than there are folds: then some folds are without it.

    Parameters
    ----------
    codes : ndarray of shape (m,)
        Class of each row.
    n_folds : int
        K.
    rng : numpy.random.Generator

    Returns
    -------
    train, test : ndarray of shape (K, m)
        bool.
    """
    fold = np.empty(codes.size, np.intp)
    fold[stratified_order(codes, rng)] = np.arange(codes.size) % n_folds
    test = fold == np.arange(n_folds)[:, np.newaxis]
    return ~test, test


def ranks_in_blocks(
    values: np.ndarray, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the block of neighbouring values of each row.

    Folds that are stratified by these blocks have similar values.

    Parameters
    ----------
    values : ndarray of shape (m,)
    size : int
        Rows in a block; the last one takes what is left.
    rng : numpy.random.Generator
        Orders equal values.

    Returns
    -------
    ndarray of shape (m,)
        int.
    """
    ranks = np.empty(values.size, np.intp)
    ranks[stratified_order(values, rng)] = np.arange(values.size)
    return ranks // size


def split(
    cv: Any, X: Any, y: np.ndarray, params: dict[str, Any], *, classifier: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Return the folds of a splitter or of an iterable of splits.

    Parameters
    ----------
    cv : splitter or iterable
        As scikit-learn takes them.
    X, y
        All rows, checked.
    params : dict
        For the splitter's ``split``, e.g. ``groups``.
    classifier : bool, default=True
        Whether y are classes, which ``cv=None`` stratifies.

    Returns
    -------
    train, test : ndarray of shape (K, m)
        bool.

    Raises
    ------
    ValueError
        If it is none of them, or a split does not index the rows of ``X``.
    """
    message = (
        "cv must be an integer of at least 2, a splitter of scikit-learn, or an "
        "iterable of pairs of index arrays. "
    )
    scalar = isinstance(cv, np.ndarray) and cv.ndim == 0
    if isinstance(cv, (str, bytes, type)) or scalar:
        raise ValueError(f"{message}{got(cv)}")
    if cv is None or hasattr(cv, "split"):
        splits = list(check_cv(cv, y, classifier=classifier).split(X, y, **params))
    elif isinstance(cv, Iterable):
        splits = list(cv)
    else:
        raise ValueError(f"{message}{got(cv)}")
    train, test = np.zeros((2, len(splits), y.shape[0]), bool)
    for k, pair in enumerate(splits):
        try:
            train_rows, test_rows = pair
        except (TypeError, ValueError) as error:
            raise ValueError(f"{message}Split {k}: {got(pair)}") from error
        try:
            train[k, train_rows] = True
            test[k, test_rows] = True
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"Split {k} of cv does not index the {y.shape[0]} rows of X: {error}."
            ) from error
    return train, test


def check_n_folds(n_folds: int, m: int, params: dict[str, Any]) -> None:
    """Raise an error if there are too few rows for so many folds.

    Parameters
    ----------
    n_folds : int
    m : int
        Rows of positive weight.
    params : dict
        What a splitter would take; there is none.
    """
    if params:
        raise TypeError(
            f"fit was given {sorted(params)}, which cv={n_folds} does not use: set cv "
            "to a splitter that does, e.g. GroupKFold()."
        )
    if m == 1:
        raise ValueError(
            "X has 1 sample of positive weight, and rows that are held out choose the "
            "penalty: give at least two rows."
        )
    if n_folds > m:
        raise ValueError(
            f"cv={n_folds} folds need as many rows of positive weight. Got {m} rows: "
            "take fewer folds."
        )


def check_folds(train: np.ndarray, test: np.ndarray) -> None:
    """Raise a ValueError for folds without rows to train or to test on.

    Parameters
    ----------
    train, test : ndarray of shape (K, m)
        bool.
    """
    if train.shape[0] == 0:
        raise ValueError(
            "cv gave no splits. An iterator gives its splits once: hand over a list."
        )
    for use, rows in (("train on", train), ("be judged by", test)):
        empty = ~rows.any(axis=1)
        if empty.any():
            raise ValueError(
                f"Fold {int(empty.argmax())} of cv has no rows of positive weight to "
                f"{use}: take fewer folds, or others."
            )
