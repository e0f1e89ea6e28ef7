"""Schedules: when runs of a flow start by themselves.

Clocks emit candidate events, filters let some of them pass, adjustments move those. The rules, and what daylight saving does to
them, stand in Rust (castra-core `schedule`).
"""

from castra._lazy import TYPE_CHECKING, lazy
from castra.schedules.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule

__all__ = ["CronSchedule", "IntervalSchedule", "RRuleSchedule", "Schedule"]

if not TYPE_CHECKING:
    __getattr__ = lazy(__name__, {})
