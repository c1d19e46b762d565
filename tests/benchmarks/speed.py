"""Speed against the peers, and close to the machine: one table.

    python tests/benchmarks/speed.py                 everything, about ten minutes
    python tests/benchmarks/speed.py works memory    some parts
    python tests/benchmarks/speed.py --out FILE      also write the table to a file

Each pair is measured in alternation in one run; what is quoted is the median of the
ratios, with the lowest and the highest. PyTorch and skorch are left out with a word
where they are not installed. BLAS is kept to one thread for all sides, unless a line
says otherwise. Run it on a quiet machine.
"""

import argparse
import contextlib
import importlib.metadata
import os
import platform
import subprocess
import sys
import time
import tracemalloc
import warnings

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy is imported

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sknn2 import ShallowNNClassifier

try:
    import torch
except ImportError:
    torch = None
try:
    import skorch
except ImportError:
    skorch = None

# m, n, hidden units, activation, batch size (None: full), solver, precision, epochs
WORKS = [
    (400, 2, 4, "tanh", None, "sgd", "float64", 1000),
    (569, 30, 16, "tanh", None, "sgd", "float64", 500),
    (10_000, 20, 100, "relu", 200, "adam", "float64", 12),
    (10_000, 20, 100, "relu", 200, "adam", "float32", 16),
    (10_000, 20, 32, "relu", 32, "adam", "float32", 8),
    (20_000, 784, 128, "relu", 128, "adam", "float32", 2),
    (100_000, 100, 256, "relu", None, "sgd", "float32", 4),
]
ROUNDS = 7


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
    one = seconds(make(work, 1).fit, X, y)
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
    return " ".join(
        [form.format(middle), f"({form.format(low)} to {form.format(high)})"]
    )


