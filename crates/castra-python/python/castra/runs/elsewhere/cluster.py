"""A Dask cluster on which attempts are made, each as a task of Dask's."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from castra.runs.attempt import Answer
from castra.runs.elsewhere import packing, worker
from castra.runs.elsewhere.shared import Shared
from castra.runs.elsewhere.site import Work, failed
from castra.runs.held import Held

if TYPE_CHECKING:
    from castra.core.task import Task

T = TypeVar("T")

#: How often it is looked whether the scheduler is still there, in seconds.
_LOOK = 1.0

#: How long it may take to break off what still runs when the run is over, in seconds.
_CLEAN_UP = 2.0


class Cluster:
    """The cluster of a client. Two threads of this process see to what ends there and to what is to be broken off."""

    def __init__(self, client: Any):
        self._client = client
        # The scheduler forgets the events of this topic with the client.
        self._topic: str = client.id
        self._surroundings = packing.surroundings()
        self._shared = Shared(client)
        self._numbers = count(1)
        self._sent: dict[int, _Sent] = {}
        self._ended: SimpleQueue[_Sent | None] = SimpleQueue()
        self._cancelled: SimpleQueue[_Sent | None] = SimpleQueue()
        client.subscribe_topic(self._topic, self._hear)
        self._threads = [
            threading.Thread(target=target, name="castra-cluster", daemon=True) for target in (self._follow, self._cancel)
        ]
        for thread in self._threads:
            thread.start()

    def begin(self, work: Work) -> None:
        """As `castra.runs.elsewhere.site.Site` says."""
        task = self._shared.sent(work.attempts, work.attempts.packed)
        fields = list(packing.packed(work, self._pack))
        options = {"key": _key(work), "resources": _resources(work.attempts.made.task), "pure": False}
        sent = _Sent(work, next(self._numbers))
        work.at_site = sent
        self._sent[sent.number] = sent
        of = worker.Shipment(self._topic, sent.number)
        try:
            sent.future = self._client.submit(worker.make, of, self._surroundings, task, fields, **options)
        except Exception as error:
            self._end(sent, failed(work, f"Dask does not take the task: {error!r}"))
            return
        sent.future.add_done_callback(lambda _: self._ended.put(sent))

    def cancel(self, work: Work) -> None:
        """As `castra.runs.elsewhere.site.Site` says."""
        sent = self._sent.pop(work.at_site.number, None)
        if sent is not None:
            self._cancelled.put(sent)

    def close(self) -> None:
        """Breaks off what still runs; the cluster itself is left to whoever started it."""
        for number in list(self._sent):
            self._cancelled.put(self._sent.pop(number))
        self._ended.put(None)
        self._cancelled.put(None)
        for thread in self._threads:
            thread.join(_CLEAN_UP)
        self._client.unsubscribe_topic(self._topic)

    def _pack(self, value: Any, what: str) -> Any:
        """A value as it travels: what stays on the cluster as Dask's future, all else as a pickle."""
        if isinstance(value, _HeldByDask):
            return value.future
        if type(value) is list and any(isinstance(one, _HeldByDask) for one in value):
            return [self._pack(one, what) for one in value]
        return self._shared.sent(value, partial(packing.pickled, value, what))

    def _hear(self, event: tuple[float, Any]) -> None:
        """Hears what the attempts say: `castra.runs.elsewhere.worker.make` tells it."""
        if isinstance(event[1], dict):
            # The scheduler itself tells of the client.
            return
        number, kind, what = event[1]
        sent = self._sent.get(number)
        if sent is None:
            return
        if kind == "begin":
            sent.work.begin()
        elif kind == "stays":
            sent.stays = Answer(*what)
        else:
            sent.work.hear((kind, what))

    def _follow(self) -> None:
        """Takes the answers."""
        while (ended := _next(self._ended, _LOOK)) is not None:
            self._take([sent for sent in ended if sent.number in self._sent])
            if self._client.status == "closed":
                for sent in list(self._sent.values()):
                    self._end(sent, failed(sent.work, "The task was lost: the Dask scheduler cannot be reached any more."))

    def _take(self, ended: Iterable[_Sent]) -> None:
        come_along = []
        for sent in ended:
            status = sent.future.status
            if status in ("pending", "lost"):
                # Its worker has gone, and Dask does it once more.
                sent.future.add_done_callback(lambda _, sent=sent: self._ended.put(sent))
            elif status != "finished":
                self._end(sent, failed(sent.work, _why(sent.future)))
            elif sent.stays is not None:
                self._end(sent, sent.stays._replace(result=_HeldByDask(sent.future, sent.task)))
            else:
                come_along.append(sent)
        for sent, answer in zip(come_along, self._fetched(come_along)):
            self._end(sent, answer)

    def _fetched(self, ended: list[_Sent]) -> Iterable[Answer]:
        """The answers of attempts that have ended, in one go, unless one of them is lost."""
        try:
            packed = self._client.gather([sent.future for sent in ended])
            return [packing.unpacked_answer(one, sent.task) for sent, one in zip(ended, packed)]
        except Exception:
            return [_fetched_alone(sent) for sent in ended]

    def _end(self, sent: _Sent, answer: Answer) -> None:
        if self._sent.pop(sent.number, None) is not None:
            sent.work.end(answer)

    def _cancel(self) -> None:
        """Breaks attempts off: those that wait are not begun any more, those that run are interrupted."""
        while (cancelled := _next(self._cancelled, None)) is not None:
            if not cancelled:
                continue
            attempts = [worker.Shipment(self._topic, sent.number) for sent in cancelled]
            try:
                self._client.cancel([sent.future for sent in cancelled if sent.future is not None])
                self._client.run(worker.interrupt, attempts, on_error="ignore")
            except Exception:
                # A scheduler that is not there any more has forgotten them.
                continue


