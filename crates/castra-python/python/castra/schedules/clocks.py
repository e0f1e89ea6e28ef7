"""Clocks: what emits the events of a schedule, with which parameters and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from castra import _castra, times

# How many events are asked for at once.
_AT_ONCE = 100


class ClockEvent:
    """A start that a clock asks for.

    Attributes:
        start_time: when.
        parameter_defaults: values for parameters of the run, over the defaults of the flow.
        labels: labels of the run; `None` leaves them to the flow.
    """

    def __init__(
        self,
        start_time: datetime,
        parameter_defaults: dict[str, Any] | None = None,
        labels: list[str] | None = None,
    ) -> None:
        self.start_time = start_time
        self.parameter_defaults = parameter_defaults or {}
        self.labels = labels

    def __eq__(self, other: object) -> bool:
        if isinstance(other, datetime):
            return self.start_time == other
        return vars(self) == vars(other) if isinstance(other, ClockEvent) else NotImplemented

    def __lt__(self, other: ClockEvent | datetime) -> bool:
        return self.start_time < (other.start_time if isinstance(other, ClockEvent) else other)

    def __gt__(self, other: ClockEvent | datetime) -> bool:
        return self.start_time > (other.start_time if isinstance(other, ClockEvent) else other)

    def __repr__(self) -> str:
        return f"ClockEvent({self.start_time.isoformat()!r}, {self.parameter_defaults!r}, {self.labels!r})"


class Clock:
    """Emits events; one of the types below, never this class itself.

    Attributes:
        start_date: no event comes before this; its time zone is the one whose clock times count, which otherwise is UTC.
        end_date: no event comes after this.
        parameter_defaults: values for parameters of the runs, over the defaults of the flow.
        labels: labels of the runs; `None` leaves them to the flow, an empty list means no labels.
    """

    # Its name on the wire, also of a clock that people derive from it.
    _type: ClassVar[str] = "Clock"

    def __init__(
        self,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        parameter_defaults: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
    ) -> None:
        self.start_date = times.aware(start_date)
        self.end_date = times.aware(end_date)
        self.parameter_defaults = dict(parameter_defaults or {})
        self.labels = None if labels is None else list(labels)
        # What is wrong is told here and now.
        _castra.schedule_to_json({"clocks": [self.serialize()]})

    def events(self, after: datetime | None = None) -> Iterator[ClockEvent]:
        """The events after `after`, which is now unless it is given, in order and in UTC; without end if the clock has none."""
        from castra.schedules.schedules import Schedule

        while events := Schedule([self]).next(_AT_ONCE, after, return_events=True):
            yield from events
            after = events[-1].start_time

    def shown(self, event: datetime) -> datetime:
        """An event of it, in the time zone whose clock times count."""
        return event.astimezone(self.start_date.tzinfo) if self.start_date else event

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered."""
        own = {"type": self._type, "parameter_defaults": self.parameter_defaults, "labels": self.labels}
        return {**own, **self._own_fields()}

    def _own_fields(self) -> dict[str, Any]:
        """The fields of this type of clock."""
        return {}

    def _bounds(self) -> dict[str, Any]:
        return {"start_date": times.local(self.start_date), "end_date": times.local(self.end_date)}

    def __eq__(self, other: object) -> bool:
        return self.serialize() == other.serialize() if isinstance(other, Clock) else NotImplemented

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in vars(self).items() if value not in (None, {}))
        return f"{type(self).__name__}({', '.join(shown)})"


