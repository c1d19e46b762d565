"""Which rows each fold trains on and which it is judged by."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.model_selection import check_cv

from sknn2.checks import got


def stratified(codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the rows in random order within each class, class after class.

    Parameters
    ----------
    codes : ndarray of shape (m,)
        Class of each row.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (m,)
        Indices of rows. Dealt out in turn they make stratified folds, at even
        distances they are a stratified sample.
    """
    order = rng.permutation(codes.size)
    sorted_order: np.ndarray = order[np.argsort(codes[order], kind="stable")]
    return sorted_order


def deal(
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
    fold[stratified(codes, rng)] = np.arange(codes.size) % n_folds
    test = fold == np.arange(n_folds)[:, np.newaxis]
    return ~test, test


def split(
    cv: Any, X: Any, y: np.ndarray, params: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the folds of a splitter or of an iterable of splits.

    Parameters
    ----------
    cv : splitter or iterable
        As scikit-learn takes them.
    X, y
        All rows, as the user gave them.
    params : dict
        For the splitter's ``split``, e.g. ``groups``.

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
        splits = list(check_cv(cv, y, classifier=True).split(X, y, **params))
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
