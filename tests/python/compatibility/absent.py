"""What the tests of Prefect 1 import and Castra does not have: a stand-in that fails whoever uses it, and says what it stands for.
So a test file is measured test by test, instead of failing as a whole."""

import ast
import importlib

_MISSING = object()

#: Whether tests run; while they are collected, what is absent may be spoken of.
tests_run = False


class Absent(BaseException):
    """A test used what Castra does not have; no `except Exception` hides it."""


class _Type(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if not tests_run:
            return stand_in(f"{cls.path}.{name}")
        raise Absent(f"{cls.path}.{name}")

    def __call__(cls, *given, **_):
        if not tests_run:
            # As a decorator it leaves alone what it decorates.
            return given[0] if given and callable(given[0]) else stand_in(f"{cls.path}()")
        raise Absent(cls.path)

    def __enter__(cls):
        raise Absent(cls.path)

    def __exit__(cls, *_):
        pass

    def __instancecheck__(cls, _):
        raise Absent(cls.path)


def stand_in(path: str) -> type:
    """Stands for what `path` names; a class of its own, so that tests can derive from it."""
    return _Type(path.rpartition(".")[2], (), {"path": path})


def find(path: str, name: str = ""):
    """The module, or what it has of this name; a stand-in if there is none."""
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError:
        return stand_in(f"{path}.{name}" if name else path)
    if not name:
        return module
    found = getattr(module, name, _MISSING)
    if found is not _MISSING:
        return found
    try:
        return importlib.import_module(f"{path}.{name}")
    except ModuleNotFoundError:
        return stand_in(f"{path}.{name}")


class _Imports(ast.NodeTransformer):
    """Lets every import of prefect go through `find`."""

    def visit_ImportFrom(self, node):
        if not (node.module or "").split(".")[0] == "prefect":
            return node
        return [
            _assign(alias.asname or alias.name, f"_find({node.module!r}, {alias.name!r})", node) for alias in node.names
        ]

    def visit_Import(self, node):
        kept = [alias for alias in node.names if alias.name.split(".")[0] != "prefect"]
        others = [alias for alias in node.names if alias not in kept]
        statements = [ast.copy_location(ast.Import(kept), node)] if kept else []
        for alias in others:
            # Whether a module further down is there shows when it is used.
            name, path = (alias.asname, alias.name) if alias.asname else ("prefect", "prefect")
            statements.append(_assign(name, f"_find({path!r})", node))
        return statements


def _assign(name: str, expression: str, at: ast.AST) -> ast.AST:
    (statement,) = ast.parse(f"{name} = {expression}").body
    return ast.fix_missing_locations(ast.copy_location(statement, at))


def rewritten(source: str) -> str:
    """The source of a test file with its imports of prefect rewritten."""
    tree = _Imports().visit(ast.parse(source))
    return "from absent import find as _find\n" + ast.unparse(ast.fix_missing_locations(tree))
