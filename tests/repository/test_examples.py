"""The examples run, and show what they say they show.

Each script runs in a process of its own and in an empty directory, with every warning
an error. What it printed is then read, and held against what must be true of it.
"""

import ast
import math
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from processes import run_script

from sknn2.training.solvers import SOLVERS

EXAMPLES = Path(__file__).parents[2] / "examples"
SCRIPTS = {path.name: path for path in sorted(EXAMPLES.glob("*.py"))}
OPTIONAL = "matplotlib", "rich", "pandas", "polars", "skops", "skl2onnx", "onnxruntime"
OPTIONAL += ("dask", "distributed")
"""What a bare installation of the package does not have."""


# plt.show() shows nothing here, and says so where there is a display.
QUIET = "FigureCanvasAgg is non-interactive"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return what a script prints; each runs once, bare where it can."""
    outputs = {}

    def get(name):
        if name not in outputs:
            folder = tmp_path_factory.mktemp("example")
            bare = not imports(SCRIPTS[name]) & set(OPTIONAL)
            done = run_script(
                SCRIPTS[name],
                folder=folder,
                absent=OPTIONAL if bare else (),
                ignored=QUIET,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            outputs[name] = done.stdout
        return outputs[name]

    return get


def imports(path):
    """Return the top-level names of the packages that a script imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    return names


def number(text):
    """Return the number that a string stands for; ``"12.5%"`` is 0.125."""
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


def row(output, label, n):
    """Return the n numbers of the one line that starts with a label."""
    pattern = rf"^ *{re.escape(label)}((?: +[-+.e\d]+%?){{{n}}})$"
    lines = re.findall(pattern, output, re.M)
    assert len(lines) == 1, f"{len(lines)} lines {label!r} of {n} numbers in\n{output}"
    return [number(word) for word in lines[0].split()]


def find(output, pattern):
    """Return the numbers in the groups of a pattern; white space is any."""
    match = re.search(pattern.replace(" ", r"\s+"), output)
    assert match, f"{pattern!r} is not in\n{output}"
    return [number(text) for text in match.groups()]


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_a_gallery_page(name):
    text = SCRIPTS[name].read_text(encoding="utf-8")
    title, rule, blank, *_ = ast.get_docstring(ast.parse(text)).splitlines()
    assert rule == "=" * len(title)
    assert blank == ""
    assert text.count("\n# %%\n") >= 2
    draws = "matplotlib" in imports(SCRIPTS[name])
    assert draws == name.startswith("plot_")
    assert text.endswith("plt.show()\n") == draws


def test_every_script_is_read_here():
    tested = {f"test_{Path(name).stem}" for name in SCRIPTS}
    assert tested <= set(globals())


def test_plot_depth_and_width(printed):
    output = printed("plot_depth_and_width.py")
    (line,) = find(output, r"No hidden layer: ([\d.]+%) of the test")
    right = {
        (int(depth), int(width)): number(share)
        for depth, width, share in re.findall(
            r"(\d) hidden layers? of +(\d+) units, +\d+ parameters: ([\d.]+%)", output
        )
    }
    assert right.keys() == {(d, w) for d in (1, 2) for w in (4, 12, 40)}
    assert line < 0.65
    for depth in (1, 2):  # width helps, at either depth
        assert right[depth, 4] + 0.05 < right[depth, 12] < right[depth, 40]
    for width in (4, 12):  # and so does depth, at a small width
        assert right[1, width] + 0.03 < right[2, width]
    assert right[2, 40] > 0.97


def test_plot_deep_starts(printed):
    output = printed("plot_deep_starts.py")
    n = r"([\d.e+-]+)"
    for name in (
        "tanh, 0.01 N(0, 1)",
        "relu, 0.01 N(0, 1)",
        "tanh, xavier",
        "relu, he",
    ):
        label = re.escape(name).replace("\\ ", " ")
        first, last, dW = find(
            output, f"{label} +deviation of A.1. {n}, of A.6. {n}; size of dW.1. {n}"
        )
        cost, right = find(
            output, rf"{label} +cost ([\d.]+) after 300 epochs, ([\d.]+%) right"
        )
        if "0.01" in name:
            assert last < 1e-5 * first
            assert dW < 1e-6
            assert cost == pytest.approx(math.log(2), abs=1e-3)
        else:
            assert last > 0.1 * first
            assert dW > 1e-3
            assert cost < 0.2
            assert right > 0.95


