"""The shape of the package: who may import whom, who reads which file, docstrings."""

import ast
import configparser
import inspect
import re
import sys
import tomllib
from pathlib import Path

import pytest

import sknn2

ROOT = Path(__file__).parents[2]
MODULES = {path.stem: path for path in sorted((ROOT / "sknn2").glob("*.py"))}

# From the bottom to the top. A module imports from layers below its own only.
LAYERS = [
    {"_version", "activations", "callbacks", "checks", "docstrings", "exceptions"}
    | {"labels", "names", "parameters", "standardization", "stopping", "threads"},
    {"initializers", "losses", "optimizers", "schedules", "sparse", "tables"},
    {"data", "folds", "inputs", "refusals"},
    {"network", "targets"},
    {"encoding", "members", "regression_targets", "settings"},
    {"objective"},
    {"evaluation", "lbfgs"},
    {"collapse", "training"},
    {"monitoring"},
    {"fitting"},
    {"estimator", "path"},
    {"classifiers", "fitting_cv", "inspection", "regressors"},
    {"estimator_cv"},
    {"classifiers_cv", "regressors_cv"},
    {"tabular"},
    {"__init__"},
]
LAYER = {module: i for i, modules in enumerate(LAYERS) for module in modules}

# The core knows NumPy; what else it knows stands here.
CORE = {
    "activations": set(),
    "checks": set(),
    "initializers": set(),
    "inputs": {"scipy"},
    "lbfgs": {"scipy"},
    "losses": set(),
    "members": set(),
    "names": set(),
    "network": set(),
    "objective": set(),
    "optimizers": set(),
    "parameters": set(),
    "refusals": set(),
    "schedules": set(),
    "sparse": {"scipy"},
    "standardization": {"scipy"},
    "stopping": set(),
    "threads": {"threadpoolctl"},
    "training": set(),
}
RUNTIME = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}

each_module = pytest.mark.parametrize("module", MODULES)


def imports(module):
    """Return what a module imports, inside functions too, as dotted names."""
    names = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            if node.module == "sknn2":
                names |= {f"sknn2.{alias.name}" for alias in node.names}
            else:
                names.add(node.module)
    return names


def own_imports(module):
    return {name.split(".")[1] for name in imports(module) if name.startswith("sknn2.")}


def foreign_imports(module):
    names = {name.split(".")[0] for name in imports(module)}
    return names - set(sys.stdlib_module_names) - {"sknn2"}


def test_every_module_has_a_layer():
    assert set(LAYER) == set(MODULES)
    assert sum(map(len, LAYERS)) == len(LAYER)


@each_module
def test_imports_point_downwards(module):
    upwards = {name for name in own_imports(module) if LAYER[name] >= LAYER[module]}
    assert not upwards


@pytest.mark.parametrize("module", CORE)
def test_the_core_knows_no_scikit_learn(module):
    assert foreign_imports(module) <= {"numpy"} | CORE[module]
    # Nor by way of a module that does.
    assert own_imports(module) <= set(CORE)


@each_module
def test_nothing_but_the_declared_dependencies(module):
    assert foreign_imports(module) <= RUNTIME
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    assert declared == {name.replace("sklearn", "scikit-learn") for name in RUNTIME}


@each_module
def test_modules_can_be_read_in_one_sitting(module):
    assert len(MODULES[module].read_text(encoding="utf-8").splitlines()) <= 600


def test_what_makes_the_distribution_and_what_tests_it_stand_apart():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "tool:pytest" in setup
    for section in setup.sections():
        assert section != "metadata"  # egg_info: appended in a source distribution
        assert not section.startswith("options")
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    for tool in tools:
        assert not tool.startswith(("pytest", "coverage", "mypy"))


# Docstrings. numpydoc looks at their details; this at what a reader misses most.


def public_names():
    """Return (name, object) of everything public in the package, methods too."""
    found = {}
    for module in MODULES:
        if module.startswith("_"):
            continue
        namespace = vars(sys.modules[f"sknn2.{module}"])
        for name, value in namespace.items():
            if name.startswith("_") or not (
                inspect.isclass(value) or inspect.isfunction(value)
            ):
                continue
            if value.__module__ != f"sknn2.{module}":
                continue
            found[f"{module}.{name}"] = value
            if inspect.isclass(value):
                for method, member in vars(value).items():
                    member = getattr(member, "__func__", member)
                    if not method.startswith("_") and inspect.isfunction(member):
                        found[f"{module}.{name}.{method}"] = member
    return found


PUBLIC = public_names()
IN_ALL = {name for name in sknn2.__all__ if name != "__version__"}
EXPORTED = {
    name: value for name, value in PUBLIC.items() if name.split(".")[1] in IN_ALL
}


def sections(docstring):
    """Return the sections of a numpydoc docstring, as lists of lines."""
    lines = inspect.cleandoc(docstring).splitlines()
    found, title = {"": []}, ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{3,}", below) and len(below) == len(line):
            title = line
            found[title] = []
        elif not re.fullmatch(r"-{3,}", line):
            found[title].append(line)
    return found


def documented(lines):
    """Return the names that a Parameters section describes."""
    names = []
    for line in lines:
        if line and not line.startswith(" "):
            names += re.split(r",\s*", line.split(" : ")[0].strip(" *"))
    return names


def test_the_exported_names_are_there():
    assert {name.split(".")[1] for name in EXPORTED} == IN_ALL
    for name in sknn2.__all__:
        assert hasattr(sknn2, name)


@each_module
def test_modules_say_what_they_are_for(module):
    docstring = ast.get_docstring(ast.parse(MODULES[module].read_text("utf-8")))
    assert docstring or module == "_version"


@pytest.mark.parametrize("name", PUBLIC)
def test_docstrings(name):
    docstring = PUBLIC[name].__doc__
    assert docstring, f"{name} has no docstring"
    # Dataclasses write "Name(field: type)" where there is none.
    assert not docstring.startswith(f"{name.split('.')[-1]}(")
    summary = inspect.cleandoc(docstring).split("\n\n")[0].split("\n::")[0]
    assert re.search(r"[.:]$", summary.strip()), summary


@pytest.mark.parametrize("name", EXPORTED)
def test_parameters_are_documented(name):
    value = EXPORTED[name]
    lines = sections(value.__doc__).get("Parameters")
    if lines is None and (name.count(".") > 1 or issubclass_of_warning(value)):
        return  # a method that its summary says enough of
    names = [p for p in inspect.signature(value).parameters if p not in ("self", "cls")]
    # Those that are described together stand together, in whatever order.
    assert sorted(documented(lines or [])) == sorted(names)


def issubclass_of_warning(value):
    return inspect.isclass(value) and issubclass(value, Warning)