class _Sent:
    """An attempt on the cluster."""

    def __init__(self, work: Work, number: int):
        self.work = work
        self.number = number
        self.future: Any = None
        #: Its answer without the result, if that stays on the cluster.
        self.stays: Answer | None = None

    @property
    def task(self) -> Task:
        """The task that it is an attempt of."""
        return self.work.attempts.made.task


class _HeldByDask(Held):
    """A result that stays on the cluster, as long as this is there."""

    def __init__(self, future: Any, task: Task):
        self.future = future
        self.task = task

    def here(self) -> Any:
        """As `castra.runs.held.Held` says."""
        try:
            return packing.unpickled(self.future.result().result)
        except Exception as error:
            raise RuntimeError(f"the result of the task {self.task.name!r} cannot be fetched from the Dask cluster: {error!r}") from error


def _key(work: Work) -> str:
    """What an attempt is called on the cluster."""
    index = work.attempt.map_index
    return "-".join([work.attempts.made.task.name, *([] if index is None else [str(index)]), uuid.uuid4().hex])


def _resources(task: Task) -> dict[str, float] | None:
    """The worker resources that the tags of a task ask for.

    Raises ``ValueError`` for such a tag that says no amount.
    """
    resources = {}
    for tag in task.tags:
        kind, _, amount = tag.partition(":")
        name, _, number = amount.partition("=")
        if kind.lower() == "dask-resource":
            try:
                resources[name] = float(number)
            except ValueError:
                raise ValueError(f"the tag {tag!r} of the task {task.name!r} says no amount: write dask-resource:GPU=1") from None
    return resources or None


def _fetched_alone(sent: _Sent) -> Answer:
    try:
        return packing.unpacked_answer(sent.future.result(), sent.task)
    except Exception as error:
        return failed(sent.work, f"The task's answer cannot be fetched from the Dask cluster: {error!r}")


def _why(future: Any) -> str:
    """Why Dask did not do a task."""
    if future.status == "cancelled":
        return "The task was lost: the Dask scheduler has cancelled it, or cannot be reached any more."
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        times = error.allowed_failures + 1
        again = f" {times} times, each time another one" if times > 1 else ""
        return f"The Dask worker that ran the task died{again} (out of memory?): {error.last_worker.address}. Its log may say more."
    return f"Dask could not do the task: {error!r}. Its workers need the package `castra`, in the version of the flow's process."


def _next(queue: SimpleQueue[T | None], timeout: float | None) -> list[T] | None:
    """All that is in a queue, once there is something or the time, in seconds, is over; ``None`` if it is at its end."""
    try:
        one = queue.get(timeout=timeout)
    except Empty:
        return []
    came: list[T] = []
    while one is not None:
        came.append(one)
        if queue.empty():
            return came
        one = queue.get()
    if not came:
        return None
    # The end is for the next time.
    queue.put(None)
    return came
