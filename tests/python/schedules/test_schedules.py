"""Schedules: the starts they ask for, and what they refuse. The rules themselves are tested in castra-core."""

import copy
import itertools
import pickle
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from castra.schedules import CronSchedule, IntervalSchedule, Schedule, adjustments, filters
from castra.schedules.clocks import Clock, CronClock, DatesClock, IntervalClock

NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)
SATURDAY = datetime(2026, 1, 3, 9, tzinfo=ZoneInfo("Europe/Berlin"))


def test_the_next_starts_are_in_utc_and_in_order():
    schedule = CronSchedule("0 9 * * *", start_date=datetime(2026, 3, 28, tzinfo=ZoneInfo("Europe/Berlin")))
    assert [start.isoformat() for start in schedule.next(2, after=NEW_YEAR)] == [
        "2026-03-28T08:00:00+00:00",
        "2026-03-29T07:00:00+00:00",
    ]


def test_without_a_beginning_the_next_starts_come_after_now():
    [start] = IntervalSchedule(interval=timedelta(minutes=1)).next(1)
    assert timedelta(0) < start - datetime.now(timezone.utc) <= timedelta(minutes=1)


def test_events_have_the_parameters_and_labels_of_their_clock():
    schedule = Schedule([CronClock("@daily", parameter_defaults={"country": "DE"}, labels=["eu"])])
    [event] = schedule.next(1, NEW_YEAR, return_events=True)
    assert (event.start_time, event.parameter_defaults, event.labels) == (NEW_YEAR + timedelta(1), {"country": "DE"}, ["eu"])


def test_a_clock_goes_on_without_end():
    events = itertools.islice(IntervalClock(timedelta(days=1)).events(NEW_YEAR), 250)
    assert list(events)[-1] == NEW_YEAR + timedelta(days=250)


def test_events_come_before_and_after_each_other_and_times():
    [first, second] = Schedule([CronClock("@daily")]).next(2, NEW_YEAR, return_events=True)
    assert first < second and second > first and first > NEW_YEAR and sorted([second, first]) == [first, second]


def test_a_clock_with_dates_ends():
    assert list(DatesClock([NEW_YEAR]).events(NEW_YEAR)) == []
    assert list(DatesClock([NEW_YEAR]).events(NEW_YEAR - timedelta(1))) == [NEW_YEAR]


def test_a_schedule_begins_with_its_first_clock_and_ends_with_its_last():
    schedule = Schedule([DatesClock([SATURDAY]), CronClock("@daily", start_date=NEW_YEAR)])
    assert (schedule.start_date, schedule.end_date) == (NEW_YEAR, SATURDAY)


def test_filters_can_be_asked():
    assert filters.is_weekend(SATURDAY) and not filters.is_weekday(SATURDAY)
    assert filters.between_times(time(8), time(10))(SATURDAY)
    assert filters.at_time(time(9))(SATURDAY)


def test_adjustments_can_be_asked():
    assert adjustments.next_weekday(SATURDAY) == datetime(2026, 1, 5, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    monday = datetime(2026, 1, 5)
    assert adjustments.next_weekday(monday) is monday
    assert adjustments.add(timedelta(minutes=-5))(SATURDAY) == SATURDAY - timedelta(minutes=5)


class PytzZone(ZoneInfo):
    """A time zone that has its name where pytz has it."""

    key = None
    zone = "Europe/Berlin"


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        (ZoneInfo("Europe/Berlin"), "Europe/Berlin"),
        (PytzZone("Europe/Berlin"), "Europe/Berlin"),
        (timezone.utc, "UTC"),
        (timezone(timedelta(hours=5, minutes=30)), "+05:30"),
        (timezone(timedelta(hours=-3)), "-03:00"),
        (None, "UTC"),
    ],
)
def test_a_time_zone_keeps_its_name(zone, name):
    [clock] = CronSchedule("@daily", start_date=datetime(2026, 1, 1, tzinfo=zone)).serialize()["clocks"]
    assert clock["start_date"] == {"dt": "2026-01-01T00:00:00", "tz": name}


def test_a_clock_that_people_derive_is_the_one_they_derived_it_from():
    class Nightly(CronClock):
        def __init__(self) -> None:
            super().__init__("0 2 * * *")

    assert Nightly() == CronClock("0 2 * * *")


def test_what_is_changed_counts():
    schedule = IntervalSchedule(interval=timedelta(days=1))
    schedule.clocks[0].interval = timedelta(hours=1)
    assert schedule.next(1, NEW_YEAR) == [NEW_YEAR + timedelta(hours=1)]
    schedule.clocks[0].interval = timedelta(0)
    with pytest.raises(ValueError, match="an interval must be from 1 s"):
        schedule.next(1, NEW_YEAR)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: CronSchedule("every day"), ValueError, '"every day" is not a cron expression'),
        (lambda: CronSchedule("0 9 * * *", start_date="today"), TypeError, "'today' is no datetime"),
        (lambda: IntervalSchedule(), TypeError, "IntervalSchedule needs `interval`, a timedelta"),
        (lambda: IntervalClock(60), TypeError, "`interval` is a timedelta, not 60"),
        (lambda: IntervalClock(timedelta(0)), ValueError, "an interval must be from 1 s to 10,000 years, not 0 s"),
        (lambda: DatesClock([]), ValueError, "`dates` is empty"),
        (lambda: Clock(), ValueError, 'clocks of type "Clock" are not supported'),
        (lambda: Schedule(["daily"]), TypeError, "Schedule.clocks holds 'daily', which is not a clock"),
        (lambda: Schedule([], filters=[bool]), TypeError, "Schedule.filters holds <class 'bool'>, which is not a filter"),
        (lambda: Schedule([CronClock("@daily", parameter_defaults={"a": {1}})]), TypeError, "parameter_defaults.a` is a set"),
    ],
)
def test_what_is_wrong_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_copies_are_equal():
    schedule = Schedule([IntervalClock(timedelta(hours=1))], filters=[filters.is_weekday])
    assert copy.deepcopy(schedule) == schedule == pickle.loads(pickle.dumps(schedule))
    assert repr(schedule) == "Schedule([IntervalClock(interval=datetime.timedelta(seconds=3600))], filters=[filters.is_weekday])"
