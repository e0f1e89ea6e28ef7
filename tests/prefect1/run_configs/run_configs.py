"""Run configs made from keyword arguments, and read from documents."""

import json

import prefect.run_configs
from prefect.serialization.run_config import RunConfigSchema

from outcome import outcome

TEXT = ["image", "cpu_limit", "cpu_request", "memory_limit", "memory_request", "service_account_name", "cpu", "memory"]

SCALARS = [
    None, True, False, 0, 1, -1, 2, 1024, 2**53, 0.5, 2.0, 1e-5, 0.0001, 1.5e-7, 1e15, 1e16, 1.25e22, -0.0,
    "", " ", "2", "2Gi", "500m", "1 vcpu", "ü", "a\nb", "yes", "e2-standard-4", "repo/image:tag",
]  # fmt: skip
PATHS = [
    "", ".", "..", "/", "//", "///x", "/abs/path", "rel/path", "./a/../b/", "a//b", "~/x", "/../..", "//host/x/../y",
    "job.yaml", "./job.yaml", "empty.yaml", "list.yaml", "broken.yaml", "absent.yaml", "family.json", "local://",
    "s3://bucket/job.yaml", "gcs://bucket/job.yaml", "agent:///job.yaml", "S3://bucket/job.yaml", "https://host/job.yaml",
]  # fmt: skip
YAML = ["", "kind: Job", "{a: yes, b: 010}", "- a", "a: [", "text", "a: 2024-01-01", "~", "5", "a: .inf", "a: 1\na: 2"]
POLICIES = ["Always", "IfNotPresent", "Never", "always", "", "Sometimes", "IfNotPresent ", None]
LABELS = ["dev", "ml", "dev", "", " ", "ü", "Z", "a", "10", "9", "😀", "\uffff"]


def scalar(rng):
    """An odd scalar, at times a float of any size."""
    return rng.choice(SCALARS) if rng.random() < 0.8 else rng.random() * 10.0 ** rng.randrange(-30, 30)


def json_value(rng, depth=2):
    """Any JSON value."""
    kind = rng.randrange(6 if depth else 4)
    if kind < 4:
        return scalar(rng)
    if kind == 4:
        return [json_value(rng, depth - 1) for _ in range(rng.randrange(3))]
    return {rng.choice(["a", "b", "", "A=B", "ü"]): json_value(rng, depth - 1) for _ in range(rng.randrange(3))}


def likely_value(rng, field):
    """A value of the sort the field is meant for, often a wrong one of that sort."""
    if field == "env":
        return rng.choice([None, {}, {"A": "b"}, {"A": rng.choice(SCALARS), "B": "c"}, json_value(rng)])
    if field == "labels":
        labels = [rng.choice(LABELS) for _ in range(rng.randrange(5))]
        return rng.choice([None, labels, labels, labels + [rng.choice(SCALARS)], "dev", {}])
    if field == "ports":
        ports = [80, 8080, "443", 80.9, " 22 ", "1_000", "x", "", None, True, -1, "+5", "5.0", "1__0", "_1", 0]
        return rng.choice([None, [], [rng.choice(ports) for _ in range(rng.randrange(4))], "80", 80])
    if field in ("working_dir", "job_template_path", "task_definition_path"):
        return rng.choice(PATHS)
    if field == "job_template":
        return rng.choice([{}, {"kind": "Job", "spec": json_value(rng)}, rng.choice(YAML), json_value(rng)])
    if field == "image_pull_policy":
        return rng.choice(POLICIES)
    if field == "image_pull_secrets":
        return rng.choice([None, [], ["a", "a"], ["a", rng.choice(SCALARS)], "a", {"a": 1}])
    if field == "worker_pool_specs":
        return rng.choice([None, [], [{}], [{"machine_spec": {"machine_type": "n1"}}, None], [1], {}, "a"])
    return scalar(rng)


def fields_of(kind):
    """The fields of a kind of run config, as its serialized form shows them."""
    fields = set(getattr(prefect.run_configs, kind)().serialize()) - {"type", "__version__"}
    return sorted(fields)


FIELDS = {kind: fields_of(kind) for kind in RunConfigSchema.type_schemas}


def some_fields(rng, kind):
    """A few fields of the kind with odd values, rarely one that it does not have."""
    fields = FIELDS[kind]
    chosen = rng.sample(fields, rng.randrange(min(len(fields), 5) + 1))
    values = {f: likely_value(rng, f) if rng.random() < 0.85 else json_value(rng) for f in chosen}
    if rng.random() < 0.03:
        values["cpu_requests"] = 1
    return values


def arguments_case(rng):
    kind = rng.choice(sorted(FIELDS))
    arguments = some_fields(rng, kind)
    return {
        "kind": kind,
        "arguments": arguments,
        **outcome(lambda: getattr(prefect.run_configs, kind)(**json.loads(json.dumps(arguments))).serialize()),
    }


def document_case(rng):
    kind = rng.choice(sorted(FIELDS))
    document = {**some_fields(rng, kind), "type": kind}
    if rng.random() < 0.3:
        document = {**dict.fromkeys(FIELDS[kind]), "labels": [], **document, "__version__": "1.4.1"}
    if rng.random() < 0.05:
        document["type"] = rng.choice([None, "EcsRun", "", 5, [], {}, "LocalRun"])
    if rng.random() < 0.02:
        document = json_value(rng)
    return {
        "document": document,
        **outcome(lambda: RunConfigSchema().load(json.loads(json.dumps(document))).serialize()),
    }
