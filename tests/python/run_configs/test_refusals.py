"""What run configs refuse, in words that name the field and what was probably meant."""

import pytest
from castra.run_configs import DockerRun, ECSRun, KubernetesRun, LocalRun, UniversalRun


def refused(error, make) -> str:
    with pytest.raises(error) as caught:
        make()
    return str(caught.value)


def test_an_argument_that_does_not_exist():
    assert refused(TypeError, lambda: KubernetesRun(cpu_requests=2)) == (
        "KubernetesRun has no argument `cpu_requests` (did you mean `cpu_request`?)"
    )


def test_a_value_that_does_not_exist():
    assert refused(ValueError, lambda: KubernetesRun(image_pull_policy="always")) == (
        'KubernetesRun.image_pull_policy cannot be "always": it is one of Always, IfNotPresent, Never '
        "(did you mean `Always`?)"
    )


def test_a_string_in_the_place_of_a_list():
    assert refused(ValueError, lambda: UniversalRun(labels="dev")) == (
        'UniversalRun.labels cannot be "dev": a list is needed (did you mean `["dev"]`?)'
    )


def test_arguments_that_exclude_each_other():
    arn = {"task_definition_arn": "flow:1", "image": "example"}
    assert refused(ValueError, lambda: ECSRun(**arn)).startswith(
        "ECSRun: `task_definition_arn` and `image` exclude each other"
    )


def test_a_file_that_is_not_there():
    message = refused(ValueError, lambda: KubernetesRun(job_template_path="/nowhere/job.yaml"))
    assert message.startswith("KubernetesRun.job_template_path: cannot read /nowhere/job.yaml: No such file")


def test_values_without_json():
    assert refused(TypeError, lambda: LocalRun(env={"A": object()})) == (
        "`env.A` is a object, which has no JSON: use None, bool, int, float, str, list or dict"
    )
    assert refused(TypeError, lambda: LocalRun(env={1: "A"})) == "`env` has the key 1: keys are str"
    nan = {"cpu_period": float("nan")}
    assert refused(ValueError, lambda: DockerRun(host_config=nan)) == (
        "`host_config.cpu_period` is NaN, which JSON does not have"
    )
    large = {"mem_limit": 2**64}
    assert refused(ValueError, lambda: DockerRun(host_config=large)) == (
        "`host_config.mem_limit` is an integer of more than 64 bits: write it as text"
    )


def test_a_list_that_holds_itself():
    endless = []
    endless.append(endless)
    assert refused(ValueError, lambda: DockerRun(host_config={"binds": endless})) == (
        "`host_config` holds more than 128 lists and dicts in each other"
    )


def test_values_of_env_are_not_shown():
    assert "s3cr3t" not in refused(ValueError, lambda: LocalRun(env=["s3cr3t"]))
