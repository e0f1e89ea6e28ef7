"""What the cases of the cloud agents' renders share: flow runs, the settings of every agent, and how a case is answered."""

import json
import logging
import random
import sys
import uuid

from prefect.utilities.configuration import set_temporary_config

SEND_LOGS = "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS"
NAMES = [
    "A", "B", "lower.case-1", "", SEND_LOGS, "PREFECT__LOGGING__LEVEL", "PREFECT__BACKEND", "PREFECT__CLOUD__API",
    "PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__TENANT_ID", "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CLOUD__AUTH_TOKEN", "PREFECT__LOGGING__LOG_TO_CLOUD", "PREFECT__CONTEXT__IMAGE",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS", "PREFECT__CONTEXT__FLOW_RUN_ID", "PREFECT__CONTEXT__FLOW_ID",
]  # fmt: skip
TEXTS = ["", "x", "/a:/b", "true", "false", "ü", "two\nlines", " spaced ", "k=v"]
VALUES = [*TEXTS, *TEXTS, None, True, 7, 0.5, ["a", 1], {"k": None}]
LABELS = ["dev", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnew\nline", "ü", ""]
STORAGES = [
    {"type": "Local", "directory": "/flows"},
    {"type": "Module", "module": "flows.etl"},
    {"type": "S3", "bucket": "flows"},
    {"type": "GCS", "bucket": "flows"},
    {"type": "GitHub", "repo": "o/r", "path": "etl.py"},
    {"type": "Docker", "registry_url": "registry.example", "image_name": "etl", "image_tag": "v1"},
    {"type": "Docker", "registry_url": None, "image_name": "etl", "image_tag": "v1"},
    {"type": "Docker", "registry_url": "r.example", "image_name": None, "image_tag": "v1"},
]
CORE_VERSIONS = ["1.4.1", "1.4.1", "0.15.0", "0.13.0", "0.13.0rc1", "0.12.6+9.gabc", "0.6.0", "1.4.1+2.g1", "", None]
IMAGES = [None, None, "etl", "etl:v1", "registry.example/team/etl:v1", "prefecthq/prefect:1.4.1", ""]
WORDS = [
    "daily", "ETL", "it's", "1,000", "ünïcödé", "北京", "a_b", "x.y", "--", "&eacute;", "&#65;", "&#x42;", "…", " ",
    "flow" * 20, "Ω", "v2", "É", "'", "a'b", "straße",
]  # fmt: skip
ANYTHING = [None, True, False, 0, 1, 1.5, -2, "", "x", [], ["a"], [{"a": 1}], {}, {"a": None, "b": [1, "ü"]}]


def new_id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128)))


def some(rng, value, probability=0.5):
    """The value, or nothing at all."""
    return value if rng.random() < probability else None


def env(rng, values=VALUES):
    return {name: rng.choice(values) for name in rng.sample(NAMES, rng.randrange(5))}


def fields(rng, makers, probability=0.5):
    """An object of some of these fields; each maker is called with the generator."""
    return {name: make(rng) for name, make in makers.items() if rng.random() < probability}


def text(rng):
    """A name that a person gave: now and then longer than any target takes."""
    count = rng.choice([1, 2, 3, 5, 8, 40, 120])
    return rng.choice([" ", "-", "_", "", " - "]).join(rng.choice(WORDS) for _ in range(count))


def settings(rng):
    return {
        "api": rng.choice(["http://localhost:4200", "https://castra.example/api"]),
        "labels": rng.sample(LABELS, rng.randrange(4)),
        "env": [[name, rng.choice(TEXTS)] for name in rng.choices(NAMES, k=rng.randrange(5))],
        "log_level": rng.choice(["INFO", "DEBUG"]),
        "send_logs": rng.random() < 0.7,
    }


def new_case(rng, agent, run_config):
    return {
        "agent": {**settings(rng), **agent},
        "credential": some(rng, f"castra_{new_id(rng)}_secret"),
        "tenant_id": new_id(rng),
        "flow_run": {
            "id": new_id(rng),
            "name": text(rng),
            "run_config": run_config,
            "flow": {
                "id": new_id(rng),
                "name": text(rng),
                "version": rng.randrange(100),
                "storage": rng.choice(STORAGES),
                "core_version": rng.choice(CORE_VERSIONS),
            },
        },
    }


def configuration(case):
    settings = case["agent"]
    return set_temporary_config(
        {
            "backend": "server",
            "cloud.api": settings["api"],
            "cloud.api_key": case["credential"],
            "cloud.tenant_id": case["tenant_id"],
            "cloud.send_flow_run_logs": True,
            "cloud.agent.labels": [],
            "logging.level": settings["log_level"],
        }
    )


def common_options(case):
    settings = case["agent"]
    return {
        "labels": list(settings["labels"]),
        "env_vars": dict(settings["env"]),
        "no_cloud_logs": not settings["send_logs"],
    }


class Plain(dict):
    """A flow run as the agent reads it, of plain lists and dicts.

    The Box in which the real agent gets it copies what is appended to its lists, so that the container `flow` that the
    ECSAgent adds to a run config's own task definition stays without image and AWS refuses it. Castra does what is
    documented: the container is added.
    """

    __getattr__ = dict.__getitem__


def flow_run(case):
    return Plain({**case["flow_run"], "flow": Plain(case["flow_run"]["flow"])})


def answered(case, sent):
    # Of plain JSON, in the order in which it was written: so it comes to Castra's agents, too.
    case = json.loads(json.dumps(case))
    try:
        with configuration(case):
            return {**case, "sent": sent(case)}
    except Exception as error:
        return {**case, "error": f"{type(error).__name__}: {error}"[:200]}


def main(case, sent):
    """Prints as many cases as the command line asks for: `cases.py SEED COUNT`."""
    rng, count = random.Random(int(sys.argv[1])), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    for _ in range(count):
        print(json.dumps(answered(case(rng), sent)))
