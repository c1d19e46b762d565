"""What a report of a fault needs to know about the machine it happened on."""

from importlib.metadata import PackageNotFoundError, version

import numpy as np
import sklearn

from sknn2._version import __version__

OPTIONAL = (
    "polars",
    "pyarrow",
    "dask",
    "distributed",
    "rich",
    "skops",
    "skl2onnx",
    "onnx",
    "onnxruntime",
)
"""The packages of the extras which scikit-learn's report leaves out."""


def show_versions() -> None:
    """Print the versions of sknn2, Python and the packages that it works with.

    The report of scikit-learn is part of it: the platform, the dependencies, and the
    BLAS libraries with their numbers of threads. A report of a fault starts with it::

        python -c "import sknn2; sknn2.show_versions()"

    See Also
    --------
    sklearn.show_versions : The same without sknn2, its extras and instruction sets.

    Examples
    --------
    >>> import sknn2
    >>> sknn2.show_versions()  # doctest: +ELLIPSIS
    sknn2: ...
    """
    print(f"sknn2: {__version__}")
    sklearn.show_versions()
    print("\nPackages of the extras:")
    for name in OPTIONAL:
        print(f"{name:>13}: {installed(name)}")
    found = np.show_config(mode="dicts").get("SIMD Extensions", {})
    print("\nInstruction sets that NumPy uses:")
    print(f"{'baseline':>13}: {', '.join(found.get('baseline', []))}")
    print(f"{'found':>13}: {', '.join(found.get('found', []))}")


def installed(name: str) -> str | None:
    """Return the version of a package without importing it, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None
