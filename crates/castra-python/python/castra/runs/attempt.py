"""One attempt of a task: calls its ``run``, and says how it went in the words of the engine."""

from __future__ import annotations

import copy
from collections import namedtuple
from collections.abc import Callable, Sequence

from castra import _castra
from castra.engine import signals, state
from castra.engine.result import Result
from castra.exceptions import PrefectSignal
from castra.runs import kept
from castra.runs.stdout import logged_stdout
from castra.runs.wire import judges_itself
from castra.times import written
from castra.utilities.context import context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from castra.core.edge import Edge
    from castra.core.task import Task
    from castra.runs.run import Run


class Answer(namedtuple("Answer", ["name", "message", "result", "is_final", "stored"], defaults=[None])):
    """How an attempt went: the name of a state and its message.

    ``result`` is the result, or of a state that waits, until when it does; ``is_final`` says whether it stands whatever retries are
    left; ``stored`` is where the result is stored, in its wire form, or ``None``.
    """


class TaskAttempts:
    """The attempts of a task in a run; calling it makes one."""

    __slots__ = ("edges", "judges", "keeps", "names", "run", "slug", "stored", "task")

    def __init__(
        self, task: Task, slug: str, names: Sequence[str | None], edges: Sequence[Edge], run: Run, stored: Any
    ):
        self.task = task
        self.slug = slug
        self.names = names
        self.edges = edges
        self.run = run
        self.judges = judges_itself(task)
        #: Where results are stored, if anywhere.
        self.stored = stored
        self.keeps = stored is not None or task.cache_for is not None

    def __call__(
        self,
        values: list[Any],
        attempt: _castra.Attempt,
        name_task_run: Callable[[str, str], None] = _castra.name_task_run,
    ) -> Answer:
        with context(self.context(attempt)):
            try:
                if self.judges:
                    self._judge(attempt)
                arguments = self.arguments(values)
                self.name_run(arguments, attempt, name_task_run)
                if not self.keeps:
                    result = self._run(arguments)
                elif (cached := kept.found(self.task, self.stored, arguments)) is not None:
                    return _answer("Cached", str(cached.message), cached._result)
                else:
                    result = self._run(arguments)
                    return _answer("Success", "Task run succeeded.", kept.keep(self.task, self.stored, arguments, result))
            except PrefectSignal as signal:
                return _of_signal(signal)
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                return self._of_error(error)
        return Answer("Success", "Task run succeeded.", result, True)

    def context(self, attempt: _castra.Attempt) -> dict[str, Any]:
        """The context of one attempt."""
        return self.run.of_attempt(self.task, self.slug, attempt)

    def arguments(self, values: Sequence[Any]) -> dict[str, Any]:
        """The values by the names of the arguments that they are for."""
        return {name: value for name, value in zip(self.names, values) if name is not None}

    def name_run(
        self, arguments: dict[str, Any], attempt: _castra.Attempt, name_task_run: Callable[[str, str], None]
    ) -> None:
        """Tells the name that the task gives its run, if it does."""
        if self.task.task_run_name:
            name_task_run(attempt.task_run_id, kept.named(self.task.task_run_name, arguments))

    def to_send(self) -> TaskAttempts:
        """What of it another process needs to make attempts; the process of the flow keeps handlers and what ``cache_for`` keeps."""
        task = self.task
        if task.state_handlers or task.cache_for is not None:
            task = copy.copy(task)
            task.state_handlers, task.cache_for = [], None
        edges = self.edges if self.judges else ()
        return TaskAttempts(task, self.slug, self.names, edges, self.run, self.stored)

    def _run(self, arguments: dict[str, Any]) -> Any:
        if not self.task.log_stdout:
            return self.task.run(**arguments)
        with logged_stdout(self.task.logger):
            return self.task.run(**arguments)

    def _judge(self, attempt: _castra.Attempt) -> None:
        """Asks the task's own trigger, which says no by raising a signal, or by giving something false."""
        upstream = {edge: ended(*told) for edge, told in zip(self.edges, attempt.upstream)}
        try:
            met = self.task.trigger(upstream)
        except Exception as error:
            self.task.logger.exception("The trigger itself failed")
            raise signals.TRIGGERFAIL("The trigger itself failed", result=error) from error
        if not met:
            raise signals.TRIGGERFAIL("Trigger failed")

    def _of_error(self, error: BaseException) -> Answer:
        retried = self.task.retry_on is None or isinstance(error, tuple(self.task.retry_on))
        # The lines of this file say nothing about the task.
        while error.__traceback__ is not None and error.__traceback__.tb_frame.f_code.co_filename == __file__:
            error.__traceback__ = error.__traceback__.tb_next
        self.task.logger.error("The task failed", exc_info=error)
        return Answer("Failed", f"The task failed: {error!r}", error, not retried)


def _answer(name: str, message: str, result: Result) -> Answer:
    return Answer(name, message, result.value, True, None if result.location is None else result.serialize())


def ended(name: str, children: Sequence[str], result: Any) -> state.State:
    """The state of a task that another one waited for."""
    kind: type[state.State] = getattr(state, name)
    if kind is not state.Mapped:
        return kind(result=result)
    results = result if isinstance(result, list) else [None] * len(children)
    return state.Mapped(map_states=[ended(child, (), one) for child, one in zip(children, results)], result=result)


def _of_signal(signal: PrefectSignal) -> Answer:
    assert isinstance(signal, (signals.ENDRUN, signals.PrefectStateSignal))
    of = signal.state
    result = written(of.start_time) if isinstance(of, (state.Retrying, state.Paused)) else of.result
    is_final = isinstance(signal, signals.ENDRUN) or not isinstance(of, state.Failed) or isinstance(of, state.TriggerFailed)
    return Answer(type(of).__name__, _message(of), result, is_final)


def _message(of: state.State) -> str:
    return "" if of.message is None else str(of.message)
