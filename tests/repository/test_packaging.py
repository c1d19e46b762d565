"""What is shipped, what it needs, and that the papers say the same as the code."""

import ast
import configparser
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import sknn2

TOP = Path(__file__).parents[2]
PUBLIC_MODULES = ("dask", "onnx")
"""Modules whose ``__all__`` users import; everything else comes from ``sknn2``."""


def read(name):
    """Return the text of a file of the checkout."""
    return (TOP / name).read_text(encoding="utf-8")


def pyproject():
    return tomllib.loads(read("pyproject.toml"))


def public_names():
    return sorted(set(sknn2.__all__) - {"__version__", "SKOPS_TRUSTED"})


def dependencies():
    return pyproject()["project"]["dependencies"]


def floors():
    """Return ``{name: floor}`` of what is needed to run and to test."""
    extras = pyproject()["project"]["optional-dependencies"]
    found = {}
    needed = sum(
        (extras[name] for name in ("plot", "examples", "onnx", "test")), dependencies()
    )
    for requirement in needed:
        name = re.match(r"[\w-]+", requirement).group()
        if name != "sknn2":  # an extra that has another extra in it
            found[name] = requirement.removeprefix(f"{name}>=")
    return found


def pins():
    lines = read(".ci/oldest.txt").splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def sh_blocks():
    return re.findall(
        r"^```sh\n(.*?)^```$", read("README.md"), re.DOTALL | re.MULTILINE
    )


def test_version_stands_in_one_place():
    assert "version" not in pyproject()["project"]
    dynamic = pyproject()["tool"]["setuptools"]["dynamic"]["version"]
    assert dynamic == {"attr": "sknn2._version.__version__"}
    assert sknn2.__version__ == sknn2._version.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|rc\d+)?", sknn2.__version__)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("CITATION.cff", r"^version: (\S+)$"),
        ("docs/changelog.rst", r"^(\d+\.\d+\.\d+) \("),
    ],
)
def test_papers_have_the_version(name, pattern):
    assert re.search(pattern, read(name), re.MULTILINE).group(1) == sknn2.__version__


def test_py_typed_is_shipped():
    assert files("sknn2").joinpath("py.typed").is_file()
    assert "py.typed" in pyproject()["tool"]["setuptools"]["package-data"]["sknn2"]


def test_licence():
    project = pyproject()["project"]
    assert project["license"] == "BSD-3-Clause"
    assert project["license-files"] == ["LICENSE"]
    assert read("LICENSE").startswith("BSD 3-Clause License")
    assert "license: BSD-3-Clause" in read("CITATION.cff")


WITHOUT_EXTRAS = """
import sys
class NotInstalled:
    def find_spec(name, path=None, target=None):
        if name in {extras}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, NotInstalled)
import sknn2
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
model = sknn2.ShallowNNClassifier(max_iter=2, tol=None, random_state=0).fit(X, y)
print(model.predict(X).shape)
"""


def test_works_without_extras(tmp_path):
    extras = ["pandas", "polars", "matplotlib", "rich", "skops", "hypothesis", "pytest"]
    extras += ["skl2onnx", "onnx", "onnxruntime", "dask", "distributed"]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_EXTRAS.format(extras=extras)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stdout) == (0, "(150,)\n"), run.stderr


