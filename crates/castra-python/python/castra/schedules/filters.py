"""Filters: which candidate events of the clocks pass. They look at the clock time in the time zone of the clock."""

from __future__ import annotations

from datetime import datetime, time

from castra import times
from castra.schedules.functions import Function


class Filter(Function):
    """Passes or refuses an event: `filters.is_weekday(datetime(2026, 1, 1))` asks it."""

    _module = "filters"

    def __call__(self, dt: datetime) -> bool:
        from castra.schedules.clocks import DatesClock
        from castra.schedules.schedules import Schedule

        return bool(Schedule([DatesClock([dt])], filters=[self]).next(1, after=times.BEGINNING))


def on_datetime(dt: datetime) -> Filter:
    """Exactly this instant; without a time zone it is UTC."""
    return Filter("on_datetime", dt=times.aware(dt))


def on_date(month: int, day: int) -> Filter:
    """This day of every year, counted from January = 1."""
    return Filter("on_date", month=month, day=day)


def at_time(t: time) -> Filter:
    """Exactly this time of day."""
    return Filter("at_time", t=t)


def between_datetimes(start: datetime, end: datetime) -> Filter:
    """Between two instants, both included; without a time zone they are UTC."""
    return Filter("between_datetimes", start=times.aware(start), end=times.aware(end))


def between_dates(start_month: int, start_day: int, end_month: int, end_day: int) -> Filter:
    """Between two days of every year, both included; over the new year if the first month is the later one."""
    return Filter("between_dates", start_month=start_month, start_day=start_day, end_month=end_month, end_day=end_day)


def between_times(start: time, end: time) -> Filter:
    """Between two times of day, both included; over midnight if the first is the later one."""
    return Filter("between_times", start=start, end=end)


def is_day_of_week(day_of_week: int) -> Filter:
    """One day of the week, counted from Monday = 0, as Prefect 1 does (its documentation counts from Sunday)."""
    return Filter("is_day_of_week", day_of_week=day_of_week)


#: Monday to Friday.
is_weekday = Filter("is_weekday")
#: Saturday and Sunday.
is_weekend = Filter("is_weekend")
#: The first day of a month.
is_month_start = Filter("is_month_start")
#: The last day of a month.
is_month_end = Filter("is_month_end")
