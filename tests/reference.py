"""The two-layer equations, unrolled: what the tests hold the package against.

Nothing is imported from the package, nothing is shared, nothing is done in
place. Probabilities and logarithms are written as in the course, so keep the
numbers moderate.
"""

import decimal
from itertools import pairwise

import numpy as np


def sigmoid(Z):
    """Return ``1 / (1 + exp(-Z))``."""
    return 1 / (1 + np.exp(-Z))


def softmax(Z):
    """Return ``exp(Z) / sum_k exp(Z_k)``."""
    return np.exp(Z) / np.sum(np.exp(Z), axis=0, keepdims=True)


def u_gelu(Z):
    """Return what the tanh of gelu is taken of."""
    return (2 / np.pi) ** 0.5 * (Z + 0.044715 * Z**3)


S_SELU, A_SELU = 1.0507009873554805, 1.6732632423543772


# Each hidden activation as g(Z) and g'(Z), both functions of Z.
G = {
    "sigmoid": (sigmoid, lambda Z: sigmoid(Z) * (1 - sigmoid(Z))),
    "tanh": (np.tanh, lambda Z: 1 / np.cosh(Z) ** 2),
    "relu": (lambda Z: np.where(Z > 0, Z, 0.0), lambda Z: np.where(Z > 0, 1.0, 0.0)),
    "leaky_relu": (
        lambda Z: np.where(Z > 0, Z, 0.01 * Z),
        lambda Z: np.where(Z > 0, 1.0, 0.01),
    ),
    "identity": (lambda Z: 1.0 * Z, lambda Z: np.ones(Z.shape)),
    "elu": (
        lambda Z: np.where(Z > 0, Z, np.exp(Z) - 1),
        lambda Z: np.where(Z > 0, 1.0, np.exp(Z)),
    ),
    "selu": (
        lambda Z: S_SELU * np.where(Z > 0, Z, A_SELU * (np.exp(Z) - 1)),
        lambda Z: S_SELU * np.where(Z > 0, 1.0, A_SELU * np.exp(Z)),
    ),
    "softplus": (lambda Z: np.log(1 + np.exp(Z)), sigmoid),
    "silu": (
        lambda Z: Z * sigmoid(Z),
        lambda Z: sigmoid(Z) + Z * sigmoid(Z) * sigmoid(-Z),
    ),
    "gelu": (
        lambda Z: Z * (1 + np.tanh(u_gelu(Z))) / 2,
        lambda Z: (
            (1 + np.tanh(u_gelu(Z))) / 2
            + Z
            / np.cosh(u_gelu(Z)) ** 2
            / 2
            * (2 / np.pi) ** 0.5
            * (1 + 0.134145 * Z**2)
        ),
    ),
}


# A pair for an Activation that computes in float64 and leaves ``out`` alone.
TANH_IN_DOUBLE = {
    "forward": lambda Z, out=None, scratch=None: np.tanh(Z.astype(np.float64)),
    "backward": lambda dA, A, out=None, scratch=None: (
        dA.astype(np.float64) * (1 - A**2)
    ),
}

# What takes the place of one of the pair, and must be refused.
WRONG = {
    "mean": {"forward": lambda Z, out=None, scratch=None: Z.mean(0, keepdims=True)},
    "a number": {"forward": lambda Z, out=None, scratch=None: 1.0},
    "nothing": {"forward": lambda Z, out=None, scratch=None: None},
    "text": {"forward": lambda Z, out=None, scratch=None: Z.astype(str)},
    "beside": {"forward": lambda Z, out=None, scratch=None: Z - Z.mean()},
    "by columns": {
        "forward": lambda Z, out=None, scratch=None: np.exp(Z) / np.exp(Z).sum(0)
    },
    "logarithm": {"forward": lambda Z, out=None, scratch=None: np.log(Z)},
    "reads what it wrote": {
        "forward": lambda Z, out=None, scratch=None: np.multiply(
            np.exp(-Z, out=out), Z, out=out
        )
    },
    "scratch": {
        "forward": lambda Z, out=None, scratch=None: (
            np.tanh(Z) if scratch is None else np.tanh(Z) + scratch
        )
    },
    "summed": {"backward": lambda dA, A, out=None, scratch=None: dA.sum()},
    "divides by zero": {"backward": lambda dA, A, out=None, scratch=None: dA / A},
    "no A": {"backward": lambda dA: dA},
}


def loss(A, Y):
    """Return the cross-entropy of each example, of shape (m,)."""
    if len(Y) == 1:
        return -(Y * np.log(A) + (1 - Y) * np.log(1 - A))[0]
    return -np.sum(Y * np.log(A), axis=0)


