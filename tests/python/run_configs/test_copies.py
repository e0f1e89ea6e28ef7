"""Run configs as text, and their copies."""

import copy
import pickle

import cloudpickle
import pytest
from castra.run_configs import DockerRun, ECSRun, KubernetesRun, LocalRun, UniversalRun, VertexRun

EACH = [
    UniversalRun({"SOME_VAR": "value"}, ["label-1", "label-2"]),
    LocalRun(working_dir="/path"),
    DockerRun(image="example", ports=[8080], host_config={"mem_limit": "2g"}),
    KubernetesRun(cpu_request=2, memory_request="2Gi", job_template={"kind": "Job"}),
    ECSRun(cpu="2 vcpu", memory="4 GB", run_task_kwargs={"cluster": "main"}),
    VertexRun(scheduling={"timeout": "3600s"}, worker_pool_specs=[{"replica_count": 1}]),
]


@pytest.mark.parametrize("run_config", EACH, ids=repr)
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it)), lambda it: cloudpickle.loads(cloudpickle.dumps(it))],
    ids=["copy", "deepcopy", "pickle", "cloudpickle"],
)
def test_a_copy_is_equal_and_of_the_same_type(run_config, copied):
    copy = copied(run_config)
    assert copy == run_config
    assert type(copy) is type(run_config)


def test_a_deep_copy_shares_nothing():
    original = UniversalRun(labels=["dev"])
    copy.deepcopy(original).labels.add("ml")
    assert original.labels == {"dev"}


def test_shown_is_what_differs_from_the_defaults():
    assert repr(KubernetesRun()) == "KubernetesRun()"
    assert repr(EACH[3]) == "KubernetesRun(job_template={'kind': 'Job'}, cpu_request='2', memory_request='2Gi')"
    assert repr(VertexRun(machine_type=None, labels=["b", "a"])) == "VertexRun(machine_type=None, labels=['a', 'b'])"


def test_values_of_variables_are_not_shown():
    assert repr(UniversalRun({"TOKEN": "s3cr3t"})) == "UniversalRun(env={'TOKEN': '********'})"
