"""Scripts in processes of their own that need not import scikit-learn again.

Each process is forked from one that has imported what most scripts import, which takes
longer than most scripts run. Where processes cannot be forked, each is a new one.
"""

import multiprocessing
import multiprocessing.forkserver
import os
import runpy
import sys
import warnings
from pathlib import Path
from typing import NamedTuple
from unittest import mock

# What most scripts import; none of it imports pandas.
IMPORTED = (
    "sklearn.datasets",
    "sklearn.ensemble",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "sklearn.pipeline",
    "matplotlib.pyplot",
    "sknn2",
)
ENVIRONMENT = {"MPLBACKEND": "Agg", "OPENBLAS_NUM_THREADS": "1", "COLUMNS": "100"}
FORK = "forkserver"
FORKS = FORK in multiprocessing.get_all_start_methods()
PROCESSES = multiprocessing.get_context(FORK if FORKS else "spawn")


class Ended(NamedTuple):
    """What is left of a process."""

    returncode: int
    stdout: str
    stderr: str


def run_script(script, *arguments, folder, absent=(), ignored=None):
    """Run a script in a process of its own, and return how it ended.

    Every warning is an error there, but one that begins with ``ignored``. Modules
    that are ``absent`` cannot be imported. The folder gets what the script prints.
    """
    outputs = [Path(folder) / "stdout", Path(folder) / "stderr"]
    working = Path(folder) / "working"
    working.mkdir(exist_ok=True)
    command = [str(script), *map(str, arguments)]
    with mock.patch.dict(os.environ, ENVIRONMENT):
        if FORKS:
            PROCESSES.set_forkserver_preload(list(IMPORTED))
            multiprocessing.forkserver.ensure_running()
        process = PROCESSES.Process(
            target=_run, args=(command, working, outputs, tuple(absent), ignored)
        )
        process.start()
    process.join(300)
    if process.exitcode is None:
        process.kill()
        process.join()
    returncode = process.exitcode
    process.close()
    assert list(working.iterdir()) == []
    return Ended(returncode, *(path.read_text("utf-8") for path in outputs))


def _run(command, working, outputs, absent, ignored):
    """Be ``python command``, and print into files."""
    for descriptor, path in enumerate(outputs, start=1):
        with open(path, "wb") as file:
            os.dup2(file.fileno(), descriptor)
    warnings.simplefilter("error")
    if ignored is not None:
        warnings.filterwarnings("ignore", ignored)
    for name in [name for name in sys.modules if name.partition(".")[0] in absent]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Absent(absent))
    os.environ.update(ENVIRONMENT)
    os.chdir(working)
    sys.argv = command
    sys.path.insert(0, os.path.dirname(command[0]))
    runpy.run_path(command[0], run_name="__main__")


class _Absent:
    """Modules that are not installed."""

    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        """Raise the error of a module that is absent, and find no other."""
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
