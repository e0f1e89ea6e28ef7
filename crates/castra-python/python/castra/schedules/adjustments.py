"""Adjustments: where an event that passed the filters is moved."""

from __future__ import annotations

from datetime import datetime, timedelta

from castra import times
from castra.schedules.functions import Function


class Adjustment(Function):
    """Moves an event: `adjustments.next_weekday(datetime(2026, 1, 3))` says where, in UTC unless it stays."""

    _module = "adjustments"

    def __call__(self, dt: datetime) -> datetime:
        from castra.schedules.clocks import DatesClock
        from castra.schedules.schedules import Schedule

        [moved] = Schedule([DatesClock([dt])], adjustments=[self]).next(1, after=times.BEGINNING)
        return dt if moved == times.aware(dt) else moved


def add(interval: timedelta) -> Adjustment:
    """Later, or if negative earlier, by this much elapsed time."""
    return Adjustment("add", interval=interval)


#: To the same clock time on the next day that is no Saturday or Sunday; weekdays stay.
next_weekday = Adjustment("next_weekday")
