"""Speed against the peers, and close to the machine: one table.

    python tests/benchmarks/speed.py                  everything, under ten minutes
    python tests/benchmarks/speed.py works memory     some parts
    python tests/benchmarks/speed.py --out docs/speed_results.rst
                                                      also write the page of results

Each pair is measured in alternation in one run; what is quoted is the median of the
ratios, with the lowest and the highest. PyTorch and skorch are left out with a word
where they are not installed, and so is the plot without matplotlib. BLAS is kept to
one thread for all sides, unless a line says otherwise. Run it on a quiet machine. The
page keeps the parts that did not run, if they were measured in the same environment.
"""

import argparse
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np
from report import environment, table_of, write
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import sknn2.fitting.fit
from sknn2 import ShallowNNClassifier

try:
    import torch
except ImportError:
    torch = None
try:
    import skorch
except ImportError:
    skorch = None
try:
    import matplotlib.pyplot as plt
except ImportError:
    plt = None

SCRIPT = Path(__file__).name

# m, n, hidden units, activation, batch size (None: full), solver, precision, epochs
WORKS = [
    (400, 2, 4, "tanh", None, "sgd", "float64", 2000),
    (569, 30, 16, "tanh", None, "sgd", "float64", 700),
    (10_000, 20, 100, "relu", 200, "adam", "float64", 12),
    (10_000, 20, 100, "relu", 200, "adam", "float32", 16),
    (10_000, 20, 32, "relu", 32, "adam", "float32", 8),
    (20_000, 784, 128, "relu", 128, "adam", "float32", 2),
    (100_000, 100, 256, "relu", None, "sgd", "float32", 4),
]
ROUNDS = 7
"""Pairs of each comparison."""


def data(m, n, dtype, classes=2):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((m, n)).astype(dtype)
    score = X[:, 0] + X[:, 1 % n] ** 2
    edges = np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])
    return X, np.searchsorted(edges, score)


def ours(work, epochs, **changes):
    _, _, hidden, activation, batch, solver, _, _ = work
    arguments = {
        "activation": activation,
        "solver": solver,
        "learning_rate": 1e-3,
        "schedule": "constant",
        "batch_size": batch or "full",
        "alpha": 1e-4,
        "standardize": False,
        "max_iter": epochs,
        "tol": None,
        "random_state": 0,
    }
    return ShallowNNClassifier(hidden, **{**arguments, **changes})


def mlp(work, epochs):
    m, _, hidden, activation, batch, solver, _, _ = work
    return MLPClassifier(
        (hidden,),
        activation=activation,
        solver=solver,
        learning_rate_init=1e-3,
        momentum=0,
        batch_size=batch or m,
        max_iter=epochs,
        tol=0,
        n_iter_no_change=10**9,
        random_state=0,
    )


def torch_module(work):
    _, n, hidden, activation, _, _, _, _ = work
    g = torch.nn.Tanh() if activation == "tanh" else torch.nn.ReLU()
    return torch.nn.Sequential(
        torch.nn.Linear(n, hidden), g, torch.nn.Linear(hidden, 1)
    )


class TorchLoop:
    """The loop that a PyTorch user writes, without a DataLoader's overhead."""

    def __init__(self, work, epochs):
        self.work, self.epochs = work, epochs

    def fit(self, X, y):
        m, _, _, _, batch, solver, dtype, _ = self.work
        torch.manual_seed(0)
        module = torch_module(self.work).to(getattr(torch, dtype))
        X, Y = torch.from_numpy(X), torch.from_numpy(y[:, None].astype(dtype))
        kind = torch.optim.SGD if solver == "sgd" else torch.optim.Adam
        optimizer = kind(module.parameters(), lr=1e-3)
        loss = torch.nn.BCEWithLogitsLoss()
        for _ in range(self.epochs):
            order = torch.randperm(m) if batch else None
            for start in range(0, m, batch or m):
                rows = slice(None) if order is None else order[start : start + batch]
                optimizer.zero_grad(set_to_none=True)
                loss(module(X[rows]), Y[rows]).backward()
                optimizer.step()


class Skorch:
    def __init__(self, work, epochs):
        self.net = skorch.NeuralNetBinaryClassifier(
            torch_module(work).to(getattr(torch, work[6])),
            max_epochs=epochs,
            lr=1e-3,
            batch_size=work[4],
            optimizer=torch.optim.Adam,
            train_split=None,
            iterator_train__shuffle=True,
            verbose=0,
        )

    def fit(self, X, y):
        self.net.fit(X, y.astype(X.dtype))


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def epoch_seconds(make, work, X, y):
    """Seconds of an epoch: those of a long fit less those of a fit of one epoch."""
    epochs = work[-1]
    one = min(seconds(make(work, 1).fit, X, y) for _ in range(2))
    return (seconds(make(work, 1 + epochs).fit, X, y) - one) / epochs


