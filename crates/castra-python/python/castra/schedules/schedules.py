"""`Schedule`, and the two that consist of one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Literal, overload

from castra import _castra, times
from castra.schedules.adjustments import Adjustment
from castra.schedules.clocks import Clock, ClockEvent, CronClock, IntervalClock, RRuleClock
from castra.schedules.filters import Filter
from castra.schedules.functions import Function

# What stands in a schedule besides its clocks.
_FUNCTIONS = ("filters", "or_filters", "not_filters", "adjustments")


class Schedule:
    """When runs of a flow start.

    Args:
        clocks: emit candidate events.
        filters: a candidate must pass all of these, …
        or_filters: … one of these, if there are any, …
        not_filters: … and none of these. They look at the clock time in the time zone of the clock.
        adjustments: move what passed, one after the other.

    Filters and adjustments are those of `castra.schedules.filters` and `castra.schedules.adjustments`, or functions of your own,
    which take a datetime and give a bool or a datetime. With a function of your own, the schedule can be asked for its next
    starts, and `flow.run()` keeps to it; it cannot be registered: the server asks the functions, and it runs no Python.

    Raises:
        TypeError: a clock, filter or adjustment is none.
    """

    def __init__(
        self,
        clocks: Iterable[Clock],
        filters: Iterable[Filter | Callable[[datetime], Any]] | None = None,
        or_filters: Iterable[Filter | Callable[[datetime], Any]] | None = None,
        not_filters: Iterable[Filter | Callable[[datetime], Any]] | None = None,
        adjustments: Iterable[Adjustment | Callable[[datetime], datetime]] | None = None,
    ) -> None:
        filtering = "a filter of castra.schedules.filters, nor a function"
        adjusting = "an adjustment of castra.schedules.adjustments, nor a function"
        self.clocks = _each("clocks", clocks, lambda it: isinstance(it, Clock), "a clock of castra.schedules.clocks")
        self.filters = _each("filters", filters, callable, filtering)
        self.or_filters = _each("or_filters", or_filters, callable, filtering)
        self.not_filters = _each("not_filters", not_filters, callable, filtering)
        self.adjustments = _each("adjustments", adjustments, callable, adjusting)

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
        events = self._next_events(n, times.aware(after) or times.now())
        return events if return_events else [event.start_time for event in events]

    def _next_events(self, n: int, after: datetime) -> list[ClockEvent]:
        if self._functions_of_ones_own():
            from castra.schedules.candidates import next_events

            return next_events(self, n, after)
        found = _castra.schedule_events(self.serialize(), after.isoformat(), n)
        return [ClockEvent(times.told(times.at(micros)), parameters, labels) for micros, parameters, labels in found]

    def _functions_of_ones_own(self) -> list[str]:
        """Where functions stand that are no functions of `castra.schedules`, and what they are called."""
        return [
            f"Schedule.{part}[{place}] is {getattr(function, '__qualname__', function)!r}"
            for part in _FUNCTIONS
            for place, function in enumerate(getattr(self, part))
            if not isinstance(function, Function)
        ]

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered.

        Raises:
            TypeError, ValueError: something in it was changed to what it cannot be.
            ValueError: it has a filter or an adjustment of your own.
        """
        if own := self._functions_of_ones_own():
            raise ValueError(
                f"a schedule with functions of your own cannot be registered, as the server runs no Python: {', '.join(own)}. Take "
                "those of castra.schedules.filters and castra.schedules.adjustments, or ask in the first task of the flow"
            )
        parts = ("clocks", *_FUNCTIONS)
        return _castra.schedule_to_json({part: [each.serialize() for each in getattr(self, part)] for part in parts})

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Schedule) else NotImplemented

    def __repr__(self) -> str:
        shown = (f", {part}={getattr(self, part)!r}" for part in _FUNCTIONS if getattr(self, part))
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


def RRuleSchedule(rrule_obj: Any, start_date: datetime | None = None, end_date: datetime | None = None) -> Schedule:
    """A start at the times that a recurrence rule of dateutil names, see `RRuleClock`."""
    return Schedule([RRuleClock(rrule_obj, start_date=start_date, end_date=end_date)])


def _each(name: str, items: Iterable[Any] | None, belongs: Callable[[Any], bool], wanted: str) -> list[Any]:
    found = list(items or [])
    for item in found:
        if not belongs(item):
            raise TypeError(f"Schedule.{name} holds {item!r}, which is not {wanted}")
    return found
