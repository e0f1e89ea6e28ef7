"""Schedules: the starts they ask for, and what they refuse. The rules themselves are tested in castra-core."""

import copy
import itertools
import pickle
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from castra import Flow
from castra.schedules import CronSchedule, IntervalSchedule, RRuleSchedule, Schedule, adjustments, filters
from castra.schedules.clocks import Clock, CronClock, DatesClock, IntervalClock, RRuleClock
from dateutil import rrule
from dateutil.tz import gettz

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
        (lambda: Schedule([], filters=[True]), TypeError, "Schedule.filters holds True, which is not a filter"),
        (lambda: Schedule([], adjustments=["later"]), TypeError, "Schedule.adjustments holds 'later', which is not an adjustment"),
        (lambda: RRuleSchedule("FREQ=DAILY"), TypeError, "an rrule or an rruleset of dateutil.rrule, not 'FREQ=DAILY'"),
        (lambda: RRuleSchedule(rrule.rrule(rrule.DAILY, count=2_000_000)), ValueError, "COUNT is from 0 to 1000000"),
        (lambda: Schedule([CronClock("@daily", parameter_defaults={"a": {1}})]), TypeError, "parameter_defaults.a` is a set"),
    ],
)
def test_what_is_wrong_is_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_recurrence_rule_keeps_the_clock_time_of_its_zone():
    last_friday = rrule.rrule(rrule.MONTHLY, byweekday=rrule.FR(-1), dtstart=datetime(2026, 1, 1, 9, tzinfo=ZoneInfo("Europe/Berlin")))
    assert [start.isoformat() for start in RRuleSchedule(last_friday).next(3, after=datetime(2026, 2, 1))] == [
        "2026-02-27T08:00:00+00:00",
        "2026-03-27T08:00:00+00:00",
        "2026-04-24T07:00:00+00:00",
    ]


def test_a_set_of_rules_and_dates_is_one_clock():
    rules = rrule.rruleset()
    rules.rrule(rrule.rrule(rrule.DAILY, dtstart=datetime(2026, 1, 1), count=4))
    rules.exrule(rrule.rrule(rrule.WEEKLY, dtstart=datetime(2026, 1, 2)))
    rules.rdate(datetime(2026, 1, 1, 12))
    rules.exdate(datetime(2026, 1, 3))
    events = RRuleClock(rules, parameter_defaults={"x": 1}, labels=["gpu"]).events(after=NEW_YEAR - timedelta(1))
    found = [(event.start_time.day, event.start_time.hour, event.parameter_defaults, event.labels) for event in events]
    assert found == [(1, 0, {"x": 1}, ["gpu"]), (1, 12, {"x": 1}, ["gpu"]), (4, 0, {"x": 1}, ["gpu"])]


@pytest.mark.parametrize("zone", [ZoneInfo("Europe/Berlin"), gettz("Europe/Berlin"), PytzZone("Europe/Berlin")])
def test_a_rule_travels_with_the_name_of_its_zone(zone):
    [clock] = RRuleSchedule(rrule.rrule(rrule.DAILY, dtstart=datetime(2026, 1, 1, tzinfo=zone))).serialize()["clocks"]
    assert (clock["rrule_obj"]["tz"], clock["rrule_obj"]["_dtstart"]) == ("Europe/Berlin", "2026-01-01T00:00:00+01:00")


def test_functions_of_ones_own_are_shown_the_clock_time_of_the_clock():
    shown = []

    def at_nine(candidate):
        shown.append(candidate)
        return candidate.hour == 9

    hourly = IntervalClock(timedelta(hours=1), start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    schedule = Schedule([hourly], filters=[at_nine, filters.is_weekday], adjustments=[lambda start: start + timedelta(minutes=5)])
    assert [start.isoformat() for start in schedule.next(2, after=NEW_YEAR)] == ["2026-01-01T08:05:00+00:00", "2026-01-02T08:05:00+00:00"]
    assert {candidate.utcoffset() for candidate in shown} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("clock", "offset"),
    [
        (DatesClock([SATURDAY]), timedelta(hours=1)),
        (CronClock("@daily"), timedelta(0)),
        (RRuleClock(rrule.rrule(rrule.DAILY, dtstart=SATURDAY)), timedelta(hours=1)),
        (RRuleClock(rrule.rrule(rrule.DAILY, dtstart=datetime(2026, 1, 1))), timedelta(0)),
        (RRuleClock(rrule.rruleset()), None),
    ],
)
def test_every_clock_says_in_which_zone_it_counts(clock, offset):
    offsets = []
    Schedule([clock], filters=[lambda candidate: offsets.append(candidate.utcoffset()) or True]).next(1, NEW_YEAR)
    assert offsets == ([] if offset is None else [offset])


def test_filters_of_ones_own_are_asked_as_the_others_are():
    clocks = [IntervalClock(timedelta(hours=5)), CronClock("0 */3 * * *", labels=["gpu"]), CronClock("0 */3 * * *")]
    parts = {
        "or_filters": [filters.is_weekend, filters.at_time(time(15))],
        "not_filters": [filters.between_times(time(4), time(8))],
        "adjustments": [adjustments.next_weekday],
    }
    native = Schedule(clocks, filters=[filters.is_weekday], **{**parts, "or_filters": [filters.at_time(time(15))]})
    own = Schedule(clocks, filters=[lambda it: it.weekday() < 5], **{**parts, "or_filters": [filters.at_time(time(15))]})
    assert own.next(20, NEW_YEAR, return_events=True) == native.next(20, NEW_YEAR, return_events=True)
    weekends = Schedule(clocks, filters=[lambda it: True], **parts)
    assert weekends.next(20, NEW_YEAR, return_events=True) == Schedule(clocks, **parts).next(20, NEW_YEAR, return_events=True)


def test_a_filter_of_ones_own_that_passes_nothing_ends_the_search():
    asked = []
    schedule = Schedule([IntervalClock(timedelta(hours=1))], not_filters=[lambda candidate: asked.append(candidate) or True])
    assert (schedule.next(1), len(asked)) == ([], 10_000)


def test_an_adjustment_of_ones_own_gives_a_datetime():
    schedule = Schedule([IntervalClock(timedelta(hours=1))], adjustments=[str])
    with pytest.raises(TypeError, match="the adjustment <class 'str'> gave '2026-01-01 01:00:00.00:00', which is no datetime"):
        schedule.next(1, NEW_YEAR)


def test_a_schedule_with_functions_of_ones_own_is_not_registered():
    def in_term(candidate):
        return candidate.month not in (7, 8)

    schedule = Schedule([CronClock("@daily")], filters=[filters.is_weekday, in_term])
    with pytest.raises(ValueError, match="the server runs no Python: Schedule.filters.1. is '.*in_term'. Take those of castra.schedules.filters"):
        Flow("nightly", schedule=schedule).serialize()
    assert schedule == Schedule([CronClock("@daily")], filters=[filters.is_weekday, in_term])
    assert schedule != Schedule([CronClock("@daily")], filters=[filters.is_weekday])


def test_copies_are_equal():
    daily = RRuleSchedule(rrule.rrule(rrule.DAILY, dtstart=SATURDAY))
    assert copy.deepcopy(daily) == daily == pickle.loads(pickle.dumps(daily))
    schedule = Schedule([IntervalClock(timedelta(hours=1))], filters=[filters.is_weekday])
    assert copy.deepcopy(schedule) == schedule == pickle.loads(pickle.dumps(schedule))
    assert repr(schedule) == "Schedule([IntervalClock(interval=datetime.timedelta(seconds=3600))], filters=[filters.is_weekday])"