def test_plot_quantile_bands(printed):
    output = printed("plot_quantile_bands.py")
    for quantile in (0.05, 0.5, 0.95):
        (below,) = find(output, rf"quantile {quantile:.2f}: ([\d.]+) of new points")
        assert below == pytest.approx(quantile, abs=0.03)
    (inside,) = find(output, r"([\d.]+%) of new points lie in the band")
    assert inside == pytest.approx(0.9, abs=0.04)
    parts = re.findall(r"([\d.]+%) for x from .*\n? *where it is (\d+) wide", output)
    assert len(parts) == 3
    for share, _ in parts:
        assert number(share) == pytest.approx(0.9, abs=0.07)
    widths = [int(width) for _, width in parts]
    assert widths == sorted(widths)  # it follows the noise


def test_quickstart(printed):
    output = printed("quickstart.py")
    assert imports(SCRIPTS["quickstart.py"]) & set(OPTIONAL) == {"pandas"}
    assert find(output, r"([\d.]+)% of the species are right")[0] > 95
    ours, boosting = (
        row(output, name, 1)[0]
        for name in ("make_tabular_classifier", "gradient boosting")
    )
    assert ours < boosting
    assert (
        len(re.findall(r"^ +\w+ with a probability of [01]\.\d\d$", output, re.M)) == 2
    )
    assert find(output, r"R\^2 is ([\d.]+)\.\n")[0] > 0.8
    assert 85 < find(output, r"([\d.]+)% of those set aside are within")[0] < 98
    assert "predicts exactly the same" in output


def test_read_digits(printed):
    output = printed("read_digits.py")
    assert imports(SCRIPTS["read_digits.py"]).isdisjoint(OPTIONAL)
    (n_test,) = find(output, r"learn from, (\d+) to test on")
    (hidden_units,) = find(output, r"hidden_units = (\d+)")
    (alpha,) = find(output, r"alpha = ([\d.]+)")
    assert hidden_units in (25, 100)
    assert alpha in (1, 3, 10)

    accuracy, mistakes, loss = row(output, "neural network", 3)
    baseline, baseline_mistakes, baseline_loss = row(output, "logistic regression", 3)
    assert accuracy > 0.96
    assert loss < baseline_loss
    assert accuracy == pytest.approx(1 - mistakes / n_test, abs=6e-4)
    assert baseline == pytest.approx(1 - baseline_mistakes / n_test, abs=6e-4)

    lines = re.findall(r"^ +(\d)((?: +(?:\d+|\.)){10})$", output, re.M)
    assert [label for label, _ in lines] == list("0123456789")
    table = np.array([line.replace(".", "0").split() for _, line in lines], int)
    assert table.sum() == n_test
    assert n_test - table.trace() == mistakes
    digit, read, worst, of = find(output, r"to read (\d) as (\d): (\d+) of (\d+) times")
    wrong = table - np.diag(table.diagonal())
    assert wrong[int(digit), int(read)] == wrong.max() == worst
    assert table[int(digit)].sum() == of

    assert "gives exactly the same probabilities" in output


def test_plot_flower(printed):
    output = printed("plot_flower.py")
    assert find(output, r"Logistic regression gets ([\d.]+%)") == [0.47]
    (start,) = find(output, r"cost is ([\d.]+) at the start")
    end, n_steps = find(output, r"and ([\d.]+) after (\d+) steps")
    (accuracy,) = find(output, r"network gets ([\d.]+%)")
    assert start == 0.6930
    assert end == pytest.approx(0.218, abs=1e-3)
    assert n_steps == 10_000
    assert 0.90 <= accuracy <= 0.92


