"""The report of versions names all that can matter, and imports none of it."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

import sknn2
from sknn2.environment import installed

ROOT = Path(__file__).parents[1]


@pytest.fixture
def report(capsys):
    assert sknn2.show_versions() is None
    return capsys.readouterr().out


def test_it_names_each_package_of_the_user_s_extras(report):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = project["dependencies"]
    lines += [
        line
        for name in extras
        for line in extras[name]
        if name not in ("test", "dev", "docs")
    ]
    names = {re.match(r"[\w-]+", line)[0] for line in lines} - {"sknn2"}
    assert len(names) >= 9
    for name in names:
        shown = "sklearn" if name == "scikit-learn" else name
        assert re.search(
            rf"^ *{shown}: {re.escape(str(installed(name)))}$", report, re.M
        )


def test_it_names_python_the_platform_blas_and_the_instruction_sets(report):
    assert report.startswith(f"sknn2: {sknn2.__version__}\n")
    for line in ("python: 3", "machine: ", "user_api: blas", "num_threads: "):
        assert line in report
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    assert all(name in report for name in found)


def test_what_is_not_installed_is_none():
    assert installed("numpy") == version("numpy")
    assert installed("no-such-package-of-sknn2") is None


def test_no_extra_is_imported_for_it():
    code = """
import sys, sknn2
from sknn2.environment import OPTIONAL
before = {"matplotlib", "pandas", *OPTIONAL} & set(sys.modules)
sknn2.show_versions()
assert not set(OPTIONAL) & set(sys.modules) - before, set(OPTIONAL) & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
