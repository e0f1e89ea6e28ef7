"""The same expression makes the same schedule as with the real prefect 1.4.1, which starts at the same times, or is refused as there."""

import datetime
import zoneinfo

import pytest
from castra import schedules
from castra.schedules import adjustments, clocks, filters
from dateutil import rrule

EXPRESSIONS = """
IntervalSchedule(interval=timedelta(hours=1))
IntervalSchedule(datetime(2026, 3, 1, 9), timedelta(days=1), datetime(2026, 3, 3, 9))
IntervalSchedule(interval=timedelta(days=1), start_date=datetime(2026, 3, 27, 9, tzinfo=ZoneInfo("Europe/Berlin")))
IntervalSchedule(interval=timedelta(minutes=90, microseconds=5))
IntervalSchedule(interval=timedelta(0))
IntervalSchedule(interval=60)
IntervalSchedule()
CronSchedule("0 9 * * MON-FRI")
CronSchedule("0 9 * * *", start_date=datetime(2026, 3, 27, tzinfo=ZoneInfo("America/New_York")))
CronSchedule("0 0 1 * MON", day_or=False)
CronSchedule("every day")
CronSchedule("* * * *")
Schedule([clocks.CronClock("0 0 * * *", parameter_defaults={"x": 1}, labels=["gpu"]), clocks.IntervalClock(timedelta(hours=7), labels=[])])
Schedule([clocks.DatesClock([datetime(2026, 4, 1, tzinfo=timezone.utc), datetime(2026, 5, 1, 9, 30, tzinfo=ZoneInfo("Asia/Kolkata"))])])
Schedule([clocks.IntervalClock(timedelta(hours=1))], filters=[filters.is_weekday], or_filters=[filters.between_times(time(9), time(9)), filters.at_time(time(17))])
Schedule([clocks.IntervalClock(timedelta(hours=6))], not_filters=[filters.is_weekend, filters.is_month_end, filters.is_month_start, filters.is_day_of_week(1)])
Schedule([clocks.IntervalClock(timedelta(days=1))], filters=[filters.between_dates(10, 15, 3, 31), filters.on_date(2, 28)])
Schedule([clocks.IntervalClock(timedelta(days=1))], filters=[filters.between_datetimes(datetime(2026, 2, 1, tzinfo=timezone.utc), datetime(2026, 2, 3, tzinfo=timezone.utc))])
Schedule([clocks.IntervalClock(timedelta(days=1))], filters=[filters.on_datetime(datetime(2026, 2, 1, tzinfo=timezone.utc))])
Schedule([clocks.IntervalClock(timedelta(days=1))], adjustments=[adjustments.add(timedelta(minutes=5, seconds=1.5))])
Schedule([clocks.CronClock("0 9 1 * *")], adjustments=[adjustments.next_weekday])
RRuleSchedule(rrule.rrule(rrule.DAILY, dtstart=datetime(2026, 1, 1, 9, tzinfo=timezone.utc), count=3))
RRuleSchedule(rrule.rrule(rrule.MONTHLY, dtstart=datetime(2025, 1, 1, 9, 30), byweekday=[rrule.MO(2), rrule.FR(-1)], until=datetime(2026, 3, 1)))
RRuleSchedule(rrule.rrule(rrule.HOURLY, dtstart=datetime(2025, 12, 1, tzinfo=timezone.utc), interval=5), start_date=datetime(2026, 2, 1, tzinfo=timezone.utc))
RRuleSchedule(rrule.rrulestr("DTSTART:20260101T090000Z\\nRRULE:FREQ=DAILY;INTERVAL=2\\nEXDATE:20260103T090000Z\\nRDATE:20260104T120000Z"))
RRuleSchedule("FREQ=DAILY")
RRuleSchedule()
Schedule(5)
""".strip().splitlines()

NAMES = {
    **vars(datetime),
    **vars(zoneinfo),
    **{name: getattr(schedules, name) for name in schedules.__all__},
    "adjustments": adjustments,
    "clocks": clocks,
    "filters": filters,
    "rrule": rrule,
}


def outcome(expression):
    try:
        schedule = eval(expression, dict(NAMES))
    except (TypeError, ValueError):
        return None
    starts = schedule.next(5, after=datetime.datetime(2026, 1, 1))
    return [schedule.serialize(), [start.isoformat() for start in starts]]


@pytest.fixture(scope="module")
def answers(prefect, tmp_path_factory):
    expressions = tmp_path_factory.mktemp("schedules") / "expressions"
    expressions.write_text("".join(f"{expression}\n" for expression in EXPRESSIONS))
    return dict(zip(EXPRESSIONS, prefect("schedules/constructors.py", str(expressions))))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_schedules_are_those_of_prefect(expression, answers):
    assert outcome(expression) == answers[expression].get("value"), answers[expression]