def test_imports_runtime_dependencies_only():
    """scikit-learn itself imports pandas where it is; the package must not."""
    names = {"scikit-learn": "sklearn"}
    needs = [re.match(r"[\w-]+", line).group() for line in dependencies()]
    allowed = {names.get(name, name) for name in needs} | {"sknn2"}
    for module in Path(sknn2.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported = [node.module]
            else:
                continue
            top = {name.split(".")[0] for name in imported}
            if node.col_offset:  # in a function that needs an extra
                top -= {"skl2onnx", "onnx", "dask", "distributed", "pandas"}
            assert top <= allowed | sys.stdlib_module_names, module.name


def test_floors_are_the_minor_versions_that_are_tested():
    tested = {name: ".".join(pin.split(".")[:2]) for name, pin in pins().items()}
    expected = {
        name: ".".join(floor.split(".")[:2]) for name, floor in floors().items()
    }
    assert expected == {name: tested.get(name) for name in expected}
    # A floor that names a patch release is that of the pin.
    for name, floor in floors().items():
        assert (pins()[name] + ".").startswith(floor + ".")


def test_python_floor_is_the_one_that_is_tested():
    assert pyproject()["project"]["requires-python"] == ">=3.11"
    assert "find_python 11" in read(".ci/run")
    config = configparser.ConfigParser()
    config.read_string(read("setup.cfg"))
    assert config["mypy"]["python_version"] == "3.11"


def test_ci_runs_the_test_command_of_the_readme():
    bash = shutil.which("bash")
    assert bash, "bash is needed, as for .ci/run"
    (command,) = [block for block in sh_blocks() if "pytest" in block]
    printed = subprocess.run(
        [bash, str(TOP / ".ci/run"), "--test-command"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.strip() == command.strip()
    script = read(".ci/run")
    assert "-m pytest" not in script  # it has no test command of its own
    pasted = re.findall(r'^[^#\n]*paste \w+ .*"\$test_command( [^"]*)?"', script, re.M)
    assert pasted == ["", " --collect-only -q", " $some", "", ""]


def test_readme_has_one_command_to_run_the_quickstart():
    (command,) = [block for block in sh_blocks() if "quickstart.py" in block]
    assert len(command.splitlines()) == 1
    assert (TOP / "examples/quickstart.py").is_file()


def test_readme_and_docs_are_doctests():
    config = configparser.ConfigParser()
    config.read_string(read("setup.cfg"))
    assert {"README.md", "docs", "sknn2"} <= set(
        config["tool:pytest"]["testpaths"].split()
    )
    for block in re.findall(r"^```python\n(.*?)^```$", read("README.md"), re.S | re.M):
        assert block.startswith(">>> "), "a block that is not run"
        assert block.endswith("\n\n"), "doctest takes the fence for output"


def test_each_setting_has_one_home():
    """Pytest and mypy ignore one file if the other has their section, or worse."""
    config = configparser.ConfigParser()
    config.read_string(read("setup.cfg"))
    for section in ("metadata", "options"):
        assert not [name for name in config.sections() if name.startswith(section)]
    if "egg_info" in config:  # what setuptools appends in a source distribution
        assert set(config["egg_info"]) == {"tag_build", "tag_date"}
    assert not {"pytest", "coverage", "mypy", "codespell"} & set(pyproject()["tool"])


def test_public_names_exist_once():
    assert len(set(sknn2.__all__)) == len(sknn2.__all__)
    namespace = {}
    exec("from sknn2 import *", namespace)
    assert set(sknn2.__all__) <= set(namespace)


@pytest.mark.parametrize("name", public_names())
def test_public_name_has_a_docstring(name):
    item = getattr(sknn2, name)
    assert inspect.isclass(item) or inspect.isfunction(item)
    assert item.__doc__
    # A dataclass or a NamedTuple without one gets its signature for a docstring.
    assert not item.__doc__.startswith(f"{name}(")
    if inspect.isfunction(item) and inspect.signature(item).return_annotation:
        doc = inspect.getdoc(item)
        assert re.search(r"^(Returns|Yields)\n-+$", doc, re.MULTILINE)
    methods = vars(item).items() if inspect.isclass(item) else ()
    for method_name, method in methods:
        if inspect.isfunction(method) and not method_name.startswith("_"):
            assert inspect.getdoc(method), method_name


def test_docs_list_the_public_names():
    """Each public name, and each of a public module, has one entry in the reference."""
    page = read("docs/reference/index.rst")
    listed = re.findall(r"^(?:   |\.\. data:: )([\w.]+)$", page, re.M)
    names = list(sknn2.__all__)
    for module in PUBLIC_MODULES:
        names += [f"{module}.{name}" for name in vars(sknn2)[module].__all__]
    assert sorted(listed) == sorted(names)


def test_links_of_the_readme_work_on_a_package_index_too():
    source = pyproject()["project"]["urls"]["Source"]
    links = re.findall(r"\]\(([^)\s]+)\)", read("README.md"))
    assert links
    for link in links:
        kind, _, path = link.removeprefix(f"{source}/").partition("/main/")
        assert kind in ("blob", "tree"), link
        target = TOP / path
        assert target.is_dir() if kind == "tree" else target.is_file(), link
    for link in pyproject()["project"]["urls"].values():
        assert link.startswith(source)


def test_the_first_screen_is_followed_by_few_lines():
    _, rest = read("README.md").split("## What it does", 1)
    assert len(rest.splitlines()) <= 150


@pytest.mark.parametrize("page", sorted(TOP.glob("docs/*.rst")), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page):
    targets = re.findall(r"<([\w./]+\.(?:rst|md))>`__", page.read_text("utf-8"))
    for target in targets:
        assert (page.parent / target).is_file(), target
