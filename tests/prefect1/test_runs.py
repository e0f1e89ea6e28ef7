"""The life of a run, executed by either agent."""

import pendulum
from prefect.backend import FlowRunView
from prefect.engine.state import Retrying, State
from support.runs import messages, result_of, state_names, task_states


def test_success(runs):
    run = runs.run("etl", parameters={"count": 4}, context={"greeting": "moin"}, run_name="four numbers")

    assert run.name == "four numbers"
    assert state_names(run) == ["Scheduled", "Submitted", "Running", "Success"]
    assert task_states(run) == {
        ("count", -1): "Success",
        ("extract-1", -1): "Success",
        ("double-1", -1): "Mapped",
        **{("double-1", index): "Success" for index in range(4)},
        ("load-1", -1): "Success",
        ("greeting-1", -1): "Success",
    }
    assert result_of(run, "load-1") == 12
    assert result_of(run, "greeting-1") == "moin"


def test_mapped_children_have_results_names_and_logs(runs):
    run = runs.run("etl")

    mapped = run.get_task_run(task_slug="double-1")
    children = list(mapped.iter_mapped())
    assert mapped.get_result() == [0, 2, 4]
    assert [child.name for child in children] == ["double 0", "double 1", "double 2"]
    assert [child.map_index for child in children] == [0, 1, 2]
    assert {"doubling 0", "doubling 1", "doubling 2"} <= set(messages(run))


def test_failure(runs):
    run = runs.run("failing")

    assert state_names(run) == ["Scheduled", "Submitted", "Running", "Failed"]
    assert run.state.message == "Some reference tasks failed."
    assert task_states(run) == {("explode-1", -1): "Failed", ("after-1", -1): "TriggerFailed"}
    assert any("RuntimeError: boom" in message for message in messages(run))


def test_one_failing_child_does_not_stop_the_others(runs):
    run = runs.run("partly failing")

    assert run.state.is_successful()
    assert task_states(run) == {
        ("numbers-1", -1): "Success",
        ("invert-1", -1): "Mapped",
        ("invert-1", 0): "Success",
        ("invert-1", 1): "Failed",
        ("invert-1", 2): "Success",
        ("count-1", -1): "Success",
    }


def test_signals_and_looping(runs):
    run = runs.run("signalling")

    assert run.state.is_successful()
    assert task_states(run) == {
        ("skipped-1", -1): "Skipped",
        ("after_skipped-1", -1): "Skipped",
        ("in_spite_of_skipped-1", -1): "Success",
        ("refused-1", -1): "Failed",
        ("loop-1", -1): "Success",
    }
    assert result_of(run, "loop-1") == 3


def test_short_retry_happens_inside_the_process(runs):
    run = runs.run("retry soon")

    assert state_names(run) == ["Scheduled", "Submitted", "Running", "Success"]
    assert task_states(run) == {("fail_once-1", -1): "Success"}


def test_long_retry_is_launched_again_when_it_is_due(runs):
    flow_run_id = runs.create("retry later")
    task_run_id = runs.wait_for_task_state(flow_run_id, "fail_once-1", State.is_retrying)
    assert runs.client.get_flow_run_state(flow_run_id).is_running()

    due = Retrying(message="retry now", start_time=pendulum.now("UTC"), run_count=1)
    runs.client.set_task_run_state(task_run_id, due)

    run = runs.finished(flow_run_id)
    assert run.state.is_successful()
    launches = [message for message in messages(run) if message.startswith("Beginning Flow run")]
    assert len(launches) == 2


def test_cached_results_are_used_again(runs):
    first, second = runs.run("caching"), runs.run("caching")

    for slug in ("draw-1", "draw_shared-1"):
        assert task_states(first)[(slug, -1)] == "Cached"
        assert result_of(first, slug) == result_of(second, slug)


def test_same_idempotency_key_is_the_same_run(runs):
    key = f"only once with {runs.label}"
    first = runs.create("etl", idempotency_key=key, parameters={"count": 2})

    assert runs.create("etl", idempotency_key=key, parameters={"count": 9}) == first
    assert runs.finished(first).parameters == {"count": 2}


def test_a_run_waits_for_its_start_time(runs):
    start = pendulum.now("UTC").add(seconds=8)
    run = runs.run("etl", scheduled_start_time=start)

    running = next(state for state in run.states if state.is_running())
    assert running.timestamp >= start


def test_a_run_renames_itself(runs):
    run = runs.run("renaming", parameters={"name": "renamed"})

    assert run.state.is_successful()
    assert FlowRunView.from_flow_run_id(run.flow_run_id).name == "renamed"