# Each loss of one entry, as a function of Z and Y: those of regression, and of labels.
ENTRY = {
    "squared_error": lambda Z, Y: (Z - Y) ** 2 / 2,
    "absolute_error": lambda Z, Y: np.abs(Z - Y),
    "huber": lambda Z, Y, delta=1.35: np.where(
        np.abs(Z - Y) <= delta, (Z - Y) ** 2 / 2, delta * (np.abs(Z - Y) - delta / 2)
    ),
    "pinball": lambda Z, Y, quantile=0.5: np.where(
        Y > Z, quantile * (Y - Z), (1 - quantile) * (Z - Y)
    ),
    "poisson": lambda Z, Y: (
        np.exp(Z) - Y + np.where(Y > 0, Y * (np.log(np.where(Y > 0, Y, 1)) - Z), 0)
    ),
    "binary_cross_entropy": lambda Z, Y: (
        -(Y * np.log(sigmoid(Z)) + (1 - Y) * np.log(1 - sigmoid(Z)))
    ),
}


def output(Z):
    """Return ``A[L]``: sigmoid for one output, softmax for more."""
    return sigmoid(Z) if len(Z) == 1 else softmax(Z)


def forward(X, W1, b1, W2, b2, activation):
    """Return ``Z1, A1, Z2, A2``."""
    g, _ = G[activation]
    Z1 = W1 @ X + b1
    A1 = g(Z1)
    Z2 = W2 @ A1 + b2
    A2 = output(Z2)
    return Z1, A1, Z2, A2


def cost(X, Y, W1, b1, W2, b2, activation, w=None, alpha=0.0, S=None, m_share=1.0):
    """Return J over all rows, or its estimate from a batch.

    For a batch, ``S`` is the sum of the weights of all rows and ``m_share`` the
    share of all rows that the batch holds.
    """
    w = np.ones(X.shape[1]) if w is None else w
    S = np.sum(w) if S is None else S
    *_, A2 = forward(X, W1, b1, W2, b2, activation)
    penalty = alpha / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return np.sum(w * loss(A2, Y)) / (m_share * S) + penalty / S


def gradients(X, Y, W1, b1, W2, b2, activation, w=None, alpha=0.0, S=None, m_share=1.0):
    """Return ``dZ2, dW2, db2, dZ1, dW1, db1`` of the same J as `cost`."""
    w = np.ones(X.shape[1]) if w is None else w
    S = np.sum(w) if S is None else S
    _, g_prime = G[activation]
    Z1, A1, _, A2 = forward(X, W1, b1, W2, b2, activation)
    dZ2 = (A2 - Y) * w
    dW2 = dZ2 @ A1.T / (m_share * S) + alpha * W2 / S
    db2 = np.sum(dZ2, axis=1, keepdims=True) / (m_share * S)
    dZ1 = (W2.T @ dZ2) * g_prime(Z1)
    dW1 = dZ1 @ X.T / (m_share * S) + alpha * W1 / S
    db1 = np.sum(dZ1, axis=1, keepdims=True) / (m_share * S)
    return dZ2, dW2, db2, dZ1, dW1, db1


def batches(X, Y, w, batch_size):
    """Return ``X, Y, w`` of each batch, in the order of the rows."""
    m = X.shape[1]
    starts = range(0, m, batch_size or m)
    cuts = [slice(i, min(i + (batch_size or m), m)) for i in starts]
    return [(X[:, cut], Y[:, cut], w[cut]) for cut in cuts]


def gradient_descent(
    X,
    Y,
    W1,
    b1,
    W2,
    b2,
    activation,
    learning_rate,
    epochs,
    w=None,
    alpha=0.0,
    batch_size=None,
):
    """Return ``(W1, b1, W2, b2)`` and the cost of each epoch before its updates."""
    w = np.ones(X.shape[1]) if w is None else w
    m, S = X.shape[1], np.sum(w)
    costs = []
    for _ in range(epochs):
        J = 0.0
        for X_b, Y_b, w_b in batches(X, Y, w, batch_size):
            m_share = X_b.shape[1] / m
            args = X_b, Y_b, W1, b1, W2, b2, activation, w_b, alpha, S, m_share
            J = J + m_share * cost(*args)
            _, dW2, db2, _, dW1, db1 = gradients(*args)
            W1 = W1 - learning_rate * dW1
            b1 = b1 - learning_rate * db1
            W2 = W2 - learning_rate * dW2
            b2 = b2 - learning_rate * db2
        costs.append(J)
    return (W1, b1, W2, b2), np.array(costs)


