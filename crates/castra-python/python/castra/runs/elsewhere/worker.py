"""What a Dask worker does: attempts, each in one of its threads."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from castra.runs import interruption
from castra.runs.attempt import Answer
from castra.runs.elsewhere import packing

#: Pickled results that are larger, in bytes, stay on the cluster.
STAYS = 64 * 1024

#: So many attempts that were given up are remembered: one may be on its way to a thread just then.
_REMEMBERED = 10_000

#: The attempts that are being made in this process.
_running: dict[Shipment, _Running] = {}

#: Attempts that were given up, the latest ones last.
_given_up: dict[Shipment, None] = {}


class Shipment(NamedTuple):
    """Whose attempt it is."""

    #: Of Dask's topics, the one at which the process of the flow listens.
    topic: str
    #: Which of that process' attempts it is.
    number: int


def make(of: Shipment, surroundings: packing.Surroundings, task: bytes, fields: Sequence[Any]) -> packing.PackedAnswer:
    """Makes an attempt and gives its answer. What it says meanwhile is told as events of the topic: ``(number, kind, what)``."""
    from distributed import get_worker

    worker = get_worker()

    def tell(said: tuple[str, Any]) -> None:
        worker.log_event(of.topic, (of.number, *said))

    running = _running[of] = _Running()
    try:
        with running:
            if of in _given_up:
                raise KeyboardInterrupt
            tell(("begin", None))
            if surroundings.prefect_is_castra:
                # Loggers are named after it, so it is imported before them.
                import castra.prefect  # noqa: F401
            from castra.runs.elsewhere.telling import made

            try:
                attempts = packing.unpickled(task)
                values, attempt = packing.unpacked(packing.Packed(*fields), _unpack)
            except Exception as error:
                return packing.not_unpickled(error)
            answer = made(attempts, values, attempt, tell, surroundings.level)
    except KeyboardInterrupt:
        return packing.not_made("The task was interrupted.")
    finally:
        del _running[of]
    if len(answer.result) > STAYS:
        # The answer itself is fetched only when its result is needed.
        tell(("stays", tuple(answer._replace(result=None))))
    return answer


def interrupt(attempts: Sequence[Shipment]) -> None:
    """Interrupts those of the attempts that are being made in this process, and lets none of them begin any more."""
    for of in attempts:
        _given_up[of] = None
        running = _running.get(of)
        if running is not None:
            running.interrupt()
    for of in list(_given_up)[:-_REMEMBERED]:
        _given_up.pop(of, None)


def _unpack(piece: Any) -> Any:
    """Undoes how the process of the flow packed a value: as a pickle, or as the answer of the attempt whose result it is."""
    if isinstance(piece, bytes):
        return packing.unpickled(piece)
    if isinstance(piece, Answer):
        return packing.unpickled(piece.result)
    return [_unpack(one) for one in piece]


class _Running:
    """An attempt in the thread that made it: within it, the attempt can be interrupted, once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: int | None = threading.get_ident()

    def interrupt(self) -> None:
        with self._lock:
            if self._thread is not None:
                interruption.interrupt(self._thread)
                self._thread = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: Any) -> None:
        thread = threading.get_ident()
        with self._lock:
            self._thread = None
        # It may have come too late.
        interruption.forget(thread)
