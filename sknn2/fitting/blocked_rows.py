"""Rows that lie elsewhere, in blocks: what is asked of each block, and added up here.

A block is a tuple of plain arrays, so that a cluster can measure and store it. The
answers are merged in the order of the blocks: the result does not depend on where, or
in which order, they were computed.
"""

import copy
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Any, Protocol, Self

import numpy as np
from scipy.sparse import issparse, vstack

from sknn2.data.input_checks import check_rows, check_weights
from sknn2.data.labels import find_classes, read_targets
from sknn2.data.rows import Rows, unit_of
from sknn2.data.targets import Targets
from sknn2.inputs.standardization import LARGEST, Standardization


class Blocks(Protocol):
    """Blocks of rows, wherever they are.

    Methods take a function and call it as ``function(block, *arguments)`` for each
    block, with ``each[k]`` as the last argument of block k where it is given.
    """

    def __len__(self) -> int:
        """Return how many they are."""

    def ask(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> list[Any]:
        """Return the result for each block, in the order of the blocks."""

    def make(
        self, function: Callable[..., Any], *arguments: Any, each: Any = None
    ) -> Self:
        """Return blocks that are the results; they stay where they are."""

    def keep(self, places: Sequence[int]) -> Self:
        """Return some of the blocks."""


class BlocksLost(RuntimeError):
    """The rows cannot be reached any more."""


@dataclass(frozen=True)
class Names:
    """What to call the parts of a block in messages."""

    X: str = "X"
    y: str = "y"
    weight: str = "sample_weight"


@dataclass(frozen=True)
class Problem:
    """An error in one block, as data: it is raised where its number is known."""

    kind: type[Exception]
    message: str


def read_block(X: Any, y: Any, w: Any, stub: Any, names: Names) -> Any:
    """Check the rows of a block.

    Parameters
    ----------
    X, y, w : array-like
        As one machine is given them; ``w`` may be None or a number.
    stub : estimator
        Where it is fitted, the columns are checked against its own.
    names : Names

    Returns
    -------
    tuple or Problem
        ``(X, y, w, feature_names, messages of warnings)``, without the rows of weight
        0; empty for a block without rows.
    """
    m = X.shape[0]
    for name, part in ((names.y, y), (names.weight, w)):
        if hasattr(part, "shape") and part.shape and part.shape[0] != m:
            return Problem(
                ValueError,
                f"{name} has {part.shape[0]} rows and {names.X} has {m}: give "
                f"{names.X}, {names.y} and {names.weight} the same partitions",
            )
    if m == 0:
        return ()
    stub = copy.copy(stub)  # several threads may read blocks by it
    reset = not hasattr(stub, "n_features_in_")
    if hasattr(X, "tocsr"):
        X = X.tocsr()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            X = check_rows(stub, X, reset=reset, name=names.X)
            y = read_targets(y, names.y)
        if w is not None and np.ndim(w) and not np.any(np.asarray(w)):
            return ()
        w = check_weights(w, m, names.weight)
    except (ValueError, TypeError) as error:
        return Problem(type(error), str(error))
    if w is not None and w.min() == 0:
        X, y, w = X[w > 0], y[w > 0], w[w > 0]
    columns = getattr(stub, "feature_names_in_", None)
    return X, y, w, columns, [(c.category, str(c.message)) for c in caught]


@dataclass(frozen=True)
class Survey:
    """What the client has to know of a block before it knows the targets."""

    m: int
    n_features: int
    dtype: np.dtype[Any]
    feature_names: np.ndarray | None
    y: np.ndarray
    warnings: list[tuple[type[Warning], str]]


def survey(block: Any, distinct: bool) -> Any:
    """Return a `Survey`, a `Problem`, or None for a block without rows.

    Parameters
    ----------
    block : tuple or Problem
        From `read_block`.
    distinct : bool
        Whether ``y`` holds labels, of which the distinct ones are returned; else a
        row of it, for its shape and type.
    """
    if isinstance(block, Problem) or not block:
        return block or None
    X, y, _, columns, caught = block
    if distinct and y.ndim == 1:
        try:
            y = find_classes(y, "y")
        except ValueError as error:
            return Problem(ValueError, str(error))
    else:
        y = y[:1]
    return Survey(X.shape[0], X.shape[1], X.dtype, columns, y, caught)


def class_sums(block: Any, targets: Targets) -> Any:
    """Return the sum of the sample weights of each class."""
    _, y, w, *_ = block
    try:
        codes = targets.encode(y)
    except (ValueError, TypeError) as error:
        return Problem(type(error), str(error))
    with np.errstate(over="ignore"):
        sums = np.bincount(codes, w, minlength=targets.attributes["classes_"].size)
    return np.minimum(sums, LARGEST)


def encode_block(
    block: Any,
    steps: Sequence[tuple[Targets, np.ndarray | None]],
    dtype: np.dtype[Any],
    name: str,
) -> Any:
    """Return the rows of a block with encoded targets and weights, as a tuple.

    Parameters
    ----------
    block : tuple
        From `read_block`.
    steps : sequence of tuple of (Targets, class weights)
        All but the last only leave out the rows of classes of weight 0.
    dtype : dtype
        Of X, the same for all blocks.
    name : str
        What to call y.

    Returns
    -------
    tuple or Problem
        The fields of `Rows`; empty where no rows are left.
    """
    X, y, w, *_ = block
    X = X.astype(dtype, copy=False)
    for targets, class_weight in steps:
        try:
            codes = targets.encode(y, name)
        except (ValueError, TypeError) as error:
            return Problem(type(error), str(error))
        if class_weight is not None and not np.all(class_weight):
            kept = class_weight[codes] > 0
            X, y, codes = X[kept], y[kept], codes[kept]
            w = None if w is None else w[kept]
        if not X.shape[0]:
            return ()
    return as_tuple(Rows(X, y, codes, w).weighted_by_class(class_weight))


def as_tuple(rows: Rows) -> tuple[Any, ...]:
    """Return rows as a tuple of plain arrays."""
    return tuple(vars(rows).values())


def rows_of(block: tuple[Any, ...]) -> Rows:
    """Return the rows of a block, of which they are the first fields."""
    return Rows(*block[: len(fields(Rows))])


def counts(block: Any) -> Any:
    """Return how many rows a block has, the sum of ``w``, and its scale."""
    if isinstance(block, Problem):
        return block
    if not block:
        return 0, 0.0, 0.0
    rows = rows_of(block)
    sum_w = rows.m if rows.w is None else float(rows.w.sum(dtype=np.float64))
    return rows.m, float(sum_w), rows.weight_scale


# Of a block of encoded rows: small functions that a worker calls by their names.


def strata(block: Any, targets: Targets) -> np.ndarray | None:
    """Return the stratum of each row, or None."""
    codes = targets.strata(rows_of(block).targets)
    return None if codes is None else codes.astype(np.min_scalar_type(codes.max()))


def take(block: Any, index: np.ndarray) -> tuple[Any, ...]:
    """Return some rows of a block; empty for none."""
    if index.dtype == bool and not index.any():
        return ()
    return as_tuple(rows_of(block).take(index))


def standardization(block: Any) -> Standardization:
    """Return the statistics of the columns of X."""
    return rows_of(block).standardization()


def measured(block: Any, targets: Targets) -> Targets:
    """Return targets with the statistics of a block."""
    return rows_of(block).measured(targets, merge=False)


def largest_of_block(block: Any) -> np.ndarray:
    """Return the largest absolute value of each column."""
    return rows_of(block).largest_in_columns()


def raise_problems(answers: Sequence[Any], what: str) -> None:
    """Raise the first problem of the blocks; the message names the partition."""
    for k, answer in enumerate(answers):
        if isinstance(answer, Problem):
            raise answer.kind(f"In partition {k} of {what}: {answer.message}")


class BlockedRows:
    """What `Rows` are to a fit, for rows that lie elsewhere.

    Parameters
    ----------
    blocks : Blocks
        Of encoded rows; those without rows are left out.
    n_features : int
    dtype : dtype
        Of X.
    what : str, default="X and y"
        What to call the rows in messages.

    Attributes
    ----------
    m : int
    sizes : ndarray of shape (n_blocks,)
        Rows of each block.
    factors : ndarray of shape (n_blocks,)
        What the weights of a block are multiplied by: each has them divided by its
        own largest.
    weight_scale, sum_w : float
        As of `Rows`.
    sum_of_w : float
        The sum of the ``w`` of `Rows`, ``sum_w / weight_scale``.
    targets : ndarray
        Targets that reach as far as those of all rows; zeros before they are measured.
    """

    def __init__(
        self,
        blocks: Any,
        n_features: int,
        dtype: np.dtype[Any],
        what: str = "X and y",
    ) -> None:
        answers = blocks.ask(counts)
        raise_problems(answers, what)
        table = np.array(answers, float).reshape(-1, 3)
        (places,) = np.nonzero(table[:, 0])
        if not places.size:
            raise ValueError(
                f"No row of {what} is left: all partitions are empty, or all rows have "
                "weight zero."
            )
        self.blocks: Blocks = blocks.keep(places.tolist())
        self.n_features, self.dtype = n_features, dtype
        self.sizes = table[places, 0].astype(int)
        self.m = int(self.sizes.sum())
        self.weight_scale = float(table[places, 2].max())
        self.factors = table[places, 2] / self.weight_scale
        self.sum_of_w = float(sum((self.factors * table[places, 1]).tolist()))
        self.targets = np.zeros(1)

    @property
    def sum_w(self) -> float:
        """S, the sum of the weights."""
        return min(self.weight_scale * self.sum_of_w, LARGEST)

    @property
    def weight_unit(self) -> float:
        """As of `Rows`."""
        return unit_of(self.sum_of_w / self.m * self.weight_scale)

    def standardization(self) -> Standardization:
        """Return the statistics of the columns."""
        parts = self.blocks.ask(standardization)
        whole: Standardization = reduce(Standardization.merge, parts)
        return whole

    def measured(self, targets: Targets, *, merge: bool) -> Targets:
        """Return targets with the statistics of these rows."""
        parts = self.blocks.ask(measured, targets)
        whole: Targets = reduce(type(targets).merge, parts)
        statistics = getattr(whole, "statistics", None)
        if statistics is not None:
            self.targets = np.stack([statistics.low, statistics.high])
        return whole

    def largest_in_columns(self) -> np.ndarray:
        """Return the largest absolute value of each column, of shape (n_features,)."""
        largest: np.ndarray = np.max(self.blocks.ask(largest_of_block), axis=0)
        return largest

    def split(self, index: np.ndarray) -> list[np.ndarray]:
        """Return sorted numbers of rows, or a mask of all, as a part for each block."""
        ends = np.cumsum(self.sizes)
        if index.dtype == bool:
            return np.split(index, ends[:-1])
        parts = np.split(index, np.searchsorted(index, ends[:-1]))
        starts = ends - self.sizes
        return [part - start for part, start in zip(parts, starts, strict=True)]

    def take(self, index: np.ndarray) -> Rows:
        """Return some of the rows, by their sorted numbers, here."""
        return self.gather(self.blocks.ask(take, each=self.split(index)))

    def gather(self, blocks: Sequence[Any]) -> Rows:
        """Return the rows of blocks, one for each of these, here and as one."""
        parts = [rows_of(block) for block in blocks]
        X = [part.X for part in parts]
        w = None
        if parts[0].w is not None:
            w = np.concatenate(
                [part.w * f for part, f in zip(parts, self.factors, strict=True)]
            )
        given: list[Any] = [part.sample_weight for part in parts]
        return Rows(
            vstack(X, format="csr") if issparse(X[0]) else np.concatenate(X),
            np.concatenate([part.y for part in parts]),
            np.concatenate([part.targets for part in parts]),
            None if given[0] is None else np.concatenate(given),
            w,
            self.weight_scale,
        )

    def select(self, mask: np.ndarray) -> "BlockedRows":
        """Return the rows of a mask, in the same blocks."""
        blocks = self.blocks.make(take, each=self.split(mask))
        return BlockedRows(blocks, self.n_features, self.dtype)

    def strata(self, targets: Targets) -> np.ndarray | None:
        """Return the stratum of each row, of shape (m,), or None."""
        parts = self.blocks.ask(strata, targets)
        return None if parts[0] is None else np.concatenate(parts).astype(np.intp)