def adam(
    X,
    Y,
    W1,
    b1,
    W2,
    b2,
    activation,
    learning_rate,
    epochs,
    w=None,
    alpha=0.0,
    batch_size=None,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
):
    """Return the same as `gradient_descent`, by Adam, array by array."""
    w = np.ones(X.shape[1]) if w is None else w
    m, S = X.shape[1], np.sum(w)
    arrays = [W1, b1, W2, b2]
    first = [np.zeros(a.shape) for a in arrays]
    second = [np.zeros(a.shape) for a in arrays]
    costs, t = [], 0
    for _ in range(epochs):
        J = 0.0
        for X_b, Y_b, w_b in batches(X, Y, w, batch_size):
            m_share = X_b.shape[1] / m
            args = X_b, Y_b, *arrays, activation, w_b, alpha, S, m_share
            J = J + m_share * cost(*args)
            _, dW2, db2, _, dW1, db1 = gradients(*args)
            t += 1
            for k, g in enumerate([dW1, db1, dW2, db2]):
                first[k] = beta1 * first[k] + (1 - beta1) * g
                second[k] = beta2 * second[k] + (1 - beta2) * g**2
                first_hat = first[k] / (1 - beta1**t)
                second_hat = second[k] / (1 - beta2**t)
                arrays[k] = arrays[k] - learning_rate * first_hat / (
                    np.sqrt(second_hat) + epsilon
                )
        costs.append(J)
    return tuple(arrays), np.array(costs)


def deep_cost(X, Y, W, b, activation, w=None, alpha=0.0, entry=None):
    """Return J of a network of any depth; ``W`` and ``b`` are lists of its layers.

    ``entry`` is a loss as in `ENTRY`; its sum over the outputs is that of an example.
    """
    g, _ = G[activation]
    w = np.ones(X.shape[1]) if w is None else w
    A = X
    for l in range(len(W) - 1):
        A = g(W[l] @ A + b[l])
    Z = W[-1] @ A + b[-1]
    losses = loss(output(Z), Y) if entry is None else np.sum(entry(Z, Y), axis=0)
    penalty = alpha / 2 * sum(np.sum(W_l**2) for W_l in W)
    return (np.sum(w * losses) + penalty) / np.sum(w)


def smallest_Z(X, W, b, activation):
    """Return the smallest ``|Z[l]|`` of the hidden layers: how near a kink it is."""
    g, _ = G[activation]
    smallest, A = np.inf, X
    for l in range(len(W) - 1):
        Z = W[l] @ A + b[l]
        smallest = min(smallest, np.abs(Z).min())
        A = g(Z)
    return smallest


def draw(units, m, activation="tanh", seed=0, away=1e-3):
    """Draw data and parameters of order 1, off the kinks, with biases that count.

    Returns
    -------
    X, Y : ndarray
    W, b : list of ndarray
    w : ndarray of shape (m,)
    """
    rng = np.random.RandomState(seed)
    while True:
        X = rng.randn(units[0], m)
        W = [rng.randn(n, n_prev) for n_prev, n in pairwise(units)]
        b = [rng.randn(n, 1) for n in units[1:]]
        if smallest_Z(X, W, b, activation) > away:
            break
    if units[-1] == 1:
        Y = rng.randint(0, 2, (1, m)).astype(float)
    else:
        Y = np.eye(units[-1])[:, rng.randint(0, units[-1], m)]
    return X, Y, W, b, rng.uniform(0.1, 3, m)


def flower():
    """Return X of shape (2, 400) and Y of shape (1, 400): two classes in petals."""
    rng = np.random.RandomState(1)
    X, Y = np.empty((2, 400)), np.empty((1, 400))
    for j in (0, 1):
        t = np.linspace(3.12 * j, 3.12 * (j + 1), 200) + 0.2 * rng.randn(200)
        r = 4 * np.sin(4 * t) + 0.2 * rng.randn(200)
        X[:, 200 * j : 200 * (j + 1)] = r * np.sin(t), r * np.cos(t)
        Y[:, 200 * j : 200 * (j + 1)] = j
    return X, Y


# Probabilities with 320 digits, and how far floating-point numbers are from them.

EXACT = decimal.Context(prec=320, Emin=-(10**6), Emax=10**6)


def exact_exp(x):
    """Return exp(x) as a Decimal, from a float or a Decimal."""
    return EXACT.exp(x if isinstance(x, decimal.Decimal) else decimal.Decimal(float(x)))


def sigmoid_exact(z):
    """Return 1 / (1 + exp(-z)) as a Decimal."""
    return EXACT.divide(
        1, EXACT.add(1, exact_exp(EXACT.minus(decimal.Decimal(float(z)))))
    )


def softmax_exact(z):
    """Return exp(z) / sum exp(z) as Decimals."""
    powers = [exact_exp(value) for value in z]
    total = powers[0]
    for power in powers[1:]:
        total = EXACT.add(total, power)
    return [EXACT.divide(power, total) for power in powers]


def ulps(computed, exact):
    """Return the largest error of floats, in units of their last place."""
    errors = []
    for number, value in zip(np.ravel(computed), exact, strict=True):
        unit = decimal.Decimal(float(np.spacing(np.abs(computed.dtype.type(value)))))
        error = EXACT.subtract(decimal.Decimal(float(number)), value)
        errors.append(abs(EXACT.divide(error, unit)))
    return max(errors)
