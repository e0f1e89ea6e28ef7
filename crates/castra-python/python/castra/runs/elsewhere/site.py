"""A site: where attempts are made that are not made in this process, and the attempts that are sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from castra import _castra
from castra.runs import kept
from castra.runs.attempt import Answer
from castra.runs.elsewhere import packing, telling
from castra.runs.held import here
from castra.utilities.context import context

if TYPE_CHECKING:
    from castra.runs.attempt import TaskAttempts


class Site(Protocol):
    """Where attempts are made."""

    def begin(self, work: Work) -> None:
        """Sends an attempt there, and returns at once; ``work.end`` is called with its answer when that comes.

        Raises ``NotPicklable`` if it cannot travel.
        """

    def cancel(self, work: Work) -> None:
        """Breaks an attempt off, and returns at once; nobody wants its answer any more."""


class Work:
    """One attempt that is made elsewhere."""

    def __init__(self, attempts: ElsewhereAttempts, values: list[Any], attempt: _castra.Attempt):
        self.attempts = attempts
        self.values = values
        self.attempt = attempt
        self.promise = _castra.Promise(self._cancel)
        #: What its site knows of it.
        self.at_site: Any = None
        #: Whether nobody wants its answer any more.
        self.is_cancelled = False

    def hear(self, said: telling.Said) -> None:
        """Takes what the attempt says while it is made."""
        telling.hear(said, self.attempt.task_run_id)

    def begin(self) -> None:
        """The attempt has begun, perhaps once more; until then it waited for a free place."""
        self.promise.begin()

    def end(self, answer: Answer) -> None:
        """Takes the answer."""
        try:
            self.attempts.keep(self.values, answer)
        except Exception:
            self.attempts.made.task.logger.exception("The result could not be kept for `cache_for`")
        self.promise.answer(answer)

    def _cancel(self) -> None:
        self.is_cancelled = True
        self.attempts.site.cancel(self)


class ElsewhereAttempts:
    """The attempts of a task in a run, made at a site; calling it sends one there."""

    def __init__(self, attempts: TaskAttempts, site: Site):
        self.made = attempts
        self.site = site
        self._packed: bytes | None = None

    def __call__(self, values: list[Any], attempt: _castra.Attempt) -> Answer | _castra.Promise:
        with context(self.made.context(attempt)):
            # What `cache_for` keeps is in this process.
            if self.made.task.cache_for is not None:
                arguments = self.made.arguments(here(values))
                if (cached := kept.cached(self.made.task, arguments)) is not None:
                    self.made.name_run(arguments, attempt, _castra.name_task_run)
                    return Answer("Cached", str(cached.message), cached.result, True)
            work = Work(self, values, attempt)
            try:
                self.site.begin(work)
            except packing.NotPicklable as error:
                self.made.task.logger.error("%s", error)
                return Answer("Failed", str(error), error, True)
        return work.promise

    def packed(self) -> bytes:
        """The task and what it knows of its run, as they travel.

        Raises ``NotPicklable``.
        """
        if self._packed is None:
            whole = f"the task {self.made.task.name!r}, or the context of its run,"
            self._packed = packing.pickled(self.made.to_send(), whole)
        return self._packed

    def keep(self, values: list[Any], answer: Answer) -> None:
        """Keeps the result in this process, if the task says so."""
        if answer.name == "Success" and self.made.task.cache_for is not None:
            arguments = self.made.arguments(here(values))
            with context(parameters=self.made.run.context["parameters"]):
                kept.keep_cached(self.made.task, arguments, here(answer.result))


def failed(work: Work, message: str) -> Answer:
    """The answer of an attempt that came to nothing; the task may be tried again."""
    work.attempts.made.task.logger.error("%s", message)
    return Answer("Failed", message, RuntimeError(message), False)
