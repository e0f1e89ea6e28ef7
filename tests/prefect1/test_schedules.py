"""Schedules: runs appear ahead of time, are executed, and go when the schedule is switched off."""

import time
from datetime import timedelta

import pendulum
import pytest
from prefect.run_configs import UniversalRun
from prefect.schedules import Schedule
from prefect.schedules.clocks import CronClock, IntervalClock
from prefect.storage import Local
from prefect.utilities.graphql import with_args
from support.flows import load
from support.runs import result_of

EVERY_HOUR = timedelta(hours=1)


def scheduled_runs(client, flow_id: str) -> list:
    """The runs that the schedule has made, in the order of their start."""
    where = {"flow_id": {"_eq": flow_id}, "auto_scheduled": {"_eq": True}}
    fields = {"id", "scheduled_start_time", "parameters", "labels", "state"}
    found = client.graphql({"query": {with_args("flow_run", {"where": where}): fields}}).data.flow_run
    return sorted(found, key=lambda run: pendulum.parse(run.scheduled_start_time))


def wait_for_scheduled_runs(client, flow_id: str, count: int, timeout: float = 60) -> list:
    deadline = time.monotonic() + timeout
    while len(found := scheduled_runs(client, flow_id)) != count:
        assert time.monotonic() < deadline, f"{len(found)} scheduled runs instead of {count}"
        time.sleep(0.25)
    return found


@pytest.fixture
def register(runs, project):
    """Registers the scheduled flow under a name of its own; its schedule is switched off at the end."""
    registered = []

    def register(name: str, schedule: Schedule, **options) -> str:
        flow = load("scheduled.py")
        flow.name = f"{name} {runs.label}"
        flow.schedule = schedule
        flow.run_config = UniversalRun(labels=[runs.label])
        flow.storage = Local(add_default_labels=False)
        registered.append(flow.register(project, **options))
        return registered[-1]

    yield register
    for flow_id in registered:
        set_schedule(runs.client, "inactive", flow_id)


def set_schedule(client, activity: str, flow_id: str) -> None:
    name = f"set_schedule_{activity}"
    mutation = {f"mutation($input: {name}_input!)": {f"{name}(input: $input)": {"success"}}}
    client.graphql(mutation, variables={"input": {"flow_id": flow_id}})


def test_an_interval_schedule_is_executed(runs, register):
    start = pendulum.now("UTC").add(seconds=10)
    clock = IntervalClock(EVERY_HOUR, start_date=start, parameter_defaults={"word": "on time"})
    flow_id = register("hourly", Schedule(clocks=[clock]))

    planned = wait_for_scheduled_runs(runs.client, flow_id, 10)
    assert [pendulum.parse(run.scheduled_start_time) for run in planned] == [
        start.add(hours=hour) for hour in range(10)
    ]
    assert {run.state for run in planned} == {"Scheduled"}

    run = runs.finished(planned[0].id)
    assert run.state.is_successful()
    assert result_of(run, "echo-1") == "on time"
    assert next(state for state in run.states if state.is_running()).timestamp >= start


def test_clocks_bring_their_own_parameters_and_labels(runs, register):
    clocks = [
        CronClock("0 9 * * *", parameter_defaults={"word": "morning"}, labels=["early"]),
        CronClock("0 21 * * *", parameter_defaults={"word": "evening"}),
    ]
    flow_id = register("twice a day", Schedule(clocks=clocks))

    planned = wait_for_scheduled_runs(runs.client, flow_id, 10)
    assert {(pendulum.parse(run.scheduled_start_time).hour, run.parameters.word, *run.labels) for run in planned} == {
        (9, "morning", "early"),
        (21, "evening", runs.label),
    }


def test_switching_a_schedule_off_removes_its_runs_and_on_brings_them_back(runs, register):
    flow_id = register("later", Schedule(clocks=[IntervalClock(EVERY_HOUR)]), set_schedule_active=False)
    assert scheduled_runs(runs.client, flow_id) == []

    set_schedule(runs.client, "active", flow_id)
    wait_for_scheduled_runs(runs.client, flow_id, 10)

    set_schedule(runs.client, "inactive", flow_id)
    assert scheduled_runs(runs.client, flow_id) == []


def test_a_new_version_takes_over_the_schedule(runs, register):
    schedule = Schedule(clocks=[IntervalClock(EVERY_HOUR)])
    old = register("replaced", schedule)
    wait_for_scheduled_runs(runs.client, old, 10)

    new = register("replaced", schedule)
    wait_for_scheduled_runs(runs.client, new, 10)
    assert scheduled_runs(runs.client, old) == []
