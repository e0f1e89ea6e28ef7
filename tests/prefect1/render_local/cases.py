"""Prints the processes that the installed prefect's LocalAgent would start, one JSON object per line.

    python cases.py SEED COUNT

The first line says where the cases play: working directory, hostname and interpreter. Every other line is a case: the
agent's settings, the environment that it inherits, the flow run, and either the process or `error`. Nothing is
started. The same seed gives the same cases.
"""

import json
import logging
import os
import random
import socket
import sys
import tempfile
import uuid
from unittest import mock

from prefect.agent.local import LocalAgent
from prefect.utilities.configuration import set_temporary_config
from prefect.utilities.graphql import GraphQLResult

SEND_LOGS = "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS"
NAMES = [
    "A", "B", "PATH", "PYTHONPATH", SEND_LOGS, "PREFECT__LOGGING__LEVEL", "PREFECT__BACKEND", "PREFECT__CLOUD__API",
    "PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__TENANT_ID", "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS", "PREFECT__CONTEXT__FLOW_RUN_ID", "PREFECT__CONTEXT__FLOW_ID",
]  # fmt: skip
VALUES = ["", "x", "/a:/b", "true", "false", "ü", "two\nlines", " spaced ", "k=v"]
LABELS = ["dev", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnew\nline", "ü", "", socket.gethostname()]
DIRECTORIES = [None, None, "", ".", "..", "jobs", "./jobs//", "/", "//", "/usr//lib/..", "absent"]
STORAGES = [
    {"type": "Local", "directory": "/flows"},
    {"type": "Module", "module": "flows.etl"},
    {"type": "S3", "bucket": "flows"},
    {"type": "GitHub", "repo": "o/r", "path": "etl.py"},
    {"type": "Docker", "registry_url": "registry.example", "image_name": "etl", "image_tag": "v1"},
]
RUN_CONFIGS = [None, "UniversalRun", "LocalRun", "LocalRun", "LocalRun", "DockerRun"]


def env(rng, values=VALUES):
    return {name: rng.choice(values) for name in rng.sample(NAMES, rng.randrange(5))}


def run_config(rng):
    kind = rng.choice(RUN_CONFIGS)
    if kind is None:
        return None
    document = {"type": kind, "labels": [], "env": rng.choice([None, env(rng, [None, *VALUES])])}
    if kind == "LocalRun":
        document["working_dir"] = rng.choice(DIRECTORIES)
    return document


def new_id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128)))


def new_case(rng):
    authenticated = rng.random() < 0.5
    return {
        "inherited": env(rng),
        "agent": {
            "api": rng.choice(["http://localhost:4200", "https://castra.example/api"]),
            "labels": rng.sample(LABELS, rng.randrange(4)),
            "hostname_label": rng.random() < 0.5,
            "env": env(rng),
            "import_paths": rng.choice([[], ["/lib"], ["~/lib", "rel", "/a b"]]),
            "log_level": rng.choice(["INFO", "DEBUG"]),
            "send_logs": rng.random() < 0.7,
        },
        "credential": f"castra_{new_id(rng)}_secret" if authenticated else None,
        "tenant_id": new_id(rng),
        "flow_run": {
            "id": new_id(rng),
            "run_config": run_config(rng),
            "flow": {"id": new_id(rng), "storage": rng.choice(STORAGES), "core_version": "1.4.1"},
        },
    }


def process(case):
    """What would be given to Popen."""
    settings, flow_run = case["agent"], case["flow_run"]
    configuration = {
        "backend": "server",
        "cloud.api": settings["api"],
        "cloud.api_key": case["credential"],
        "cloud.tenant_id": case["tenant_id"],
        "cloud.send_flow_run_logs": True,
        "cloud.agent.labels": [],
        "logging.level": settings["log_level"],
    }
    with set_temporary_config(configuration), mock.patch.dict(os.environ, case["inherited"], clear=True):
        agent = LocalAgent(
            labels=list(settings["labels"]),
            env_vars=settings["env"],
            import_paths=settings["import_paths"],
            hostname_label=settings["hostname_label"],
            no_cloud_logs=not settings["send_logs"],
        )
        with mock.patch("prefect.agent.local.agent.Popen") as popen:
            agent.deploy_flow(GraphQLResult({**flow_run, "flow": GraphQLResult(flow_run["flow"])}))
    (command,), options = popen.call_args
    return {"command": command, "env": options["env"], "working_dir": options["cwd"]}


def answered(case):
    try:
        return {**case, "process": process(case)}
    except Exception as error:
        return {**case, "error": f"{type(error).__name__}: {error}"[:200]}


def main():
    rng, count = random.Random(int(sys.argv[1])), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as directory:
        directory = os.path.realpath(directory)
        os.chdir(directory)
        os.mkdir("jobs")
        print(json.dumps({"directory": directory, "hostname": socket.gethostname(), "python": sys.executable}))
        for _ in range(count):
            print(json.dumps(answered(new_case(rng))))


if __name__ == "__main__":
    main()