class IntervalClock(Clock):
    """An event every `interval` after `start_date`, which otherwise is 2019-01-01 00:00 UTC.

    Intervals of a day or more keep the clock time of the start across daylight saving changes, shorter ones count elapsed time.

    Args:
        interval: from one second to ten thousand years.
        start_date: the first event; see `Clock`.
        end_date: see `Clock`.
        parameter_defaults: see `Clock`.
        labels: see `Clock`.

    Raises:
        TypeError: `interval` is no timedelta.
        ValueError: `interval` is shorter or longer.
    """

    _type = "IntervalClock"

    def __init__(
        self,
        interval: timedelta,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        parameter_defaults: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
    ) -> None:
        if not isinstance(interval, timedelta):
            raise TypeError(f"`interval` is a timedelta, not {interval!r}")
        self.interval = interval
        super().__init__(start_date, end_date, parameter_defaults, labels)

    def _own_fields(self) -> dict[str, Any]:
        return {"interval": self.interval // timedelta(microseconds=1), **self._bounds()}


class CronClock(Clock):
    """Events at the clock times that a cron expression names, in the time zone of `start_date`.

    Clock times that come twice (clocks set back) fire the first time only; those that are skipped (clocks set forward) fire once, at the
    moment of the change, unless the expression fires in every hour.

    Args:
        cron: minute, hour, day of month, month and day of week, and optionally second and year; `@daily` and the like, too.
        start_date: see `Clock`.
        end_date: see `Clock`.
        parameter_defaults: see `Clock`.
        labels: see `Clock`.
        day_or: if both days are restricted, whether one of them must match, as in cron, or with `False` both.

    Raises:
        ValueError: the expression cannot be read.
    """

    _type = "CronClock"

    def __init__(
        self,
        cron: str,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        parameter_defaults: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
        day_or: bool | None = None,
    ) -> None:
        self.cron = cron
        self.day_or = day_or is None or day_or
        super().__init__(start_date, end_date, parameter_defaults, labels)

    def _own_fields(self) -> dict[str, Any]:
        return {"cron": self.cron, "day_or": self.day_or, **self._bounds()}


class DatesClock(Clock):
    """Events at these times.

    Args:
        dates: at least one.
        parameter_defaults: see `Clock`.
        labels: see `Clock`.

    Raises:
        ValueError: there are no dates.
    """

    _type = "DatesClock"

    def __init__(
        self,
        dates: Iterable[datetime],
        parameter_defaults: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
    ) -> None:
        self.dates = [date for date in map(times.aware, dates) if date is not None]
        if not self.dates:
            raise ValueError("`dates` is empty: a clock that never fires is none")
        super().__init__(min(self.dates), max(self.dates), parameter_defaults, labels)

    def shown(self, event: datetime) -> datetime:
        """The date as it was given."""
        return next((date for date in self.dates if date == event), event)

    def _own_fields(self) -> dict[str, Any]:
        return {"dates": [times.local(date) for date in self.dates]}


class RRuleClock(Clock):
    """Events at the times that a recurrence rule of iCalendar (RFC 5545) names, counted from the rule's `dtstart` on, in its time
    zone, which is UTC if it has none.

    A clock time that comes twice (clocks set back) is the first of the two; one that is skipped comes later by what is skipped.

    Args:
        rrule_obj: an `rrule` or `rruleset` of `dateutil.rrule`.
        start_date: no event comes before this, wherever the rule begins.
        end_date: see `Clock`.
        parameter_defaults: see `Clock`.
        labels: see `Clock`.

    Raises:
        TypeError: `rrule_obj` is none of the two.
        ValueError: the rule says what no rule can, or counts more than a million occurrences.
    """

    _type = "RRuleClock"

    def __init__(
        self,
        rrule_obj: Any,
        start_date: datetime | None = None,
        end_date: datetime | None = None,
        parameter_defaults: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
    ) -> None:
        self.rrule_obj = rrule_obj
        super().__init__(start_date, end_date, parameter_defaults, labels)

    def shown(self, event: datetime) -> datetime:
        """An event of it, in the time zone of its rule, or of the first of its rules."""
        from castra.schedules.rules import start

        begin = start(self.rrule_obj)
        return event.astimezone(begin.tzinfo) if begin and begin.tzinfo else event

    def _own_fields(self) -> dict[str, Any]:
        from castra.schedules.rules import written

        return {"rrule_obj": written(self.rrule_obj), **self._bounds()}
