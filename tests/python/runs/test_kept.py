"""Results that are stored, found again at a target, and kept in a cache."""

import json
from datetime import timedelta

import pytest

from castra import Flow, Parameter, Task, task
from castra.engine.cache_validators import all_inputs, all_parameters, partial_inputs_only
from castra.engine.results import LocalResult
from castra.engine.serializers import JSONSerializer
from castra.engine.state import Cached, Success
from castra.storage import Local, Module


@pytest.fixture
def counted():
    """A task that counts how often it ran, with what `Task` takes."""

    def make(**arguments):
        runs = []

        def count(x=0):
            runs.append(x)
            return {"x": x}

        counting = task(count, name="count", **arguments)
        counting.runs = runs
        return counting

    return make


def run(counting, **arguments):
    with Flow("kept") as flow:
        counted = counting(**arguments)
    return flow.run().result[counted]


def test_a_result_is_stored_where_the_task_says(counted, tmp_path):
    counting = counted(result=LocalResult(tmp_path, location="{flow_name}/{task_name}-{x}.json", serializer=JSONSerializer()))
    assert type(run(counting, x=3)) is Success
    assert json.loads((tmp_path / "kept/count-3.json").read_text()) == {"x": 3}


def test_each_child_of_a_mapping_has_its_own_place(counted, tmp_path):
    counting = counted(result=LocalResult(tmp_path, location="{map_index}.pickle"))
    with Flow("mapped") as flow:
        counting.map([5, 6])
    flow.run()
    assert LocalResult(tmp_path).read("1.pickle").value == {"x": 6}


def test_the_flow_says_it_for_tasks_that_do_not(counted, tmp_path):
    stored, not_stored = counted(), counted(checkpoint=False)
    Flow("flow result", tasks=[stored, not_stored], result=LocalResult(tmp_path)).run()
    assert len(list(tmp_path.iterdir())) == 1


def test_the_storage_says_it_for_a_flow_that_does_not(counted, tmp_path):
    counting = counted()
    Flow("storage result", tasks=[counting], storage=Module("flows", result=LocalResult(tmp_path))).run()
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_at_the_target_is_not_made_again(counted, tmp_path):
    counting = counted(target=lambda **given: f"{given['x']}.pickle", result=LocalResult(tmp_path))
    assert type(run(counting, x=1)) is Success
    again = run(counting, x=1)
    assert (type(again), again.result) == (Cached, {"x": 1})
    run(counting, x=2)
    assert counting.runs == [1, 2]


def test_a_target_alone_is_beside_the_flow_in_its_storage(counted, tmp_path):
    counting = counted(target="rows.pickle")
    flow = Flow("target", tasks=[counting], storage=Local(tmp_path))
    assert [type(flow.run().result[counting]) for _ in range(2)] == [Success, Cached]
    assert (tmp_path / "rows.pickle").exists() and counting.runs == [0]


def test_a_target_without_a_place_to_look_at_is_told_of(counted, caplog):
    assert type(run(counted(target="{x}.pickle"), x=1)) is Success
    assert "Nothing is looked for at the target: say with `result` of the task or its flow where" in caplog.text


def test_a_result_is_kept_while_its_validator_says_so(counted):
    for_inputs = counted(cache_for=timedelta(hours=1), cache_validator=all_inputs, cache_key="inputs")
    assert [type(run(for_inputs, x=x)) for x in (1, 1, 2)] == [Success, Cached, Success]
    for_some = counted(cache_for=timedelta(hours=1), cache_validator=partial_inputs_only(["y"]), cache_key="some")
    assert [type(run(for_some, x=1)) for _ in range(2)] == [Success, Success]
    expired = counted(cache_for=timedelta(hours=-1), cache_key="expired")
    assert [type(run(expired)) for _ in range(2)] == [Success, Success]


def test_a_result_is_kept_for_the_same_parameters(counted):
    counting = counted(cache_for=timedelta(hours=1), cache_validator=all_parameters, cache_key="parameters")
    flow = Flow("parameters", tasks=[counting, Parameter("day")])
    kinds = [type(flow.run(day=day).result[counting]) for day in (1, 1, 2)]
    assert kinds == [Success, Cached, Success]


def test_a_validator_without_a_time_is_warned_about():
    with pytest.warns(UserWarning, match="no result is kept: give `cache_for`, too"):
        Task(cache_validator=all_inputs)


def test_nothing_is_not_stored(tmp_path):
    with Flow("some", result=LocalResult(tmp_path, location="{map_index}.pickle")) as flow:
        task(lambda x: x, name="same").map([1, None, 3])
    assert flow.run().is_successful()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.pickle", "2.pickle"]


def test_a_place_may_name_settings_and_an_argument_be_called_self(tmp_path):
    same = task(lambda self: self, name="same", target="{config.logging.level}/{task_name}.pickle", result=LocalResult(tmp_path))
    with Flow("settings") as flow:
        same(7)
    assert flow.run().is_successful()
    assert LocalResult(tmp_path).read("INFO/same.pickle").value == 7


def test_a_place_with_braces_is_looked_for_as_it_is_written(tmp_path):
    same = task(lambda: 7, name="same", target="{{braces}}-{task_name}", result=LocalResult(tmp_path))
    with Flow("braces") as flow:
        seven = same()
    assert [type(flow.run().result[seven]) for _ in range(2)] == [Success, Cached]
    assert (tmp_path / "{braces}-same").exists()
