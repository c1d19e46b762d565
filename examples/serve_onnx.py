"""
Serve a model without sknn2
===========================

A fitted pipeline becomes an ONNX file. Another process, in which neither sknn2
nor scikit-learn can be imported, loads the file with onnxruntime and answers
over HTTP. Its answers are those of the model.

It needs more than the other examples:
``pip install -e ".[examples,onnx]" onnxruntime``.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

import numpy as np
import pandas as pd

import sknn2.onnx
from sknn2 import make_tabular_classifier

# %%
# A table of passengers
# ---------------------
# It has numbers, text and missing values. Who survives depends on all columns.

rng = np.random.default_rng(0)
m = 600
X = pd.DataFrame(
    {
        "age": np.where(rng.random(m) < 0.2, np.nan, rng.normal(35, 12, m)),
        "fare": rng.lognormal(3, 1, m),
        "port": rng.choice(["Cherbourg", "Queenstown", None], m),
    }
)
score = np.log(X["fare"]) - 3 - (X["age"].fillna(35) - 35) / 12
score += 2.0 * (X["port"] == "Cherbourg") - 1
y = np.where(score + rng.normal(0, 0.5, m) > 0, "survived", "died")
model = make_tabular_classifier(cv=2, alphas=[1.0], random_state=0).fit(
    X[:500], y[:500]
)

# %%
# The file
# --------
# The graph has one input for each column. A missing number is NaN, a missing
# text is empty. The probabilities are one array, with a column for each class.

graph = sknn2.onnx.to_onnx(model, X[:1])
content = graph.SerializeToString()
print(f"inputs {[x.name for x in graph.graph.input]}, {len(content):,} bytes")

# %%
# The server
# ----------
# It answers as many requests as it is told and ends. ``-I`` keeps the current
# folder and PYTHONPATH out of its path, and its second line makes sure that
# sknn2 and scikit-learn cannot be imported.

SERVER = """
import json, sys
sys.modules.update(sknn2=None, sklearn=None)
from http.server import BaseHTTPRequestHandler, HTTPServer
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
types = {"tensor(string)": object, "tensor(double)": float, "tensor(int64)": int}

class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        columns = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        inputs = {
            x.name: np.array(columns[x.name], types[x.type])[:, np.newaxis]
            for x in session.get_inputs()
        }
        labels, probabilities = session.run(None, inputs)
        answer = json.dumps([labels.tolist(), probabilities.tolist()]).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *args):
        pass

server = HTTPServer(("127.0.0.1", 0), Handler)
server.timeout = 60
print(server.server_port, flush=True)
for _ in range(int(sys.argv[2])):
    server.handle_request()
server.server_close()
"""

# %%
# Ask it
# ------
# New rows are sent column by column. ``to_inputs`` has them as the graph takes
# them; another client writes the same JSON by hand.

rows = X[500:]
columns = {
    name: values.ravel().tolist()
    for name, values in sknn2.onnx.to_inputs(model, rows).items()
}
with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "model.onnx"
    file.write_bytes(content)
    command = [sys.executable, "-I", "-c", SERVER, str(file), "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stdout.readline())
            url = f"http://127.0.0.1:{port}"
            request = Request(url, json.dumps(columns).encode())
            with urlopen(request, timeout=60) as response:
                labels, probabilities = json.load(response)
            server.wait(timeout=60)
        finally:
            server.kill()

# %%
# The answers
# -----------

same = int(np.sum(model.predict(rows) == labels))
difference = np.abs(model.predict_proba(rows) - probabilities).max()
print(f"{same} of {len(rows)} labels are those of the model")
print(f"probabilities differ by at most {difference:.1e}")
print(f"{np.mean(y[500:] == labels):.0%} of the labels are right")
