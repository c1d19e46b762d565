"""
Solvers, in a valley and on real data
=====================================

A solver turns gradients into parameter updates. First each one minimises a
function with a curved valley, where its path can be plotted; then each one
trains the same network on pictures of handwritten digits.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from sknn2 import LBFGS, ShallowNNClassifier
from sknn2.training.solvers import SOLVERS

# %%
# The valley
# ----------
# Rosenbrock's function has a narrow, curved valley. It is easy to reach the valley and
# hard to follow it to the minimum at (1, 1).


def cost(theta):
    """Return (1 - x)^2 + 100 (y - x^2)^2."""
    x, y = theta
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def gradient(theta):
    """Return its gradient."""
    x, y = theta
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


# %%
# A first-order optimiser is its hyper-parameters and an update rule. Its
# memory is an array that the caller keeps. L-BFGS chooses its step lengths
# itself. That of sknn2 trains networks only, so its path here is by SciPy's.

START, N_STEPS = np.array([-1.2, 1.0]), 2000


def walk(optimizer, learning_rate):
    """Return the points that an optimiser goes through, as (steps + 1, 2)."""
    if isinstance(optimizer, LBFGS):
        path = [START]
        minimize(
            cost,
            START,
            jac=gradient,
            method="L-BFGS-B",
            callback=path.append,
            options={"maxcor": optimizer.memory},
        )
        return np.array(path)
    theta, memory = START.copy(), optimizer.new_memory(START)
    path = [theta.copy()]
    for t in range(1, N_STEPS + 1):
        optimizer.step(theta, gradient(theta), memory, t, learning_rate)
        path.append(theta.copy())
    return np.array(path)


# %%
# Each one uses its best learning rate: of a few rates, the one that ends
# lowest without ever being higher than at the start. A rate that is much too
# high leaves the valley, and overflows.

RATES = 0.001, 0.003, 0.01, 0.03, 0.1
paths, rates = {}, {}
with np.errstate(over="ignore", invalid="ignore"):
    for name, optimizer in SOLVERS.items():
        if isinstance(optimizer, LBFGS):
            rates[name], paths[name] = None, walk(optimizer, None)
            continue
        tried = {rate: walk(optimizer, rate) for rate in RATES}
        stayed = [r for r, path in tried.items() if (cost(path.T) <= cost(START)).all()]
        ends = {rate: cost(tried[rate][-1]) for rate in stayed}
        rates[name] = min(ends, key=ends.get)
        paths[name] = tried[rates[name]]

print(f"In the valley, from {cost(START):.1f} at the start, {N_STEPS} steps at most:\n")
print(f"{'solver':10}{'rate':>8}{'steps to 0.001':>16}{'at the end':>12}")
for name, path in paths.items():
    below = np.nonzero(cost(path.T) < 1e-3)[0]
    steps = str(below[0]) if below.size else "not reached"
    rate = "its own" if rates[name] is None else f"{rates[name]:g}"
    print(f"{name:10}{rate:>8}{steps:>16}{cost(path[-1]):>12.1e}")
print(
    "\nadamw is adam here: the two differ in the penalty, and there is none. L-BFGS\n"
    "learns how the valley bends and needs by far the fewest steps; each of them may\n"
    "look at the function more than once."
)

# %%
# Their paths. The star is the minimum, the cross is the start, and darker
# colours are higher values.

x, y = np.meshgrid(np.linspace(-1.8, 1.8, 200), np.linspace(-0.6, 2.2, 200))
n_columns = (len(paths) + 2) // 2
fig, axes = plt.subplots(
    2, n_columns, figsize=(3.3 * n_columns, 6), layout="constrained"
)
for ax, (name, path) in zip(axes.flat, paths.items(), strict=False):
    height = np.log10(cost((x, y)))
    ax.contourf(x, y, height, levels=np.arange(-2, 4, 0.5), cmap="Greys", vmax=5)
    ax.plot(*path.T, ".-", color="tab:red", markersize=3, linewidth=0.8)
    ax.plot(*START, "x", color="black", markersize=9, markeredgewidth=2)
    ax.plot(1, 1, "*", color="tab:orange", markersize=13, markeredgecolor="black")
    rate = "" if rates[name] is None else f", rate {rates[name]:g}"
    ax.set(title=f"{name}{rate}", xlim=(-1.8, 1.8), ylim=(-0.6, 2.2))
    ax.set(xlabel="x", ylabel="y")
ax = axes.flat[len(paths)]
styles = {"momentum": "--", "nesterov": ":", "adamw": "--"}
for name, path in paths.items():
    style = styles.get(name, "-")
    ax.loglog(np.arange(1, len(path)), cost(path[1:].T), style, label=name)
ax.set(title="The way down", xlabel="steps", ylabel="f(x, y)", ylim=(1e-12, 1e3))
ax.legend(fontsize="x-small", loc="lower left")
for ax in axes.flat[len(paths) + 1 :]:
    ax.set_axis_off()

# %%
# Real data
# ---------
# The same network, the same start and the same batches for all, 30 epochs at a
# constant learning rate. L-BFGS takes all rows at each of its 30 iterations.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.25, stratify=y, random_state=0
)
data_rates = {
    "sgd": 0.1,
    "momentum": 0.1,
    "nesterov": 0.1,
    "rmsprop": 0.003,
    "adam": 0.003,
    "adamw": 0.003,
    "lbfgs": "auto",
}
curves = {}
print("\nOn handwritten digits, the cost of the training rows and the test accuracy:\n")
print(f"{'solver':10}{'rate':>8}{'epoch 1':>10}{'epoch 5':>10}{'epoch 30':>10}", end="")
print(f"{'accuracy':>10}{'sum of W^2':>12}")
for name in SOLVERS:
    model = ShallowNNClassifier(
        hidden_units=50,
        activation="relu",
        solver=name,
        learning_rate=data_rates[name],
        schedule="constant",
        batch_size=100,
        alpha=1.0,
        max_iter=30,
        tol=None,
        random_state=0,
    )
    model.fit(X_train, y_train)
    curves[name] = model.loss_curve_
    rate = "its own" if name == "lbfgs" else f"{data_rates[name]:g}"
    print(f"{name:10}{rate:>8}", end="")
    print("".join(f"{model.loss_curve_[k - 1]:>10.4f}" for k in (1, 5, 30)), end="")
    squares = sum(np.sum(W**2) for W in model.parameters_.W[1:])
    print(f"{model.score(X_test, y_test):>10.1%}{squares:>12.0f}")
n_batches = int(np.ceil(len(X_train) / 100))
print(
    f"""
The cost of an epoch is the mean over its batches, each before its step. L-BFGS
makes one step an epoch where the others make {n_batches}, and so starts highest.
momentum and nesterov average the gradients: at an equal rate their steps are as
long as those of sgd, and the curves soon meet. What they gain is that they bear
higher rates in a valley. adamw takes the penalty past its averages. Here that
holds the weights back less than adam does, which the last column shows, and the
penalty is a part of the cost."""
)

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for name, curve in curves.items():
    style = styles.get(name, "-")
    ax.semilogy(np.arange(1, len(curve) + 1), curve, style, label=name)
ax.set(
    title="Handwritten digits: cost on the training rows",
    xlabel="epoch (for lbfgs: iteration)",
    ylabel="cost J (cross-entropy and penalty)",
)
ax.legend()
plt.show()
