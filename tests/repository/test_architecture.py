"""The shape of the package: who may import whom, how long a file is, docstrings."""

import ast
import configparser
import importlib
import inspect
import re
import sys
import tomllib
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

import sknn2

ROOT = Path(__file__).parents[2]
FILES = {
    ".".join(path.relative_to(ROOT / "sknn2").with_suffix("").parts): path
    for path in sorted((ROOT / "sknn2").rglob("*.py"))
}
MODULES = {name: path for name, path in FILES.items() if path.stem != "__init__"}

# A room is a folder, or a file that stands beside the folders. Each names the rooms
# that it may import from, besides itself.
PLAIN = {"checks", "names"}
BASE = PLAIN | {"exceptions"}
ROOMS = {
    "_version": set(),
    "checks": set(),
    "environment": {"_version"},
    "exceptions": set(),
    "versioning": {"_version"},
    "names": set(),
    "network": PLAIN,
    "inputs": {"network"} | PLAIN,
    "training": {"network", "inputs"} | PLAIN,
    "data": {"network", "inputs"} | BASE,
    "fitting": {"network", "inputs", "training", "data"} | BASE,
    "estimators": {"network", "inputs", "training", "data", "fitting", "versioning"}
    | BASE,
    "preprocessing": {"data", "inputs", "versioning"} | BASE,
    "graphs": {"network", "inputs", "data", "preprocessing"} | BASE,
}
# These may import every room, and only the package itself imports them.
TOP = ("inspection", "tabular", "saving", "onnx", "dask", "dask_blocks")
ALLOWED = ROOMS | dict.fromkeys(TOP, set(ROOMS) | set(TOP))

# What each room of the core may import from outside; it knows no scikit-learn.
CORE = {
    "checks": {"numpy"},
    "names": set(),
    "network": {"numpy"},
    "inputs": {"numpy", "scipy", "threadpoolctl"},
    "training": {"numpy", "scipy"},
}
RUNTIME = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}
# What an extra installs, and the rooms whose functions may import it.
OPTIONAL = {
    "dask": {"distributed", "pandas"},
    "dask_blocks": {"dask", "distributed"},
    "onnx": {"skl2onnx"},
    "graphs": {"skl2onnx", "onnx"},
}

each_module = pytest.mark.parametrize("module", MODULES)


def room_of(module):
    return module.split(".")[0]


def imports(module):
    """Return all that a file imports, for annotations too, as dotted names."""
    names = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(node.module)
    return names


def own_imports(module):
    """Return which files of the package a file imports."""
    own = {name for name in imports(module) if name.split(".")[0] == "sknn2"}
    files = {name.removeprefix("sknn2.") for name in own}
    # Inside the package everything is imported from the file that defines it.
    assert files <= set(MODULES), files - set(MODULES)
    return files


def foreign_imports(module):
    names = {name.split(".")[0] for name in imports(module)}
    return names - set(sys.stdlib_module_names) - {"sknn2"}


def test_every_file_has_a_room():
    rooms = {room_of(module) for module in MODULES}
    assert set(ROOMS) <= rooms <= set(ALLOWED)


@each_module
def test_imports_keep_to_the_rules_of_the_rooms(module):
    room = room_of(module)
    assert {room_of(name) for name in own_imports(module)} <= ALLOWED[room] | {room}


def test_no_circle_between_files():
    below = {module: own_imports(module) for module in MODULES}
    while below:
        free = {module for module, files in below.items() if not files & set(below)}
        assert free, f"these import each other: {sorted(below)}"
        below = {m: files for m, files in below.items() if m not in free}


def test_folders_hold_a_docstring_with_a_line_for_each_file_and_nothing_else():
    for name, path in FILES.items():
        folder = name.removesuffix("__init__")  # with a dot at its end
        if folder not in (name, ""):
            (docstring,) = ast.parse(path.read_text(encoding="utf-8")).body
            _, lines = docstring.value.value.split("\n\n")
            described = [line.split(None, 1) for line in lines.splitlines()]
            assert all(len(line) == 2 for line in described)
            assert {folder + line[0] for line in described} == {
                module for module in MODULES if module.startswith(folder)
            }


@pytest.mark.parametrize("room", CORE)
def test_the_core_knows_no_scikit_learn(room):
    foreign = [foreign_imports(m) for m in MODULES if room_of(m) == room]
    assert set().union(*foreign) <= CORE[room]


@each_module
def test_nothing_but_the_declared_dependencies(module):
    optional = OPTIONAL.get(room_of(module), set())
    assert foreign_imports(module) <= RUNTIME | optional
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    for node in tree.body:  # what is optional is imported where it is used
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else node.names
            names = {getattr(name, "name", name).split(".")[0] for name in names}
            assert not names & optional
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    assert declared == {name.replace("sklearn", "scikit-learn") for name in RUNTIME}


@pytest.mark.parametrize("module", FILES)
def test_files_can_be_read_in_one_sitting(module):
    assert len(FILES[module].read_text(encoding="utf-8").splitlines()) <= 500


@each_module
def test_each_file_has_its_test_file(module):
    if module != "_version":
        *folder, name = module.split(".")
        assert (ROOT / "tests").joinpath(*folder, f"test_{name}.py").is_file()


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
        namespace = vars(importlib.import_module(f"sknn2.{module}"))
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
IN_ALL = set(sknn2.__all__) - {"__version__", "SKOPS_TRUSTED"}
# Without methods: a name that is exported, and where it is defined.
HOMES = {f"{getattr(sknn2, name).__module__}.{name}"[6:] for name in IN_ALL}
EXPORTED = {
    name: value
    for name, value in PUBLIC.items()
    if name in HOMES or name.rpartition(".")[0] in HOMES
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
    assert set(EXPORTED) >= HOMES
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
    if lines is None and (name not in HOMES or issubclass_of_warning(value)):
        return  # a method that its summary says enough of
    names = [p for p in inspect.signature(value).parameters if p not in ("self", "cls")]
    # Those that are described together stand together, in whatever order.
    assert sorted(documented(lines or [])) == sorted(names)


def issubclass_of_warning(value):
    return inspect.isclass(value) and issubclass(value, Warning)


# Tests of the core stand without an estimator, and so do the helpers that they use.
TEST_FILES = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
TESTS_OF_THE_CORE = sorted(
    path
    for room in ("network", "inputs", "training")
    for path in (ROOT / "tests" / room).glob("*.py")
)


def names_of(path):
    """Return all names and attributes in a file, and all that it imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", TESTS_OF_THE_CORE, ids=lambda path: path.name)
def test_tests_of_the_core_use_no_estimator(path):
    estimators = {
        name
        for name in IN_ALL
        if isinstance(value := getattr(sknn2, name), type)
        and issubclass(value, BaseEstimator)
    }
    assert len(estimators) >= 6
    found = names_of(path)
    for helper in (ROOT / "tests").glob("*.py"):
        if helper.stem in found:
            found |= names_of(helper)
    assert not found & estimators
    assert not [name for name in found if re.match(r"sknn2\.(data|fitting|est)", name)]


def test_test_files_import_nothing_from_each_other():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in TEST_FILES, path
            elif isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & TEST_FILES, path
