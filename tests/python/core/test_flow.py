"""Writing flows: tasks, edges, slugs, constants, and the order in which tasks run."""

import cloudpickle
import pytest

from castra import Edge, Flow, Parameter, Task, case, task, unmapped


@task
def one():
    return 1


@task
def add(x, y):
    return x + y


def test_calling_a_task_adds_a_copy_with_its_arguments_to_the_flow():
    with Flow("sums") as flow:
        first = one()
        total = add(first, y=2)
    assert first is not one
    assert flow.tasks == {first, total}
    assert flow.edges == {Edge(first, total, key="x")}
    assert flow.constants == {total: {"y": 2}}


def test_slugs_are_the_name_the_tags_and_a_number():
    with Flow("slugs") as flow:
        tasks = [one(), one(), one(task_args={"tags": {"b", "a"}}), Parameter("day")()]
    assert [flow.slugs[each] for each in tasks] == ["one-1", "one-2", "one-a-b-1", "day"]


def test_a_slug_is_taken_once():
    flow = Flow("slugs", tasks=[Task(slug="mine")])
    with pytest.raises(ValueError, match="have the slug 'mine'"):
        flow.add_task(Task(slug="mine"))


def test_tasks_are_sorted_by_what_they_wait_for_and_then_as_they_were_written():
    with Flow("order") as flow:
        late, early, between = Task(name="late"), Task(name="early"), Task(name="between")
        flow.chain(early, between, late)
        other = flow.add_task(Task(name="other"))
    assert flow.sorted_tasks() == (early, between, late, other)
    assert flow.sorted_tasks(root_tasks=[between]) == (between, late)
    assert flow.root_tasks() == {early, other}
    assert flow.terminal_tasks() == {late, other}


def test_a_cycle_is_refused():
    first, second = Task(), Task()
    flow = Flow("cycle")
    flow.add_edge(first, second)
    with pytest.raises(ValueError, match="would wait for itself"):
        flow.add_edge(second, first)
    with pytest.raises(ValueError, match="cannot wait for itself"):
        flow.add_edge(first, first)
    assert flow.edges == {Edge(first, second)}


def test_an_argument_is_given_once_and_only_if_the_task_has_it():
    with Flow("arguments") as flow:
        total = add(one(), 2)
    with pytest.raises(ValueError, match="has its argument 'x' in this flow already"):
        flow.add_edge(one, total, key="x")
    with pytest.raises(TypeError):
        flow.add_edge(one, total, key="z")


def test_parameters_wait_for_nothing():
    with pytest.raises(ValueError, match="is a parameter, and waits for nothing"):
        Flow("parameters").add_edge(Task(), Parameter("day"))


def test_reference_tasks_are_those_of_the_flow_and_otherwise_the_last_ones():
    with Flow("ends") as flow:
        first = one()
        last = add(first, first)
    assert flow.reference_tasks() == {last}
    flow.set_reference_tasks([first])
    assert flow.reference_tasks() == {first}
    with pytest.raises(ValueError, match="a reference task is not in the flow"):
        flow.set_reference_tasks([Task()])


def test_a_replaced_task_leaves_its_edges_to_the_new_one():
    with Flow("replaced") as flow:
        first = one()
        last = add(first, first)
    new = Task(name="new")
    flow.replace(first, new)
    assert flow.tasks == {new, last}
    assert {edge.upstream_task for edge in flow.edges} == {new}


def test_flows_are_put_together_and_parameters_of_one_name_become_one():
    with Flow("outer") as outer:
        add(Parameter("day"), 1)
    with Flow("inner") as inner:
        add(Parameter("day"), 2)
    outer.update(inner, merge_parameters=True)
    assert [parameter.name for parameter in outer.parameters()] == ["day"]
    assert len(outer.tasks) == 3


def test_a_copy_is_changed_without_the_flow():
    flow = Flow("original", tasks=[one])
    copied = flow.copy()
    copied.add_task(Task())
    assert copied != flow
    assert flow.tasks == {one}


def test_tasks_belong_into_a_flow():
    with pytest.raises(ValueError, match="within `with Flow"):
        add(1, 2)


def test_lists_tuples_and_dicts_of_results_are_arguments():
    with Flow("collections") as flow:
        total = add([one(), 2], {"a": one()})
    assert sorted(each.name for each in flow.upstream_tasks(total)) == ["Dict", "List"]
    ended = flow.run()
    with pytest.raises(TypeError):
        raise ended.result[total].result


def test_a_value_in_a_mapping_is_mapped_over_unless_it_is_unmapped():
    with Flow("mapping") as flow:
        total = add.map([1, 2], y=unmapped([3]))
    (edge,) = flow.edges_to(total)
    assert (edge.key, edge.mapped) == ("x", True)
    assert flow.constants[total] == {"y": [3]}


def test_a_flow_is_pickled():
    with Flow("pickled") as flow:
        add(one(), Parameter("y"))
    again = cloudpickle.loads(cloudpickle.dumps(flow))
    assert again.run(y=2).result[again.get_tasks("add")[0]].result == 3


def test_a_task_that_is_written_and_not_used_is_warned_of():
    with pytest.warns(UserWarning, match=r"not part of it: <Task: forgotten>"):
        with Flow("unused"):
            task(lambda: 1, name="forgotten")
            task(lambda: 2, name="used")()


def test_what_is_used_is_not_warned_of(recwarn):
    with Flow("used"):
        numbers = task(lambda: [1, 2], name="numbers")()
        task(lambda x, y: x, name="each").map(numbers, y=unmapped([3, numbers[0]]))
        with case(Parameter("which", default=1), 1):
            task(lambda: 3, name="branch")()
    assert [str(one.message) for one in recwarn] == []


def test_an_edge_that_is_said_twice_is_one_unless_it_is_to_be_validated():
    flow, first, total = Flow("edges"), Task(name="first"), add.copy()
    assert flow.add_edge(first, total, key="x") == flow.add_edge(first, total, key="x")
    with pytest.raises(ValueError, match="has its argument 'x' in this flow already"):
        flow.add_edge(first, total, key="x", validate=True)


def test_a_flow_whose_edges_lead_out_of_it_is_not_valid():
    with Flow("edges") as flow:
        first = one()
        total = add(first, y=2)
    flow.tasks.remove(first)
    with pytest.raises(ValueError, match="edges of .* lead to tasks that are not in it: <Task: one>"):
        flow.validate()
