"""The same arguments make the same run config as in the real prefect 1.4.1, or are refused as there."""

import inspect
import shutil
from contextlib import contextmanager
from pathlib import Path

import castra.run_configs

SEED, COUNT = "20261125", "4000"
# Where Castra is stricter on purpose: see crates/castra-core/tests/prefect1/stricter.rs.
LISTS = {"labels", "ports", "image_pull_secrets", "worker_pool_specs"}
OBJECTS = {"task_definition", "run_task_kwargs"}
NOT_TEXT = {"env", "host_config", "scheduling", "job_template"}


def is_refused_on_purpose(arguments: dict) -> bool:
    for field, value in arguments.items():
        if value is None:
            continue
        if field in LISTS:
            if not isinstance(value, list) or None in value:
                return True
            if field != "worker_pool_specs" and any(isinstance(item, (list, dict)) for item in value):
                return True
        elif field in OBJECTS:
            if not isinstance(value, dict):
                return True
        elif field not in NOT_TEXT and isinstance(value, (list, dict)):
            return True
    return False


def outcome(case: dict):
    """What Castra serializes, or None if it refuses."""
    try:
        document = getattr(castra.run_configs, case["kind"])(**case["arguments"]).serialize()
    except (TypeError, ValueError):
        return None
    del document["__version__"]
    return document


def expected(case: dict):
    """What Prefect serializes, or None if it refuses; it deduplicates labels before they become text."""
    document = case.get("value")
    if document is not None:
        del document["__version__"]
        document["labels"] = sorted(set(document["labels"]))
    return document


def test_constructors_take_refuse_and_serialize_the_same(prefect, monkeypatch):
    machine, *cases = prefect("run_configs/cases.py", "arguments", SEED, COUNT)
    differences = []
    with machine_of(machine, monkeypatch):
        for case in cases:
            made, wanted = outcome(case), expected(case)
            if made != (None if is_refused_on_purpose(case["arguments"]) else wanted):
                differences.append((case, made))
    assert differences == []


@contextmanager
def machine_of(machine, monkeypatch):
    """The directory in which Prefect was asked, with the files that arguments name."""
    directory = Path(machine["directory"])
    directory.mkdir()
    for name, text in machine["files"].items():
        (directory / name).write_text(text)
    monkeypatch.chdir(directory)
    yield
    shutil.rmtree(directory)


SIGNATURES = """
import inspect, json, prefect.run_configs as run_configs
for name in run_configs.__all__:
    if name != "RunConfig":
        parameters = inspect.signature(getattr(run_configs, name)).parameters.values()
        print(json.dumps([name, [[parameter.name, parameter.kind.name, parameter.default] for parameter in parameters]]))
"""


def test_constructors_have_the_same_arguments(prefect, tmp_path):
    (tmp_path / "signatures.py").write_text(SIGNATURES)
    for name, parameters in prefect(tmp_path / "signatures.py"):
        constructor = inspect.signature(getattr(castra.run_configs, name))
        found = [[each.name, each.kind.name, each.default] for each in constructor.parameters.values()]
        # Takes what is misspelt, to name what was meant.
        assert found.pop()[:2] == ["unknown", "VAR_KEYWORD"]
        assert found == parameters, name
