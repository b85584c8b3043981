"""Load one of scikit-learn's test files with ours under the names of its classes and functions."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

_REPLACEMENTS = "__replacements__"


@dataclass(frozen=True)
class Suite:
    """A test file of scikit-learn, and what replaces which of the names it imports.

    Parameters
    ----------
    module : str
        The test file as a module, such as "sklearn.linear_model.tests.test_ridge".
    replace : dict of str
        From the name that the file imports to our class or function, as "module:name". A name
        with a dot, "neighbors.NearestNeighbors", is one that it takes from a module it imports.
    """

    module: str
    replace: Mapping[str, str]

    @property
    def name(self) -> str:
        """The test class that holds the suite here: TestModelSelectionSearch."""
        parts = [part for part in self.module.split(".")[1:] if part != "tests"]
        words = "_".join(parts).replace("test_", "").split("_")
        return "Test" + "".join(word.capitalize() for word in words)

    @property
    def shipped(self) -> bool:
        """Whether the installed scikit-learn has the file."""
        return find_spec(self.module.rpartition(".")[0]) is not None and bool(
            find_spec(self.module)
        )

    @cached_property
    def ours(self) -> dict[str, Any]:
        """Our classes and functions, by the names they replace."""
        return {name: _import(path) for name, path in self.replace.items()}

    @cached_property
    def loaded(self) -> ModuleType:
        """The test file, run with ours."""
        return load(self.module, self.ours)

    @cached_property
    def tests(self) -> dict[str, Callable[..., None]]:
        """The test functions that use one of ours, in their body or their parameters."""
        named = {n: f for n, f in vars(self.loaded).items() if n.startswith("test")}
        functions = {n: f for n, f in named.items() if callable(f)}
        for function in functions.values():
            _hold_parameters(function)
        return {n: f for n, f in functions.items() if self.in_body(f) or self.in_marks(f)}

    @cached_property
    def fixtures(self) -> dict[str, Any]:
        """The fixtures that the file defines."""
        return {name: value for name, value in vars(self.loaded).items() if _is_fixture(value)}

    @cached_property
    def expected_failures(self) -> dict[str, str]:
        """Test id to reason, from `expected_failures.toml`.

        Raises
        ------
        ValueError
            When the list names a test that is not run.
        """
        table = tomllib.loads(Path(__file__).with_name("expected_failures.toml").read_text())
        expected = table.get(self.name, {})
        gone = [test for test in expected if test.partition("[")[0] not in self.tests]
        if gone:
            raise ValueError(f"expected_failures.toml names {gone[0]}, not run in {self.name}.")
        return expected

    def in_body(self, test: Callable[..., None]) -> bool:
        """Whether the test, or a function of its file that it calls, names one of ours."""
        named = {name.rpartition(".")[2] for name in self.ours}
        return not _names(test, self.loaded).isdisjoint(named)

    def in_marks(self, test: Callable[..., None]) -> bool:
        """Whether one of ours is among the parameters of the test."""
        return any(self.in_value(mark.args) for mark in getattr(test, "pytestmark", ()))

    def in_value(self, value: Any) -> bool:
        """Whether one of ours, or an instance of one, is in `value`."""
        classes = tuple(v for v in self.ours.values() if isinstance(v, type))
        functions = [v for v in self.ours.values() if not isinstance(v, type)]
        return any(
            issubclass(v, classes)
            if isinstance(v, type)
            else isinstance(v, classes) or any(v is function for function in functions)
            for v in _inside(value)
        )


def load(name: str, replacements: Mapping[str, Any]) -> ModuleType:
    """Run a test file with other objects under the names that it imports.

    The module stands in `sys.modules` under its own name, so that what it defines can be pickled
    to worker processes; those import the file as it is.

    Raises
    ------
    ValueError
        When the file does not import one of the names.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed.")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"), spec.origin)
    replacements = _with_modules(replacements)
    replace = _Replace(set(replacements))
    tree = ast.fix_missing_locations(replace.visit(tree))
    missing = set(replacements) - replace.found
    if missing:
        raise ValueError(f"{name} does not import {sorted(missing)[0]}.")
    module = module_from_spec(spec)
    setattr(module, _REPLACEMENTS, replacements)
    sys.modules[name] = module
    exec(compile(tree, spec.origin, "exec"), vars(module))
    return module


def _with_modules(replacements: Mapping[str, Any]) -> dict[str, Any]:
    """Return replacements by whole names: for "neighbors.X" a copy of that module with ours."""
    found: dict[str, Any] = {}
    for name, ours in replacements.items():
        module, _, attribute = name.rpartition(".")
        if not module:
            found[name] = ours
            continue
        if module not in found:
            theirs = importlib.import_module(f"sklearn.{module}")
            found[module] = ModuleType(theirs.__name__, theirs.__doc__)
            vars(found[module]).update(vars(theirs))
        setattr(found[module], attribute, ours)
    return found


class _Replace(ast.NodeTransformer):
    """Put `name = __replacements__["name"]` behind each import of a name to be replaced."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.found: set[str] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        statements: list[ast.stmt] = [node]
        for alias in node.names:
            if alias.name in self.names:
                self.found.add(alias.name)
                line = f"{alias.asname or alias.name} = {_REPLACEMENTS}[{alias.name!r}]"
                statements += [ast.copy_location(s, node) for s in ast.parse(line).body]
        return statements


def _import(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _is_fixture(value: Any) -> bool:
    # pytest has no public name for either form; the second is that of pytest before 8.4.
    return type(value).__module__ == "_pytest.fixtures" or (
        isinstance(value, FunctionType) and hasattr(value, "_pytestfixturefunction")
    )


def _hold_parameters(test: Any) -> None:
    """Turn generators of parameters into lists: they are read twice here, and pytest warns."""
    for i, mark in enumerate(getattr(test, "pytestmark", ())):
        if mark.name == "parametrize" and isinstance(mark.args[1], Iterator):
            names, values, *rest = mark.args
            test.pytestmark[i] = pytest.mark.parametrize(
                names, list(values), *rest, **mark.kwargs
            ).mark


def _names(test: Callable[..., None], module: ModuleType) -> set[str]:
    """Return the names in the code of `test` and of the functions of its file that it names."""
    names: set[str] = set()
    waiting: list[Any] = [inspect.unwrap(test)]
    while waiting:
        function = waiting.pop()
        new = set(_code_names(function.__code__)) - names
        names |= new
        called = (inspect.unwrap(f) for f in map(vars(module).get, new) if callable(f))
        waiting += [
            f for f in called if isinstance(f, FunctionType) and f.__module__ == module.__name__
        ]
    return names


def _code_names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_names(constant)


def _inside(value: Any) -> Iterator[Any]:
    """Yield `value` and what is in it: members of containers, parameters of estimators."""
    yield value
    members: list[Any] = []
    if isinstance(value, list | tuple | set):
        members = list(value)
    elif isinstance(value, dict):
        members = list(value.values())
    elif isinstance(value, partial):
        members = [value.func, *value.args, *value.keywords.values()]
    elif not isinstance(value, type) and hasattr(value, "get_params"):
        members = list(value.get_params(deep=False).values())
    for member in members:
        yield from _inside(member)
