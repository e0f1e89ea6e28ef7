"""What a task's ``run`` looks like: its arguments, which are given to it by name, and how many items it returns.

Of plain functions this is read from their code: ``inspect`` takes longer to import than a small flow takes to run. Whatever is out of
the ordinary, and what is wrong, is left to ``inspect`` and its words.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType, MethodType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Names of arguments that calling a task takes for itself.
RESERVED = ("upstream_tasks", "mapped", "task_args", "flow")

#: Flags of code (``inspect.CO_VARARGS``, ``inspect.CO_VARKEYWORDS``).
_TAKES_ARGS, _TAKES_KWARGS = 4, 8


class _Plain(namedtuple("_Plain", ["names", "defaults", "kwargs", "positional"])):
    """The arguments of a plain function without ``*args``, all of which can be given by name.

    ``kwargs`` is the name of what takes all other names, if anything does; ``positional`` says how many of the names can be given by
    position.
    """

    def fits(self, given: Mapping[str, Any]) -> bool:
        """Whether a call with these arguments is one that the function takes."""
        unknown = given.keys() - self.names
        return (self.kwargs is not None or not unknown) and all(
            name in given or name in self.defaults for name in self.names
        )


def _plain(run: Any) -> _Plain | None:
    bound = isinstance(run, MethodType)
    function: Any = run.__func__ if bound else run
    if type(function) is not FunctionType or function.__dict__:
        # What is wrapped says so in its attributes.
        return None
    code: CodeType = function.__code__
    if code.co_flags & _TAKES_ARGS or code.co_posonlyargcount or (bound and not code.co_argcount):
        return None
    count = code.co_argcount + code.co_kwonlyargcount
    names = code.co_varnames[bound:count]
    positional = code.co_argcount - bound
    values = function.__defaults__ or ()
    defaults = {**dict(zip(names[positional - len(values) : positional], values)), **(function.__kwdefaults__ or {})}
    kwargs = code.co_varnames[count] if code.co_flags & _TAKES_KWARGS else None
    return _Plain(names, defaults, kwargs, positional)


def arguments_of(run: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """What a call gives to each argument, by name.

    Raises ``TypeError`` if the call does not fit.
    """
    plain = _plain(run)
    if plain is not None and len(args) <= plain.positional:
        given = {**dict(zip(plain.names, args)), **kwargs}
        is_given_once = len(given) == len(args) + len(kwargs)
        if is_given_once and plain.fits(given):
            in_order = {name: given.pop(name) for name in plain.names if name in given}
            return {**in_order, **given}
    import inspect

    signature = inspect.signature(run)
    arguments = dict(signature.bind(*args, **kwargs).arguments)
    for parameter in signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(parameter.name, {}))
    return arguments


def check_takes(run: Callable[..., Any], name: str) -> None:
    """Raises ``TypeError`` if there is no such argument."""
    plain = _plain(run)
    if plain is None or not (plain.kwargs or name in plain.names):
        import inspect

        inspect.signature(run).bind_partial(**{name: None})


def check_run(run: Any) -> None:
    """Refuses what cannot be given its arguments by name.

    Raises ``ValueError`` for variable or reserved arguments, and for what cannot be looked into.
    """
    plain = _plain(run)
    names: Sequence[str] = _looked_into(run) if plain is None else plain.names
    taken = [name for name in RESERVED if name in names]
    if taken:
        raise ValueError(
            f"rename {', '.join(taken)}: calling a task takes arguments of these names for itself"
        )


def _looked_into(run: Any) -> list[str]:
    import inspect

    try:
        arguments = inspect.getfullargspec(inspect.unwrap(run))
    except TypeError:
        raise ValueError(
            "the arguments of this function are not known to Python, as with many that are written in C: call it from a "
            "function of your own, and make that the task"
        ) from None
    if arguments.varargs:
        raise ValueError(
            "a task gets its arguments by name and can take no *args: name them, or take **kwargs"
        )
    return arguments.args


def check_is_function(run: Callable[..., Any], name: str) -> None:
    """Refuses arguments that can only be given by position.

    Raises ``TypeError``.
    """
    if _plain(run) is not None:
        return
    import inspect

    parameters = inspect.signature(run).parameters.values()
    positional = [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.POSITIONAL_ONLY]
    if positional:
        raise TypeError(
            f"task {name} takes {', '.join(positional)} by position only, and a task gets its arguments by name: leave out the `/`"
        )


def inputs_of(run: Callable[..., Any], untyped: Any) -> dict[str, dict[str, Any]]:
    """Its arguments: whether each is required, of what type or else ``untyped``, and its default if it has one."""
    types = types_of(run)
    defaults = _defaults_of(run)
    inputs: dict[str, dict[str, Any]] = {}
    for name, (required, default) in defaults.items():
        inputs[name] = {"required": required, "type": types.get(name, untyped)}
        if not required:
            inputs[name]["default"] = default
    return inputs


def _defaults_of(run: Callable[..., Any]) -> dict[str, tuple[bool, Any]]:
    """Whether an argument is required, and what it is otherwise, by name."""
    plain = _plain(run)
    if plain is not None:
        names = plain.names if plain.kwargs is None else (*plain.names, plain.kwargs)
        return {name: (name not in plain.defaults, plain.defaults.get(name)) for name in names}
    import inspect

    parameters = inspect.signature(run).parameters.items()
    return {name: (parameter.default is parameter.empty, parameter.default) for name, parameter in parameters}


def types_of(run: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of its arguments and of what it returns, as types, or as texts if they name what is not there."""
    if _plain(run) is not None and all(annotation is None or type(annotation) is type for annotation in run.__annotations__.values()):
        return dict(run.__annotations__)
    import typing

    try:
        # `None` stands for its type there, and not here.
        return {name: None if hint is type(None) else hint for name, hint in typing.get_type_hints(run).items()}
    except Exception:
        return dict(getattr(run, "__annotations__", {}))


def number_of_outputs(run: Callable[..., Any]) -> int | None:
    """How many items the result has, by its annotation; ``None`` if that does not say."""
    annotation = types_of(run).get("return")
    if annotation is None or type(annotation) is type:
        return None
    import typing

    if typing.get_origin(annotation) is not tuple or annotation is typing.Tuple:  # noqa: UP006
        return None
    items = typing.get_args(annotation)
    if items == ((),):
        return 0
    return None if len(items) == 2 and items[1] is Ellipsis else len(items)
