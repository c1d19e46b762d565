"""
Save and load: files that run nothing, and files for your own machine
=====================================================================

A model is fitted on a table once and answers in another process. skops writes a
file that runs nothing when it is loaded. joblib writes one of all of Python: load
it only if you trust who wrote it.
"""

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from skops import io

from sknn2 import SKOPS_TRUSTED, ShallowNNClassifier

X, y = load_breast_cancer(return_X_y=True)
X, X_test, y, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = ShallowNNClassifier(random_state=0).fit(X, y)
P = model.predict_proba(X_test)
folder = Path(tempfile.mkdtemp())

# %%
# A file that runs nothing
# ------------------------
# The file names types and holds numbers and text. Nothing is read whose type is
# not trusted, and ``SKOPS_TRUSTED`` names those that our models are made of.

file = folder / "model.skops"
io.dump(model, file)
loaded = io.load(file, trusted=SKOPS_TRUSTED)
types = io.get_untrusted_types(file=file)
print(f"skops: {file.stat().st_size / 1000:.0f} kB, {len(types)} types to trust:")
for name in types:
    print(f"  {name}")
print(f"the same to the last bit: {np.array_equal(loaded.predict_proba(X_test), P)}\n")

# %%
# In another process
# ------------------
# This is all that a server has to do.

SERVER = """
import sys
import numpy as np
from skops.io import load
from sknn2 import SKOPS_TRUSTED
model = load(sys.argv[1], trusted=SKOPS_TRUSTED)
print(*model.predict(np.load(sys.argv[2])))
"""
np.save(folder / "rows.npy", X_test[:5])
answer = subprocess.run(
    [sys.executable, "-c", SERVER, file, folder / "rows.npy"],
    capture_output=True,
    text=True,
    check=True,
)
print(f"another process predicts {answer.stdout.strip()}")
print(f"this process predicts    {' '.join(map(str, model.predict(X_test[:5])))}\n")

# %%
# A file that is damaged
# ----------------------
# Every damage ends in an error.

damaged = bytearray(file.read_bytes())
damaged[len(damaged) // 2] ^= 1
try:
    io.loads(bytes(damaged), trusted=SKOPS_TRUSTED)
except Exception as error:
    print(f"one bit flipped: {type(error).__name__}: {error}\n")

# %%
# joblib
# ------
# Compressed it is small. Not compressed, several processes share one copy of the
# weights in memory.

joblib.dump(model, folder / "small.joblib", compress=3)
joblib.dump(model, folder / "shared.joblib")
for name, mode in (("small", None), ("shared", "r")):
    file = folder / f"{name}.joblib"
    loaded = joblib.load(file, mmap_mode=mode)
    same = np.array_equal(loaded.predict_proba(X_test), P)
    theta = type(loaded.parameters_.theta).__name__
    kB = file.stat().st_size / 1000
    print(f"{file.name}: {kB:.0f} kB, theta is a {theta}, the same bits: {same}")

# %%
# As an MLPClassifier
# -------------------
# ``coefs_`` and ``intercepts_`` are laid out as scikit-learn's, and act on X as it
# is. What reads an MLPClassifier reads our model too.

mlp = MLPClassifier((model.hidden_units,), model.activation, max_iter=1)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # one epoch is not enough, and need not be
    mlp.fit(X, y)
mlp.coefs_, mlp.intercepts_ = model.coefs_, model.intercepts_
apart = np.abs(mlp.predict_proba(X_test) - P).max()
print(f"\nMLPClassifier with our weights: probabilities differ by at most {apart:.0e}")

del loaded  # which reads its file
for file in folder.iterdir():
    file.unlink()
folder.rmdir()
