"""`Schedule`, and the two that consist of one clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, overload

from castra import _castra, times
from castra.schedules.adjustments import Adjustment
from castra.schedules.clocks import Clock, ClockEvent, CronClock, IntervalClock
from castra.schedules.filters import Filter


class Schedule:
    """When runs of a flow start.

    Args:
        clocks: emit candidate events.
        filters: a candidate must pass all of these, …
        or_filters: … one of these, if there are any, …
        not_filters: … and none of these. All are those of `castra.schedules.filters`: the server asks them, which runs no Python.
        adjustments: move what passed, one after the other; those of `castra.schedules.adjustments`.

    Raises:
        TypeError: a clock, filter or adjustment is none.
    """

    def __init__(
        self,
        clocks: Iterable[Clock],
        filters: Iterable[Filter] | None = None,
        or_filters: Iterable[Filter] | None = None,
        not_filters: Iterable[Filter] | None = None,
        adjustments: Iterable[Adjustment] | None = None,
    ) -> None:
        self.clocks = _each("clocks", clocks, Clock, "a clock of castra.schedules.clocks")
        self.filters = _each("filters", filters, Filter, "a filter of castra.schedules.filters")
        self.or_filters = _each("or_filters", or_filters, Filter, "a filter of castra.schedules.filters")
        self.not_filters = _each("not_filters", not_filters, Filter, "a filter of castra.schedules.filters")
        adjusting = "an adjustment of castra.schedules.adjustments"
        self.adjustments = _each("adjustments", adjustments, Adjustment, adjusting)

    @property
    def start_date(self) -> datetime | None:
        """When the first of the clocks begins; `None` if none says."""
        return min((clock.start_date for clock in self.clocks if clock.start_date), default=None)

    @property
    def end_date(self) -> datetime | None:
        """When the last of the clocks that end does; `None` if none does."""
        return max((clock.end_date for clock in self.clocks if clock.end_date), default=None)

    @overload
    def next(self, n: int, after: datetime | None = None, return_events: Literal[False] = False) -> list[datetime]: ...
    @overload
    def next(self, n: int, after: datetime | None = None, *, return_events: Literal[True]) -> list[ClockEvent]: ...
    @overload
    def next(self, n: int, after: datetime | None, return_events: Literal[True]) -> list[ClockEvent]: ...

    def next(
        self, n: int, after: datetime | None = None, return_events: bool = False
    ) -> list[datetime] | list[ClockEvent]:
        """The next `n` starts after `after`, which is now unless it is given; in UTC, in order, no two the same.

        Fewer come back if the clocks end, or if fewer than `n` of the first 10,000 candidates pass the filters.

        Args:
            n: how many.
            after: after when; without a time zone it is UTC.
            return_events: whether parameters and labels of the clocks are wanted, too.
        """
        instant = (times.aware(after) or times.now()).isoformat()
        found = _castra.schedule_events(self.serialize(), instant, n)
        events = [ClockEvent(times.told(times.at(micros)), parameters, labels) for micros, parameters, labels in found]
        return events if return_events else [event.start_time for event in events]

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered.

        Raises:
            TypeError, ValueError: something in it was changed to what it cannot be.
        """
        parts = ("clocks", "filters", "or_filters", "not_filters", "adjustments")
        return _castra.schedule_to_json({part: [each.serialize() for each in getattr(self, part)] for part in parts})

    def __eq__(self, other: object) -> bool:
        return self.serialize() == other.serialize() if isinstance(other, Schedule) else NotImplemented

    def __repr__(self) -> str:
        others = ("filters", "or_filters", "not_filters", "adjustments")
        shown = (f", {part}={getattr(self, part)!r}" for part in others if getattr(self, part))
        return f"Schedule({self.clocks!r}{''.join(shown)})"


def IntervalSchedule(
    start_date: datetime | None = None, interval: timedelta | None = None, end_date: datetime | None = None
) -> Schedule:
    """A start every `interval`, see `IntervalClock`, whose interval is required though it comes second here, as in Prefect 1."""
    if interval is None:
        raise TypeError("IntervalSchedule needs `interval`, a timedelta")
    return Schedule([IntervalClock(interval, start_date=start_date, end_date=end_date)])


def CronSchedule(
    cron: str, start_date: datetime | None = None, end_date: datetime | None = None, day_or: bool | None = None
) -> Schedule:
    """A start at the clock times that a cron expression names, see `CronClock`."""
    return Schedule([CronClock(cron, start_date=start_date, end_date=end_date, day_or=day_or)])


def _each(name: str, items: Sequence[Any] | Iterable[Any] | None, kind: type, wanted: str) -> list[Any]:
    found = list(items or [])
    for item in found:
        if not isinstance(item, kind):
            raise TypeError(f"Schedule.{name} holds {item!r}, which is not {wanted}")
    return found
