"""Schedules with filters or adjustments of one's own: each candidate of the clocks is shown to them here. The server asks the others."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from itertools import islice
from typing import TYPE_CHECKING

from castra import times
from castra.schedules.clocks import Clock, ClockEvent

if TYPE_CHECKING:
    from castra.schedules.schedules import Schedule

# How many candidates are looked at, as in Rust.
_MAX_CANDIDATES = 10_000


def next_events(schedule: Schedule, n: int, after: datetime) -> list[ClockEvent]:
    """The next `n` events after an instant, as `Schedule.next` says.

    Raises:
        TypeError: an adjustment gives what is no datetime.
    """
    found: list[ClockEvent] = []
    for clock, event in islice(_candidates(schedule.clocks, after), _MAX_CANDIDATES):
        if len(found) == n:
            break
        candidate = times.told(clock.shown(event.start_time))
        if _passes(schedule, candidate):
            start = _adjusted(schedule, candidate).astimezone(timezone.utc)
            moved = ClockEvent(times.told(start), event.parameter_defaults, event.labels)
            if after < start and moved not in found:
                found.append(moved)
    return sorted(found, key=lambda event: event.start_time)


def _candidates(clocks: Iterable[Clock], after: datetime) -> Iterator[tuple[Clock, ClockEvent]]:
    """The events of all clocks by time; at the same time in the order of the clocks, the same event once."""
    merged = heapq.merge(*(_of(clock, after) for clock in clocks), key=lambda candidate: candidate[1].start_time)
    previous: ClockEvent | None = None
    for clock, event in merged:
        if event != previous:
            yield clock, event
        previous = event


def _of(clock: Clock, after: datetime) -> Iterator[tuple[Clock, ClockEvent]]:
    return ((clock, event) for event in clock.events(after))


def _passes(schedule: Schedule, candidate: datetime) -> bool:
    return (
        all(passes(candidate) for passes in schedule.filters)
        and (not schedule.or_filters or any(passes(candidate) for passes in schedule.or_filters))
        and not any(passes(candidate) for passes in schedule.not_filters)
    )


def _adjusted(schedule: Schedule, candidate: datetime) -> datetime:
    for adjust in schedule.adjustments:
        candidate = adjust(candidate)
        if not isinstance(candidate, datetime):
            raise TypeError(f"the adjustment {adjust!r} gave {candidate!r}, which is no datetime")
    return candidate