def test_plot_symmetry_breaking(printed):
    output = printed("plot_symmetry_breaking.py")
    W, apart, cost = {}, {}, {}
    for part in output.split("Weights start ")[1:]:
        name = part[: part.index(". After")]
        rows = re.findall(r"^ +(-?\d+\.\d{4}) +(-?\d+\.\d{4})$", part, re.M)
        W[name] = np.array(rows, float)
        (apart[name],) = find(part, r"further apart than ([-+.e\d]+)\.")
        (cost[name],) = find(part, r"The cost is ([\d.]+),")
        assert W[name].shape == (4, 2)
    assert list(W) == ["all zero", "all 0.5", "small random"]

    # Zero stays zero; equal units move, together; random ones part.
    assert apart["all zero"] == 0
    assert not W["all zero"].any()
    assert cost["all zero"] == pytest.approx(math.log(2), abs=1e-4)
    assert apart["all 0.5"] < 1e-6
    assert np.ptp(W["all 0.5"], axis=0).max() <= 1e-4
    assert np.abs(W["all 0.5"] - 0.5).min() > 0.1
    assert apart["small random"] > 1
    assert np.ptp(W["small random"], axis=0).min() > 1
    assert cost["small random"] < cost["all 0.5"] / 2 < cost["all zero"] / 4


def blocks(text):
    """Return ``[(equation, left, right), ...]`` of the arrays that were printed."""
    found = []
    for equation, n, m, lines in re.findall(
        r"^(\S.*?) +shape \((\d+), (\d+)\)\n((?: .*\n)+)", text, re.M
    ):
        sides = [line.split("|") for line in lines.splitlines()]
        left, *right = (
            np.array([line.split() for line in side], float)
            for side in zip(*sides, strict=True)
        )
        assert left.shape == (int(n), int(m))
        found.append((equation, left, right[0] if right else None))
    return found


def test_one_pass_by_hand(printed):
    output = printed("one_pass_by_hand.py")
    parts = re.split(r"^(?:GIVEN|FORWARDS|BACKWARDS|ONE STEP).*\n", output, flags=re.M)
    given, forwards, backwards, step = (blocks(part) for part in parts[1:])
    for equation, left, right in forwards + backwards + step:
        np.testing.assert_array_equal(left, right, err_msg=equation)

    # The printed numbers obey the equations, up to the digits that are printed.
    X, Y, W1, b1, W2, b2 = (array for _, array, _ in given)
    m = X.shape[1]
    assert m == 4
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    expected = {
        "(1) Z[1] =": Z1,
        "(2) A[1] =": A1,
        "(1) Z[2] =": Z2,
        "(2) A[2] =": A2,
        "(3) dZ[2] =": dZ2,
        "(4) dW[2] =": dZ2 @ A1.T / m,
        "(5) db[2] =": dZ2.mean(axis=1, keepdims=True),
        "(6) dA[1] =": W2.T @ dZ2,
        "(3) dZ[1] =": dZ1,
        "(4) dW[1] =": dZ1 @ X.T / m,
        "(5) db[1] =": dZ1.mean(axis=1, keepdims=True),
    }
    assert len(forwards + backwards) == len(expected)
    for (equation, left, _), (name, array) in zip(
        forwards + backwards, expected.items(), strict=True
    ):
        assert equation.startswith(name)
        np.testing.assert_allclose(left, array, rtol=0, atol=5.1e-5, err_msg=name)

    (rate,) = find(parts[3] + output, r"theta = theta - ([\d.]+) dtheta")
    for (name, left, _), before, gradient in zip(
        step, (W1, b1, W2, b2), ("dW[1]", "db[1]", "dW[2]", "db[2]"), strict=True
    ):
        (dtheta,) = (a for key, a in expected.items() if f" {gradient}" in key)
        np.testing.assert_allclose(
            left, before - rate * dtheta, rtol=0, atol=5.1e-5, err_msg=name
        )

    J = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    start, end = find(output, r"the cost from ([\d.]+) down to ([\d.]+)\.")
    assert start == pytest.approx(J, abs=1e-6)
    assert end < start
    (apart,) = find(output, r"differ by at most (\S+)\.\n")
    assert apart < 1e-14
    assert "made by hand gives the same dW[1]" in output
    error, n = find(
        output, r"gradient is right: relative error (\S+), at most 1e-07, over (\d+)"
    )
    assert error < 1e-8
    assert n == 13


