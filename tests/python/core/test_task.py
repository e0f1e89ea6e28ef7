"""Tasks: what they are given when they are written, and how their results are used as values."""

from datetime import timedelta

import pytest

from castra import Flow, Task, tags, task


def result_of(build):
    """The result of the task that `build` writes into a flow."""
    with Flow("values") as flow:
        wanted = build()
    return flow.run().result[wanted].result


@task
def number(value):
    return value


@task
def numbers():
    return [10, 20, 30]


def test_a_function_gives_a_task_its_name_and_its_words():
    @task(name="loader", tags=["io"], max_retries=2, retry_delay=timedelta(seconds=1), timeout=30)
    def load(path: str) -> int:
        """Loads a file."""

    assert (load.name, load.tags, load.max_retries, load.timeout) == ("loader", {"io"}, 2, 30)
    assert load.__doc__ == "Loads a file."
    assert load.inputs() == {"path": {"required": True, "type": str}}
    assert load.outputs() is int


def test_a_class_with_run_is_a_task():
    class Double(Task):
        def run(self, x):
            return 2 * x

    assert result_of(lambda: Double()(4)) == 8


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"tags": "io"}, TypeError, "a set of texts"),
        ({"max_retries": 1}, ValueError, "retry_delay"),
        ({"retry_delay": timedelta(seconds=1)}, ValueError, "max_retries"),
        ({"retry_on": ValueError}, ValueError, "max_retries"),
        ({"max_retries": 1, "retry_delay": 5}, TypeError, r"`retry_delay` is a datetime.timedelta, not 5"),
        ({"timeout": 0.5}, TypeError, "a whole number of seconds or a timedelta, not 0.5"),
        ({"state_handlers": 3}, TypeError, "a list of functions"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        Task(**arguments)


def test_arguments_are_given_by_name():
    with pytest.raises(ValueError, match=r"\*args"):
        task(lambda *args: None)
    with pytest.raises(ValueError, match="upstream_tasks"):

        class Reserved(Task):
            def run(self, upstream_tasks):
                pass


def test_tags_of_a_block_are_those_of_its_tasks():
    with Flow("tagged"), tags("a", "b"):
        tagged = number(1)
    assert tagged.tags == {"a", "b"}
    assert number.tags == set()


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (lambda: number(3) + 4, 7),
        (lambda: 4 - number(3), 1),
        (lambda: number(3) * number(4), 12),
        (lambda: number(3) / 2, 1.5),
        (lambda: number(7) // 2, 3),
        (lambda: number(7) % 4, 3),
        (lambda: number(2) ** 3, 8),
        (lambda: number(3) > 2, True),
        (lambda: number(3) <= 2, False),
        (lambda: number(3).is_equal(3), True),
        (lambda: number(3).is_not_equal(3), False),
        (lambda: number(0).or_(5), 5),
        (lambda: number(0) & 5, 0),
        (lambda: number(0).not_(), True),
        (lambda: numbers()[1], 20),
        (lambda: numbers()[number(2)], 30),
    ],
)
def test_results_are_used_as_values(build, expected):
    assert result_of(build) == expected


def test_a_result_is_unpacked_if_its_length_is_known():
    @task
    def pair() -> tuple[int, str]:
        return 1, "one"

    with Flow("pair") as flow:
        count, word = pair()
    results = flow.run().result
    assert (results[count].result, results[word].result) == (1, "one")
    with Flow("list"), pytest.raises(TypeError, match="nout"):
        list(numbers())


def test_tasks_wait_for_others_without_taking_their_results():
    with Flow("waits") as flow:
        first, second, third = (Task(name=name) for name in "abc")
        second.set_upstream(first)
        second.set_downstream(third)
    assert flow.sorted_tasks() == (first, second, third)


def test_a_task_that_is_given_another_when_it_is_made_is_warned_of():
    class Load(Task):
        def __init__(self, rows, **kwargs):
            self.rows = rows
            super().__init__(**kwargs)

    with Flow("loads"):
        rows = task(lambda: [1], name="rows")()
        with pytest.warns(UserWarning, match="that is the task, not its result"):
            Load(rows)()


def test_attributes_that_tasks_set_themselves_are_not_set_before():
    class Load(Task):
        def __init__(self, target):
            self.target = target
            super().__init__()

    with pytest.warns(UserWarning, match="Load sets `self.target` before"):
        Load("table")