def measure_works(say):
    peers = {"MLPClassifier": mlp}
    if torch is not None:
        torch.set_num_threads(1)
        peers["PyTorch"] = TorchLoop
    if skorch is not None:
        peers["skorch"] = Skorch
    medians = {name: [] for name in peers}
    for work in WORKS:
        m, n, hidden, activation, batch, solver, dtype, _ = work
        X, y = data(m, n, dtype)
        steps = -(-m // batch) if batch else 1
        bare = bare_products(work, X)
        times = {name: [] for name in ("ours", "bare", *peers)}
        for _ in range(ROUNDS):
            times["ours"].append(epoch_seconds(ours, work, X, y))
            bare()
            times["bare"].append(seconds(bare))
            for name, make in peers.items():
                if name != "skorch" or (n, hidden, batch) == (20, 100, 200):
                    times[name].append(epoch_seconds(make, work, X, y))
        mine = np.array(times["ours"])
        say(
            f"{m:,} x {n}, {hidden} {activation}, "
            f"{f'batches of {batch}' if batch else 'full batch'}, {solver}, {dtype}",
            f"{spread(mine / steps * 1e6, '{:.0f}')} us a step",
        )
        for name in peers:
            if times[name]:
                ratios = np.array(times[name]) / mine
                medians[name].append(np.median(ratios))
                say(f"    {name} takes", f"{spread(ratios)} times as long")
        say("    bare products", f"{spread(np.array(times['bare']) / mine)} of a step")
    for name, values in medians.items():
        mean = np.exp(np.mean(np.log(values)))
        say(
            f"{name} over ours, geometric mean",
            f"{mean:.2f} (lowest row {min(values):.2f})",
        )
    for name, module in (("PyTorch", torch), ("skorch", skorch)):
        if module is None:
            say(name, "not installed, left out")


def measure_memory(say):
    X, y = data(1_000_000, 20, "float64")
    for standardize in (True, False):
        model = ShallowNNClassifier(
            100, batch_size="full", max_iter=1, tol=None, standardize=standardize
        )
        tracemalloc.start()
        model.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        say(
            f"peak of a full-batch fit beyond its input, 1,000,000 x 20, "
            f"standardize={standardize}",
            f"{peak:.0f} MB",
        )


def measure_threads(say):
    X, y = data(400_000, 50, "float64")
    work = (400_000, 50, 64, "relu", None, "sgd", "float64", 3)
    ratios = []
    for _ in range(ROUNDS):
        times = [
            epoch_seconds(lambda w, e, j=j: ours(w, e, n_jobs=j), work, X, y)
            for j in (1, 2)
        ]
        ratios.append(times[0] / times[1])
    say("n_jobs=1 over n_jobs=2, full batch, 400,000 x 50, 64 units", spread(ratios))


def measure_prediction(say):
    X, y = data(100_000, 20, "float64")
    work = (100_000, 20, 100, "relu", 200, "adam", "float64", 1)
    mine, theirs = ours(work, 1).fit(X[:5000], y[:5000]), mlp(work, 1)
    theirs.fit(X[:5000], y[:5000])
    for rows, repeats in ((1, 2000), (100_000, 5)):
        part = X[:rows]

        def run(model, part=part, repeats=repeats):
            for _ in range(repeats):
                model.predict_proba(part)

        run(mine)
        pairs = [(seconds(run, mine), seconds(run, theirs)) for _ in range(ROUNDS)]
        ratios = [b / a for a, b in pairs]
        say(
            f"predict_proba of {rows:,} rows: "
            f"{np.median([a for a, _ in pairs]) / repeats * 1e6:,.0f} us",
            f"MLPClassifier takes {spread(ratios)} times as long",
        )


def measure_import(say):
    code = (
        "import time, sklearn.neural_network, sklearn.model_selection; "
        "start = time.perf_counter(); import sknn2; "
        "print(time.perf_counter() - start)"
    )
    times = [
        float(subprocess.check_output([sys.executable, "-c", code])) * 1e3
        for _ in range(ROUNDS)
    ]
    say("importing sknn2 after scikit-learn", f"{spread(times, '{:.0f}')} ms")


def measure_growth(say):
    base = {"m": 20_000, "n": 20, "hidden": 100, "classes": 2}
    for axis, values in (
        ("m", (2_000, 20_000, 200_000)),
        ("n", (2, 20, 200, 1000)),
        ("hidden", (1, 10, 100, 1000)),
        ("classes", (2, 3, 10, 30)),
    ):
        cells = []
        for value in values:
            at = {**base, axis: value}
            X, y = data(at["m"], at["n"], "float64", at["classes"])
            work = (at["m"], at["n"], at["hidden"], "relu", 200, "adam", "float64", 1)
            times = [epoch_seconds(ours, work, X, y) for _ in range(3)]
            cells.append(f"{value:,}: {np.median(times) * 1e3:.0f} ms")
        rest = ", ".join(f"{k}={v:,}" for k, v in base.items() if k != axis)
        say(f"an epoch against {axis} ({rest})", "; ".join(cells))


PARTS = {
    "works": measure_works,
    "memory": measure_memory,
    "threads": measure_threads,
    "prediction": measure_prediction,
    "import": measure_import,
    "growth": measure_growth,
}


def versions():
    names = ["numpy", "scipy", "scikit-learn", "torch", "skorch"]
    found = [f"Python {platform.python_version()}"]
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    cpu = platform.processor() or platform.machine()
    with contextlib.suppress(OSError), open("/proc/cpuinfo") as file:
        cpu = next(line for line in file if line.startswith("model name"))
        cpu = cpu.split(":")[1].strip()
    return f"{cpu}, {os.cpu_count()} cores; {', '.join(found)}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="default: all")
    parser.add_argument("--out", help="file to write the table to as well")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    lines = []

    def say(what, value):
        lines.append(f"{what:76} {value}")
        print(lines[-1], flush=True)

    lines.append(versions())
    print(lines[0])
    for part in arguments.parts or PARTS:
        PARTS[part](say)
    if arguments.out:
        with open(arguments.out, "w") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
