"""How an attempt travels to another process, and its answer back: as pickles, piece by piece, so that it can be said of each what it
is and why it cannot travel."""

from __future__ import annotations

import io
import sys
from collections import ChainMap
from collections.abc import Callable
from functools import cache, partial
from types import CodeType
from typing import TYPE_CHECKING, Any, NamedTuple

from castra import _castra
from castra.runs.attempt import Answer
from castra.runs.pickled import FLOW_FILE, cloudpickle

if TYPE_CHECKING:
    from castra.core.task import Task
    from castra.runs.elsewhere.site import Work


class NotPicklable(TypeError):
    """Something cannot travel to another process."""


class Surroundings(NamedTuple):
    """What is so in the process of the flow, and has to be so where its tasks are done."""

    #: Whether ``prefect`` means Castra.
    prefect_is_castra: bool
    #: The level from which on log lines are wanted.
    level: int


class Packed(NamedTuple):
    """An attempt without its task, as it travels."""

    number: int
    map_index: int | None
    task_run_id: str
    round: int
    resumed: bool
    round_result: Any
    #: The values of its arguments.
    values: list[Any]
    #: How what it waited for has ended.
    upstream: list[tuple[str, list[str], Any]]


#: An answer as it travels: with its result pickled.
PackedAnswer = Answer


def surroundings() -> Surroundings:
    """What is so in this process."""
    from castra.utilities.logging import get_logger

    return Surroundings("castra.prefect" in sys.modules, get_logger().level)


def pickled(value: Any, what: str) -> bytes:
    """A value as it travels.

    Raises ``NotPicklable`` with ``what`` it is.
    """
    try:
        return _dumped(value)
    except Exception as error:
        raise NotPicklable(
            f"{what} cannot be pickled, as it has to be for another process: {error!r}. Make what cannot be pickled within the "
            "task that needs it, or let the flow's tasks run in threads: LocalDaskExecutor(scheduler='threads')"
        ) from error


def _dumped(value: Any) -> bytes:
    module = cloudpickle()
    if FLOW_FILE in sys.modules:
        # Other processes cannot import it.
        module.register_pickle_by_value(sys.modules[FLOW_FILE])
    content = io.BytesIO()
    _pickler()(content).dump(value)
    return content.getvalue()


@cache
def _pickler() -> Any:
    """The pickler of ``cloudpickle``, but for code."""
    pickler = cloudpickle().Pickler
    table = pickler.dispatch_table
    changed = {CodeType: partial(_code, table[CodeType])}
    return type("Pickler", (pickler,), {"dispatch_table": ChainMap(changed, table)})


def _code(reduce: Callable[[CodeType], tuple[Any, tuple[Any, ...]]], code: CodeType) -> tuple[Any, tuple[Any, ...]]:
    """Code with the name of its file, for tracebacks; ``cloudpickle`` would leave it out."""
    function, arguments = reduce(code)
    return function, tuple(code.co_filename if argument == "<dynamic-code>" else argument for argument in arguments)


def unpickled(content: bytes) -> Any:
    """The value that `pickled` wrote.

    Raises whatever unpickling raises.
    """
    return cloudpickle().loads(content)


def packed(work: Work, pack: Callable[[Any, str], Any]) -> Packed:
    """An attempt as it travels; ``pack(value, what)`` packs a value, and can be `pickled`.

    Raises ``NotPicklable``.
    """
    attempt, task = work.attempt, work.attempts.made.task
    names = work.attempts.made.names
    values = [
        pack(value, f"the argument {name!r} of the task {task.name!r}") for name, value in zip(names, work.values)
    ]
    waited_for = f"a result that the trigger of the task {task.name!r} looks at"
    return Packed(
        attempt.number,
        attempt.map_index,
        attempt.task_run_id,
        attempt.round,
        attempt.resumed,
        pack(attempt.round_result, f"what a round of the task {task.name!r} gave"),
        values,
        [(name, children, pack(result, waited_for)) for name, children, result in attempt.upstream],
    )


def unpacked(of: Packed, unpack: Callable[[Any], Any]) -> tuple[list[Any], _castra.Attempt]:
    """The values of an attempt, and what it may know; ``unpack`` undoes what ``pack`` did.

    Raises whatever unpickling raises.
    """
    upstream = [(name, children, unpack(result)) for name, children, result in of.upstream]
    attempt = _castra.Attempt(
        of.number, of.map_index, of.task_run_id, of.resumed, (of.round, unpack(of.round_result)), upstream
    )
    return [unpack(value) for value in of.values], attempt


def packed_answer(answer: Answer, task: Task) -> PackedAnswer:
    """An answer as it travels. A result that cannot be pickled is a failure; what a failure gave besides its message can be lost."""
    try:
        return answer._replace(result=pickled(answer.result, f"the result of the task {task.name!r}"))
    except NotPicklable as error:
        if isinstance(answer.result, BaseException):
            return answer._replace(result=pickled(RuntimeError(answer.message), "a message"))
        task.logger.error("%s", error)
        return Answer("Failed", str(error), pickled(None, "nothing"), True)


def unpacked_answer(packed_answer: PackedAnswer, task: Task) -> Answer:
    """The answer. As in `packed_answer`, a result that cannot be unpickled is a failure, and that of a failure can be lost."""
    try:
        return packed_answer._replace(result=unpickled(packed_answer.result))
    except Exception as error:
        if packed_answer.name not in ("Success", "Cached", "Looped"):
            return packed_answer._replace(result=RuntimeError(packed_answer.message))
        message = f"the result of the task {task.name!r} cannot be unpickled in the process of its flow: {error!r}"
        task.logger.error("%s", message)
        return Answer("Failed", message, error, True)


def not_unpickled(error: Exception) -> PackedAnswer:
    """The answer of an attempt that could not be made, because this came of unpickling it."""
    message = f"the task, or what it is given, cannot be unpickled in the process that is to run it: {error!r}"
    return not_made(message, error, True)


def not_made(message: str, result: BaseException | None = None, is_final: bool = False) -> PackedAnswer:
    """The answer of an attempt that the other process did not make, or not to its end."""
    try:
        return Answer("Failed", message, pickled(result, "what kept it from being made"), is_final)
    except NotPicklable:
        return Answer("Failed", message, pickled(None, "nothing"), is_final)