def test_sparse_text(printed):
    output = printed("sparse_text.py")
    assert imports(SCRIPTS["sparse_text.py"]).isdisjoint(OPTIONAL)
    n, n_parts, m = find(output, r"(\d+) docstrings of (\d+) parts, (\d+) of them")
    n_words, filled, sparse, dense = find(
        output, r"(\d+) words: .* of which ([\d.]+%) is filled, ([\d.]+) MB .* of (\d+)"
    )
    assert n_parts == 9
    assert n > 800
    assert filled < 0.05
    assert sparse < dense / 10
    assert dense == pytest.approx(8 * m * n_words / 2**20, abs=1)

    linear, linear_loss = row(output, "logistic regression", 2)
    as_it_comes, loss = row(output, "network, as it comes", 2)
    as_weighted, least_loss = row(output, "network, as weighted", 2)
    assert min(linear, as_it_comes) > 0.9
    assert as_weighted > 0.95
    assert least_loss < min(linear_loss, loss)
    wrong, n_test, times = find(
        output, r"(\d+) of (\d+) are told wrong.* (\d+) times\."
    )
    assert n_test == n - m
    assert as_weighted == pytest.approx(1 - wrong / n_test, abs=6e-4)
    assert 0 < times <= wrong

    (apart,) = find(output, r"differ by at most (\S+), and")
    assert 0 < apart < 1e-9


def test_save_and_load(printed):
    pytest.importorskip("skops")
    output = printed("save_and_load.py")
    size, n_types = find(output, r"skops: (\d+) kB, (\d+) types to trust")
    types = re.findall(r"^  (sknn2\.[\w.]+)$", output, re.M)
    assert len(types) == n_types <= 10
    assert "the same to the last bit: True" in output
    answers = re.findall(r"process predicts +([\d ]+)$", output, re.M)
    assert len(answers) == 2
    assert answers[0] == answers[1]
    assert "one bit flipped: BadZipFile" in output
    small, shared = (
        find(output, rf"{name}.joblib: (\d+) kB, theta is a {kind}, .* bits: True")[0]
        for name, kind in (("small", "ndarray"), ("shared", "memmap"))
    )
    assert small < shared < size
    (apart,) = find(output, r"probabilities differ by at most (\S+)$")
    assert apart < 1e-12


def test_plot_imbalanced(printed):
    output = printed("plot_imbalanced.py")
    n_rare, n_test = find(output, r"(\d+) of (\d+) test rows are rare")
    columns = "recall", "precision", "balanced_accuracy", "alarms", "mean", "log_loss"
    plain, balanced, tuned = (
        dict(zip(columns, row(output, name, 6), strict=True))
        for name in ("plain", "balanced", "tuned")
    )
    for model in (plain, balanced, tuned):
        # Recall, precision and alarms count the same true alarms.
        hits = model["recall"] * n_rare
        assert hits == pytest.approx(model["precision"] * model["alarms"], abs=0.6)
        correct_rejections = n_test - n_rare - (model["alarms"] - hits)
        expected = (model["recall"] + correct_rejections / (n_test - n_rare)) / 2
        assert model["balanced_accuracy"] == pytest.approx(expected, abs=2e-3)
    # What is said of gains and costs.
    for model in (balanced, tuned):
        assert model["recall"] > 0.5 > plain["recall"]
        assert model["balanced_accuracy"] > plain["balanced_accuracy"] + 0.05
        assert model["precision"] < 0.5 < plain["precision"]
    assert tuned["log_loss"] == plain["log_loss"] < balanced["log_loss"]
    assert plain["mean"] == pytest.approx(n_rare / n_test, rel=0.2)
    assert balanced["mean"] > 3 * n_rare / n_test
    (threshold,) = find(output, r"at a probability of ([\d.]+) instead")
    assert 0 < threshold < 0.5


