"""How time grows with the size of the data and of the network, and the cliffs.

    python tests/benchmarks/growth.py                     the exponents, four minutes
    python tests/benchmarks/growth.py --plot growth.png   also a picture
    python tests/benchmarks/growth.py cliffs --against OTHER_CHECKOUT
    python tests/benchmarks/growth.py growth cliffs --against OTHER_CHECKOUT \\
        --out docs/growth_results.rst

Times are those of the processor, on one thread, so that other programs disturb them
less. All sizes of a curve are measured in turn, three times, and the least counts. The
exponent is the slope of the logarithm of the time between the two largest sizes: 1
where twice the size takes twice the time. A cliff is measured in a process for each
checkout, in turn.
"""

import argparse
import datetime
import os
import subprocess
import sys
import time
import tracemalloc
import warnings
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np

import sknn2
from sknn2 import (
    DeepNNClassifier,
    DeepNNRegressor,
    PiecewiseLinearEncoder,
    ShallowNNClassifier,
    ShallowNNClassifierCV,
    ShallowNNRegressor,
    ShallowNNRegressorCV,
    TableEncoder,
)

SCRIPT = Path(__file__)
ROUNDS = 3
ONE_EPOCH = {"max_iter": 1, "tol": None, "random_state": 0}


def table(m, n, classes=2, dtype=np.float32):
    """Return X and class labels that depend on its first column."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((m, n)).astype(dtype)
    return X, (np.argsort(np.argsort(X[:, 0])) * classes) // m


def network(cls, units):
    """Return an estimator that trains for an epoch."""
    deep = cls in (DeepNNClassifier, DeepNNRegressor)
    size = {"hidden_layer_sizes": (units, 16)} if deep else {"hidden_units": units}
    return cls(**size, **ONE_EPOCH)


def fit_network(cls, m, n, units, classes):
    X, y = table(m, n, classes)
    y = y.astype(float) if "Regressor" in cls.__name__ else y
    return lambda: network(cls, units).fit(X, y)


def predict_network(cls, m, n, units, classes):
    X, y = table(m, n, classes)
    model = network(cls, units).fit(X[:: max(1, m // 4000)], y[:: max(1, m // 4000)])
    return lambda: model.predict(X)


def fit_path(cls, m, n, units, classes):
    X, y = table(m, n, classes)
    y = y.astype(float) + X[:, 1] if "Regressor" in cls.__name__ else y
    return lambda: cls(random_state=0).fit(X, y)


def encode(cls, m, n, units, classes):
    X, _ = table(m, n, dtype=np.float64)
    return lambda: cls().fit(X).transform(X)


BASE = {"m": 4000, "n": 20, "units": 32, "classes": 2}
SIZES = {
    "m": (25_000, 50_000, 100_000, 200_000),
    "n": (500, 1000, 2000, 4000),
    "units": (256, 512, 1024, 2048),
    "classes": (256, 512, 1024, 2048),
}
LABELS = {"m": "rows", "n": "columns", "units": "hidden units", "classes": "classes"}
PATH_SIZES = {"m": (500, 1000, 2000)}
NETWORKS = ShallowNNClassifier, DeepNNClassifier, ShallowNNRegressor, DeepNNRegressor
PATHS = ShallowNNClassifierCV, ShallowNNRegressorCV
CURVES = [
    *((cls, "fit", fit_network, SIZES) for cls in NETWORKS),
    *((cls, "predict", predict_network, SIZES) for cls in NETWORKS),
    *(
        (cls, "fit, transform", encode, {k: SIZES[k] for k in "mn"})
        for cls in (PiecewiseLinearEncoder, TableEncoder)
    ),
    *((cls, "fit", fit_path, PATH_SIZES) for cls in PATHS),
]


def seconds(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def curve(make, cls, along, sizes):
    """Return the least time at each size."""
    calls = [make(cls, **{**BASE, along: size}) for size in sizes]
    times = [[seconds(call) for call in calls] for _ in range(ROUNDS)]
    return np.min(times, axis=0)


def measure_growth():
    """Return the curves as ``{(estimator, method): {along: (sizes, times)}}``."""
    curves = {}
    for cls, method, make, sizes_of in CURVES:
        found = curves[cls.__name__, method] = {}
        for along, sizes in sizes_of.items():
            if along == "classes" and "Regressor" in cls.__name__:
                continue
            found[along] = sizes, curve(make, cls, along, sizes)
            print(cls.__name__, method, along, exponent(*found[along]), flush=True)
    return curves


def exponent(sizes, times):
    """Return the slope between the two largest sizes, as text."""
    slope = np.log(times[-1] / times[-2]) / np.log(sizes[-1] / sizes[-2])
    return f"{slope:.2f}"


def plot(curves, path):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        3, 4, figsize=(15, 10), layout="constrained", sharey=True
    )
    for ax, ((name, method), found) in zip(axes.flat, curves.items(), strict=True):
        for along, (sizes, times) in found.items():
            label = f"{LABELS[along]} ({exponent(sizes, times)})"
            x = np.array(sizes) / sizes[0]
            ax.loglog(x, times, "o-", label=label, base=2)
        ax.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
        ax.set(title=f"{name}: {method}", xlabel="size / smallest", ylabel="seconds")
        ax.legend(title="against (exponent)", fontsize="small")
    figure.savefig(path, dpi=80)


def cliff_wide():
    X, _ = table(10, 10_000, dtype=np.float64)
    return lambda: PiecewiseLinearEncoder().fit(X).transform(X)


def cliff_wide_missing():
    X, _ = table(10, 10_000, dtype=np.float64)
    X[X > 1] = np.nan
    return lambda: PiecewiseLinearEncoder().fit(X).transform(X)


def cliff_long():
    X, _ = table(1_000_000, 1, dtype=np.float64)
    return lambda: PiecewiseLinearEncoder().fit(X).transform(X)


def large(order="C"):
    X, y = table(300_000, 50, dtype=np.float64)
    return np.asarray(X, order=order), y


def cliff_columns():
    X, y = large("F")
    model = ShallowNNClassifier(16, **{**ONE_EPOCH, "max_iter": 4})
    return lambda: model.fit(X, y)


def cliff_rows():
    X, y = large()
    model = ShallowNNClassifier(16, **{**ONE_EPOCH, "max_iter": 4})
    return lambda: model.fit(X, y)


def cliff_weight():
    X, y = large()
    w = np.ones(y.size)
    w[7] = 0
    return lambda: ShallowNNClassifier(16, **ONE_EPOCH).fit(X, y, sample_weight=w)


def cliff_held_out():
    X, y = large()
    model = ShallowNNClassifier(16, early_stopping=True, **ONE_EPOCH)
    return lambda: model.fit(X, y)


def cliff_classes():
    X, y = table(20_000, 20, classes=5000)
    model = ShallowNNClassifier(32, early_stopping=True, **ONE_EPOCH)
    return lambda: model.fit(X, y)


def cliff_predict():
    X, y = table(20_000, 20, classes=5000)
    model = ShallowNNClassifier(32, **ONE_EPOCH).fit(X, y)
    return lambda: model.predict(X)


CLIFFS = {
    "encoder, 10 x 10,000": cliff_wide,
    "the same with missing values": cliff_wide_missing,
    "encoder, 1,000,000 x 1": cliff_long,
    "fit, 300,000 x 50 by rows, 4 epochs": cliff_rows,
    "the same by columns (F order)": cliff_columns,
    "one weight of zero, 300,000 x 50": cliff_weight,
    "early_stopping, 300,000 x 50": cliff_held_out,
    "early_stopping, 5,000 classes, 20,000 rows": cliff_classes,
    "predict, 5,000 classes, 20,000 rows": cliff_predict,
}


def run_cliff(name):
    """Print the time of a call, and its peak memory beyond the input."""
    call = CLIFFS[name]()
    least = seconds(call)
    tracemalloc.start()
    call()
    print(least, tracemalloc.get_traced_memory()[1] / 2**20)


def measure_cliffs(other):
    """Return a row of text for each cliff: before and after."""
    here = Path(sknn2.__file__).parents[1]
    rows = []
    for name in CLIFFS:
        found = []
        for checkout in (other, here):
            run = subprocess.run(
                [sys.executable, SCRIPT, "--cliff", name],
                env={**os.environ, "PYTHONPATH": str(checkout)},
                capture_output=True,
                text=True,
                check=True,
            )
            found.append([float(part) for part in run.stdout.split()])
        (t_old, mb_old), (t, mb) = found
        cells = f"{t_old:.2f} s", f"{t:.2f} s", f"{mb_old:.0f} MB", f"{mb:.0f} MB"
        rows.append((name, *cells, f"{t_old / t:.1f}"))
        print(*rows[-1], sep="   ", flush=True)
    return rows


def instruction_sets():
    """Return the vector instructions that NumPy found, from the least to the most."""
    found = np._core._multiarray_umath.__cpu_features__
    return ", ".join(name for name, there in found.items() if there and "AVX" in name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", default=["growth"])
    parser.add_argument("--against", type=Path, help="a checkout from before")
    parser.add_argument("--plot", type=Path, help="where to save the picture")
    parser.add_argument("--out", type=Path, help="the page of results to write")
    parser.add_argument("--cliff", choices=CLIFFS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    if arguments.cliff:
        run_cliff(arguments.cliff)
        return
    from report import environment, table_of, write

    sections = {}
    if "growth" in arguments.parts:
        curves = measure_growth()
        rows = [
            (*key, *(exponent(*found[a]) if a in found else "" for a in LABELS))
            for key, found in curves.items()
        ]
        header = ("estimator", "method", *LABELS.values())
        sections["growth"] = table_of(header, rows)
        if arguments.plot:
            plot(curves, arguments.plot)
    if "cliffs" in arguments.parts:
        header = "work", "before", "after", "memory before", "after", "times as fast"
        sections["cliffs"] = table_of(header, measure_cliffs(arguments.against))
    print("\n".join(sections.values()))
    if arguments.out:
        top = (
            f"{environment(SCRIPT.name)} Instruction sets: {instruction_sets()}. "
            f"{datetime.date.today()}."
        )
        write(arguments.out, SCRIPT.name, top, ["cliffs", "growth"], sections)


if __name__ == "__main__":
    main()
