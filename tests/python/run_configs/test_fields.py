"""What run configs hold: fields that can be read, set and changed in place."""

import pytest
from castra.run_configs import DockerRun, KubernetesRun, LocalRun, RunConfig, UniversalRun, VertexRun


def test_fields_hold_what_their_constructor_made_of_the_arguments():
    run_config = KubernetesRun(cpu_request=2, labels=["dev", "dev", "ml"], image_pull_secrets=("a", "b"))
    assert run_config.cpu_request == "2"
    assert run_config.labels == {"dev", "ml"}
    assert run_config.image_pull_secrets == ["a", "b"]
    assert run_config.env is None


def test_universal_run_takes_its_arguments_by_position():
    run_config = UniversalRun({"SOME_VAR": "value"}, ["label-1", "label-2"])
    assert run_config == UniversalRun(env={"SOME_VAR": "value"}, labels=["label-1", "label-2"])


def test_any_mapping_and_any_iterable_will_do(monkeypatch):
    monkeypatch.setenv("SOME_VAR", "value")
    import os

    assert LocalRun(env=os.environ).env["SOME_VAR"] == "value"
    assert DockerRun(ports=range(8080, 8082)).ports == [8080, 8081]
    assert UniversalRun(labels={"b", "a"}).serialize()["labels"] == ["a", "b"]


def test_a_relative_working_directory_is_made_absolute_at_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_config = LocalRun(working_dir="flows")
    monkeypatch.chdir("/")
    assert run_config.working_dir == str(tmp_path / "flows")


def test_a_job_template_in_a_file_is_read_at_once(tmp_path):
    (tmp_path / "job.yaml").write_text("kind: Job\n")
    run_config = KubernetesRun(job_template_path=str(tmp_path / "job.yaml"))
    assert (run_config.job_template, run_config.job_template_path) == ({"kind": "Job"}, None)


def test_a_field_that_is_set_is_checked_and_coerced_like_an_argument():
    run_config = KubernetesRun()
    run_config.cpu_limit = 0.5
    run_config.labels = ["dev"]
    assert (run_config.cpu_limit, run_config.labels) == ("0.5", {"dev"})
    with pytest.raises(ValueError, match="did you mean `Always`"):
        run_config.image_pull_policy = "Alwys"
    assert run_config.image_pull_policy is None


def test_fields_can_be_changed_in_place():
    run_config = DockerRun(env={})
    run_config.env["SOME_VAR"] = "value"
    run_config.labels.add("dev")
    assert run_config == DockerRun(env={"SOME_VAR": "value"}, labels=["dev"])


def test_what_was_changed_in_place_is_checked_when_it_is_serialized():
    run_config = DockerRun(env={})
    run_config.env["SOME_VAR"] = {1, 2}
    with pytest.raises(TypeError, match="`env.SOME_VAR` is a set"):
        run_config.serialize()


def test_arguments_are_not_shared_with_the_caller():
    env = {"SOME_VAR": "value"}
    run_config = LocalRun(env=env)
    env["OTHER"] = "value"
    assert run_config.env == {"SOME_VAR": "value"}


def test_a_subclass_has_a_constructor_and_attributes_of_its_own():
    class TeamRun(KubernetesRun):
        def __init__(self, team: str) -> None:
            super().__init__(image=f"registry.example/{team}", labels=[team])
            self.team = team

    run_config = TeamRun("ml")
    assert run_config.team == "ml"
    assert run_config.serialize() == KubernetesRun(image="registry.example/ml", labels=["ml"]).serialize()


def test_run_configs_of_different_types_differ():
    assert LocalRun() != UniversalRun()
    assert VertexRun() != "VertexRun"
    assert isinstance(VertexRun(), RunConfig)


def test_the_machine_type_of_a_vertex_run_has_the_default_of_the_core():
    from castra._castra import run_config_fields

    assert VertexRun().machine_type == run_config_fields("VertexRun", {})["machine_type"]
    assert VertexRun(machine_type=None).machine_type is None