def test_plot_solvers(printed):
    valley, data = printed("plot_solvers.py").split("On handwritten digits")
    ends = {}
    for name in SOLVERS:
        (ends[name],) = find(valley, rf"\n{name} .*? (\S+e[-+]\d+)\n")
    assert ends["adamw"] == ends["adam"]
    assert ends["lbfgs"] < 1e-8
    assert max(ends.values()) == ends["sgd"] < 0.1
    # The fewest steps are those of L-BFGS.
    reached = re.findall(r"^(\w+) .* (\d+) +\S+e[-+]\d+$", valley, re.M)
    assert min(reached, key=lambda pair: int(pair[1]))[0] == "lbfgs"

    table = {}
    for name in SOLVERS:
        own = "      its own" if name == "lbfgs" else ""
        *_, first, fifth, last, accuracy, squares = row(
            data, name + own, 5 if own else 6
        )
        assert first > fifth > last
        assert accuracy > 0.94
        table[name] = first, last, squares
    # What is said below the table.
    assert max(table, key=lambda name: table[name][0]) == "lbfgs"
    assert table["momentum"][1] == pytest.approx(table["sgd"][1], rel=0.02)
    assert table["nesterov"][1] == pytest.approx(table["sgd"][1], rel=0.02)
    assert table["adamw"][1] > table["adam"][1]
    assert table["adamw"][2] > table["adam"][2]


def test_watch_a_search(printed):
    output = printed("watch_a_search.py")
    if find_spec("sklearn.callback") is None:
        assert "callbacks need scikit-learn 1.9 or newer" in output
        return
    bars, table = output.split("The monitor saw")
    # Three candidates in two folds, and the best of them on all rows.
    networks = re.findall(r"ShallowNNClassifier - fit.* 100% ", bars)
    assert len(networks) == 3 * 2 + 1
    assert "140 epochs" in table
    chosen, start, end = find(
        table, r"alpha = ([\d.]+)\. .* from ([\d.]+) after .* to ([\d.]+) after"
    )
    assert end < start
    not_seen, ends = {}, []
    for alpha in ("0.1", "1", "10"):
        first, fifth, last, not_seen[float(alpha)] = row(table, alpha, 4)
        assert first > fifth > last
        ends.append(last)
    assert ends == sorted(ends)
    assert chosen == min(not_seen, key=not_seen.get)