def bare_products(work, X):
    """The matrix products of an epoch, with nothing round them."""
    m, n, hidden, _, batch, _, dtype, _ = work
    size = min(batch or 2048, m)
    X = np.ascontiguousarray(X[:size])
    W = np.ones((hidden, n), dtype)
    W2 = np.ones((1, hidden), dtype)
    Z, dZ2 = np.empty((hidden, size), dtype), np.ones((1, size), dtype)
    dA, dW = np.empty_like(Z), np.empty_like(W)
    Z2, dW2 = np.empty((1, size), dtype), np.empty((1, hidden), dtype)

    def run():
        for _ in range(m // size):
            np.dot(W, X.T, out=Z)
            np.dot(W2, Z, out=Z2)
            np.dot(dZ2, Z.T, out=dW2)
            np.dot(W2.T, dZ2, out=dA)
            np.dot(dA, X, out=dW)

    return run


def spread(values, form="{:.2f}"):
    low, middle, high = np.min(values), np.median(values), np.max(values)
    return f"{form.format(middle)} ({form.format(low)} to {form.format(high)})"


def peers():
    """Return what ours is compared with, and a word on what is left out."""
    found, missing = {"MLPClassifier": mlp}, []
    if torch is None:
        missing.append("PyTorch")
    else:
        torch.set_num_threads(1)
        found["PyTorch"] = TorchLoop
    if skorch is None or torch is None:
        missing.append("skorch")
    else:
        found["skorch"] = Skorch
    left_out = "".join(f" {name} is not installed and left out." for name in missing)
    return found, left_out


def measure_works(say, folder):
    found, left_out = peers()
    medians = {name: [] for name in found}
    rows = []
    for work in WORKS:
        m, n, hidden, activation, batch, solver, dtype, _ = work
        X, y = data(m, n, dtype)
        sides = {
            name: make
            for name, make in {"ours": ours, **found}.items()
            if name != "skorch" or (n, hidden, batch) == (20, 100, 200)
        }
        for make in sides.values():  # imports, caches
            make(work, 1).fit(X, y)
        bare = bare_products(work, X)
        times = {name: [] for name in (*sides, "bare")}
        for _ in range(ROUNDS):
            for name, make in sides.items():
                times[name].append(epoch_seconds(make, work, X, y))
            bare()
            times["bare"].append(seconds(bare))
        mine = np.array(times["ours"])
        ratios = {name: np.array(times[name]) / mine for name in times}
        for name in medians:
            if name in ratios:
                medians[name].append(np.median(ratios[name]))
        steps = -(-m // batch) if batch else 1
        rows.append(
            (
                f"{m:,} x {n}, {hidden} {activation}, "
                f"{f'batches of {batch}' if batch else 'full batch'}, {solver}, "
                f"float{dtype[-2:]}",
                f"{np.median(mine) / steps * 1e6:,.0f} us",
                *(spread(ratios[name]) if name in ratios else "" for name in found),
                f"{np.median(times['bare'] / mine):.0%}",
            )
        )
        say(": ".join([rows[-1][0], ", ".join(rows[-1][1:])]))
    means = [
        f"{np.exp(np.mean(np.log(v))):.2f}, lowest {min(v):.2f}"
        for v in medians.values()
    ]
    rows.append(("geometric mean", "", *means, ""))
    say(": ".join(["geometric mean", ", ".join(means)]))
    return (
        "How many times as long as ours an epoch of the same work takes, and which "
        f"part of our step the bare matrix products are.{left_out}\n\n"
    ) + table_of(("work", "our step", *found, "products"), rows)


def measure_avx2(say, folder):
    """The works once more, where neither NumPy nor OpenBLAS uses AVX-512."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    beyond = [name for name in found if name.startswith(("AVX512", "X86_V4"))]
    if not beyond:
        return "This machine has no AVX-512: the table of the works is that of AVX2.\n"
    without = {
        "NPY_DISABLE_CPU_FEATURES": " ".join(beyond),
        "OPENBLAS_CORETYPE": "Haswell",
    }
    with tempfile.TemporaryDirectory() as temporary:
        page = Path(temporary) / "works_results.rst"
        command = [sys.executable, __file__, "works", "--out", str(page)]
        subprocess.run(command, env={**os.environ, **without}, check=True)
        _, _, rest = page.read_text().partition(".. begin works\n")
    return (
        f"The same with AVX2 alone: {beyond} forbidden to NumPy, OpenBLAS with the "
        f"kernels of Haswell.\n\n{rest.partition('.. end works')[0].strip()}\n"
    )


def measure_memory():
    X, y = data(1_000_000, 20, "float64")
    for standardize in (True, False):
        model = ShallowNNClassifier(
            100, batch_size="full", max_iter=1, tol=None, standardize=standardize
        )
        tracemalloc.start()
        model.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        yield (
            "peak memory of a full-batch fit beyond its input, 1,000,000 x 20, 100 "
            f"units, ``standardize={standardize}``",
            "at most 32 MB",
            f"{peak:.0f} MB",
        )


def measure_threads():
    work = (400_000, 50, 64, "relu", None, "sgd", "float64", 3)
    X, y = data(400_000, 50, "float64")
    # Two threads that share nothing and never wait: more the machine does not give.
    bare = [bare_products(work, X[:100_000].copy()) for _ in range(2)]
    ratios, limits = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            one, two = (
                epoch_seconds(lambda w, e, j=j: ours(w, e, n_jobs=j), work, X, y)
                for j in (1, 2)
            )
            ratios.append(one / two)
            one = seconds(lambda: [run() for run in bare])
            two = seconds(lambda: list(pool.map(lambda run: run(), bare)))
            limits.append(one / two)
    yield (
        "``n_jobs=1`` over ``n_jobs=2``, full batch, 400,000 x 50, 64 units",
        "at least 1.7",
        spread(ratios),
    )
    yield (
        "the same for bare matrix products that share nothing: the machine's limit",
        "",
        spread(limits),
    )


def measure_prediction():
    X, y = data(100_000, 20, "float64")
    work = (100_000, 20, 100, "relu", 200, "adam", "float64", 1)
    mine, theirs = ours(work, 1).fit(X[:5000], y[:5000]), mlp(work, 1)
    theirs.fit(X[:5000], y[:5000])
    for rows, repeats, target in ((1, 2000, 1.3), (100_000, 5, 1.5)):
        part = X[:rows]

        def run(model, part=part, repeats=repeats):
            for _ in range(repeats):
                model.predict_proba(part)

        run(mine)
        run(theirs)
        pairs = [(seconds(run, mine), seconds(run, theirs)) for _ in range(ROUNDS)]
        ours_us = np.median([a for a, _ in pairs]) / repeats * 1e6
        yield (
            f"``predict_proba`` of {rows:,} row{'s' * (rows > 1)}, "
            f"{ours_us:,.0f} us: MLPClassifier over ours",
            f"at least {target}",
            spread([b / a for a, b in pairs]),
        )


def measure_import():
    code = (
        "import time, sklearn.neural_network, sklearn.model_selection; "
        "start = time.perf_counter(); import sknn2; "
        "print(time.perf_counter() - start)"
    )
    # With bytecode, as an installed package has it; the first run writes it.
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    times = [
        float(subprocess.check_output([sys.executable, "-c", code], env=environ))
        for _ in range(1 + ROUNDS)
    ]
    yield (
        "importing sknn2 after scikit-learn",
        "under 30 ms",
        f"{spread(np.array(times[1:]) * 1e3, '{:.0f}')} ms",
    )


def measure_figures(say, folder):
    rows = []
    for measure in (
        measure_memory,
        measure_threads,
        measure_prediction,
        measure_import,
    ):
        for row in measure():
            rows.append(row)
            say(f"{row[0]}: {row[2]}" + (f" ({row[1]})" if row[1] else ""))
    return table_of(("figure", "to reach", "measured"), rows)


SHARED = {
    "rows": (1000, 2000, 4000, 8000, 16_000, 64_000, 256_000),
    "hidden": (4, 16, 64, 256),
}
"""Sizes at which a second thread is tried, with 20 columns in full batches."""


def measure_second_thread(say, folder):
    sknn2.fitting.fit.THREADS_PAY = 0  # also where a fit would not use them
    rows = []
    for m in SHARED["rows"]:
        X, y = data(m, 20, "float64")
        cells = []
        for hidden in SHARED["hidden"]:
            one = (m, 20, hidden, "relu", None, "sgd", "float64", 1)
            ours(one, 1).fit(X, y)
            epochs = int(np.clip(0.1 / seconds(ours(one, 1).fit, X, y), 2, 200))
            work = (*one[:-1], epochs)
            ratios = []
            for _ in range(ROUNDS):
                alone, shared = (
                    epoch_seconds(lambda w, e, j=j: ours(w, e, n_jobs=j), work, X, y)
                    for j in (1, 2)
                )
                ratios.append(alone / shared)
            cells.append(f"{np.median(ratios):.2f}")
        rows.append((f"{m:,}", *cells))
        say(f"n_jobs=1 over n_jobs=2, {m:,} rows: {', '.join(cells)}")
    header = ("rows", *(f"{hidden} units" for hidden in SHARED["hidden"]))
    return (
        "How many times as long an epoch takes with ``n_jobs=1`` as with ``n_jobs=2``, "
        "full batch, 20 columns, relu, float64; here two threads at every size.\n\n"
    ) + table_of(header, rows)


BASE = {"m": 10_000, "n": 20, "hidden": 100, "classes": 2}
GROWTH = {
    "m": ("rows", (100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000)),
    "n": ("columns", (1, 3, 10, 30, 100, 300, 1000)),
    "hidden": ("hidden units", (1, 3, 10, 30, 100, 300, 1000)),
    "classes": ("classes", (2, 3, 5, 10, 30, 100)),
}


def measure_growth(say, folder):
    curves = {}
    for axis, (name, values) in GROWTH.items():
        times = []
        for value in values:
            at = {**BASE, axis: value}
            X, y = data(at["m"], at["n"], "float64", at["classes"])
            m, n, hidden, _ = at.values()
            one = (m, n, hidden, "relu", 200, "adam", "float64", 1)
            ours(one, 1).fit(X, y)
            # So many epochs that they take a while.
            epochs = int(np.clip(0.2 / seconds(ours(one, 1).fit, X, y), 1, 1000))
            work = (*one[:-1], epochs)
            times.append(np.median([epoch_seconds(ours, work, X, y) for _ in range(5)]))
        curves[axis] = 1e3 * np.array(times)
        say(
            f"ms an epoch against {name}: "
            + ", ".join(
                f"{value:,}: {ms:.3g}"
                for value, ms in zip(values, curves[axis], strict=True)
            )
        )
    section = (
        "Milliseconds an epoch in batches of 200 with Adam, float64; "
        f"{BASE['m']:,} rows, {BASE['n']} columns, {BASE['hidden']} hidden units and "
        f"{BASE['classes']} classes where nothing else is said.\n\n"
    )
    if plt is None:
        section += "matplotlib is not installed: no plot.\n\n"
    elif folder is not None:
        plot_growth(curves, folder / "speed_growth.png")
        section += (
            ".. image:: speed_growth.png\n   :alt: The time of an epoch against rows, "
            "columns, hidden units and classes.\n\n"
        )
    for axis, (name, values) in GROWTH.items():
        cells = [f"{ms:.3g}" for ms in curves[axis]]
        section += table_of((name, *(f"{v:,}" for v in values)), [("ms", *cells)])
        section += "\n"
    return section


def plot_growth(curves, path):
    """Draw time against size, with the line of a time that grows as the size does."""
    figure, panels = plt.subplots(1, 4, figsize=(11, 2.8), layout="constrained")
    for panel, (axis, ms) in zip(panels, curves.items(), strict=True):
        name, values = GROWTH[axis]
        values = np.array(values)
        panel.loglog(values, ms, "o-", color="#1f77b4", label="measured")
        panel.loglog(
            values,
            ms[-1] * values / values[-1],
            ":",
            color="0.5",
            label="in proportion",
        )
        panel.set_ylim(ms.min() / 2, ms.max() * 2)
        panel.set_xlabel(name)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("ms an epoch")
    panels[0].legend(frameon=False)
    figure.savefig(path, dpi=90)
    plt.close(figure)


PARTS = {
    "works": measure_works,
    "avx2": measure_avx2,
    "figures": measure_figures,
    "threads": measure_second_thread,
    "growth": measure_growth,
}


def other_versions():
    """Return the versions of the peers, for the top of the page."""
    return "".join(
        f"{name} {importlib.metadata.version(name)}, "
        for name, module in (("torch", torch), ("skorch", skorch))
        if module is not None
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="default: all")
    parser.add_argument("--out", type=Path, help="page to write the results to")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)

    def say(line):
        print(line, flush=True)

    top = environment(SCRIPT, other_versions())
    say(top)
    for part in arguments.parts or PARTS:
        section = PARTS[part](say, arguments.out and arguments.out.parent)
        if arguments.out:
            write(arguments.out, SCRIPT, top, PARTS, {part: section})


if __name__ == "__main__":
    main()