def test_watch_a_search_on_older_scikit_learn():
    # A new process: in a forked one sknn2 has found the callbacks already.
    code = (
        "import runpy, sys; import sklearn.model_selection, sklearn.pipeline, sknn2; "
        "sys.modules['sklearn.callback'] = None; runpy.run_path(sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, SCRIPTS["watch_a_search.py"]],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "callbacks need scikit-learn 1.9 or newer" in done.stdout
    assert len(done.stdout.splitlines()) == 1


def test_plot_early_stopping(printed):
    output = printed("plot_early_stopping.py")
    (n_epochs,) = find(output, r"stopped after (\d+) epochs")
    best, lowest = find(output, r"lowest after epoch (\d+), at ([\d.]+):")
    assert n_epochs == best + 10  # n_iter_no_change=10 means 10
    ran, validation, test, accuracy = row(output, "stopped, best weights", 4)
    end = row(output, "trained to the end", 4)
    assert ran == n_epochs
    # The loss of the weights that were put back is the lowest that was seen.
    assert validation == pytest.approx(lowest, abs=1e-4)
    assert end[0] == 100
    assert end[1] > 1.2 * validation
    assert end[2] > test
    assert end[3] < accuracy


def test_plot_penalty_path(printed):
    output = printed("plot_penalty_path.py")
    chosen = {}
    for name in ("handwritten digits", "tumours", "tumours, labels shuffled"):
        (section,) = re.findall(rf"^{name}: .*\n((?: .*\n)+)", output, re.M)
        (chosen[name],) = find(output, rf"(?m)^{name}: \d+ iterations, alpha (\S+)\n")
        steps = re.findall(r"alpha (\S+) +out-of-fold loss (\S+)", section)
        losses = {float(alpha): float(loss) for alpha, loss in steps}
        assert 3 in losses
        assert len(losses) >= 3
        assert losses[chosen[name]] == min(losses.values())
    assert chosen["handwritten digits"] <= 1 < chosen["tumours"] <= 10
    assert chosen["tumours, labels shuffled"] >= 100
    held_out, tested, seen = find(
        output, r"out-of-fold loss (\S+), on new rows (\S+), seen (\S+)\n"
    )
    assert seen < held_out / 1.5
    assert 0.6 < held_out / tested < 1.6
    threshold, found, wrong = find(
        output, r"threshold (\S+) finds (\S+)% .* new\nrows, .* about (\S+)% of"
    )
    assert 0.01 < threshold < 0.5
    assert found > 92 > 20 > wrong


def test_plot_piecewise_linear(printed):
    output = printed("plot_piecewise_linear.py")
    median, largest = find(output, r"median (\S+), largest (\S+)\n")
    assert largest > 10 * median  # skewed
    bins, edges = re.search(r"(\d+) bins, edges \[(.*)\]\n", output).groups()
    edges = [float(edge) for edge in edges.split()]
    assert len(edges) == int(bins) + 1 == 9
    assert edges[4] == pytest.approx(median, abs=0.11)
    truth, alone, encoded = find(
        output,
        r"loss of the truth: (\S+)\n.*CV\(\): (\S+)\n.*classifier\(\): (\S+)\n",
    )
    # The encoder makes up more than half of what the net alone lacks.
    assert truth < encoded < (truth + alone) / 2


def test_adversarial(printed):
    output = printed("adversarial.py")
    shares = [row(output, epsilon, 3) for epsilon in ("0", "0.05", "0.1", "0.2")]
    noise, attacked, hardened = np.transpose(shares)
    assert noise[0] == attacked[0] > 0.96
    assert hardened[0] > 0.96
    assert (np.diff(attacked) < 0).all()
    assert noise[2] > 0.9  # an attack is more than noise of the same size
    assert attacked[2] < 0.75
    assert (hardened[1:] > attacked[1:] + 0.03).all()
    assert hardened[2] > attacked[2] + 0.1


def test_embedding(printed):
    output = printed("embedding.py")
    (table,) = find(output, r"in the table: ([\d.]+%)")
    (embedded,) = find(output, r"in the embedding: ([\d.]+%)")
    assert embedded > table + 0.03
    columns, used = find(output, r"(\d+) columns, (\d+) of them in use")
    assert 0 < used <= columns
    assert "shallownnclassifier0, shallownnclassifier1" in output


def test_explain_a_row(printed):
    output = printed("explain_a_row.py")
    expected, seen = find(output, r"([-+.\d]+) expected, ([-+.\d]+) seen")
    assert seen == pytest.approx(expected, rel=0.1)
    (correlation,) = find(output, r"correlation of the two orders: ([-.\d]+)")
    assert correlation > 0.6
    assert row(output, "bmi", 2)[0] > row(output, "age", 2)[0]


@pytest.mark.skipif(
    not (find_spec("skl2onnx") and find_spec("onnxruntime")),
    reason="skl2onnx and onnxruntime are not installed",
)
def test_serve_onnx(printed):
    output = printed("serve_onnx.py")
    assert "inputs ['age', 'fare', 'port']" in output
    same, rows = find(output, r"(\d+) of (\d+) labels are those of the model")
    assert same == rows == 100
    (difference,) = find(output, r"differ by at most (\S+)\n")
    assert difference < 1e-6
    (right,) = find(output, r"(\d+%) of the labels are right")
    assert right > 0.8


@pytest.mark.skipif(
    not (find_spec("dask") and find_spec("distributed")),
    reason="dask and distributed are not installed",
)
def test_out_of_core(printed):
    output = printed("out_of_core.py")
    assert "in 3 blocks, 0.1 times the memory" in output
    first, last, right = find(
        output, r"cost ([\d.]+) at first and ([\d.]+) at the end; ([\d.]+%)"
    )
    assert last < first
    assert 0.6 < right < 1
    peak, limit = find(output, r"worker 0: peak ([\d.]+) GB of ([\d.]+) GB")
    assert 0 < peak < limit
    assert "a worker was killed: no" in output
