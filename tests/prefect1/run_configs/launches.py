"""What the agents decide before they launch: run config, image and command, from a flow run as the API returns it."""

import logging
from types import SimpleNamespace

import prefect.run_configs
from prefect.agent.agent import Agent
from prefect.serialization.storage import StorageSchema
from prefect.utilities.agent import get_flow_image, get_flow_run_command
from prefect.utilities.graphql import GraphQLResult

from outcome import outcome
from run_configs import FIELDS

VERSIONS = [
    None, "", "0.6.1", "0.12.6", "0.12.6+9.gabc", "0.13.0rc1", "0.13.0a2", "0.13.0.dev3", "0.13.0", "0.13", "0.13.0.0",
    "0.13.0.post1", "0.13.0+1.gabc", "0.13.1rc1", "0.15.13", "1.0rc1", "1.4.1", "1.4.1+3.gdef.dirty", "v1.2", "2",
]  # fmt: skip
STORAGES = [
    {"type": "Local", "directory": "/flows"},
    {"type": "Module", "module": "flows.etl"},
    {"type": "S3", "bucket": "flows", "key": None},
    {"type": "GCS", "bucket": "flows"},
    {"type": "Azure", "container": "flows"},
    {"type": "Git", "flow_path": "etl.py", "repo": "o/r"},
    {"type": "GitHub", "repo": "o/r", "path": "etl.py"},
    {"type": "GitLab", "repo": "o/r"},
    {"type": "Bitbucket", "project": "p", "repo": "r"},
    {"type": "CodeCommit", "repo": "r"},
    {"type": "Webhook", "build_request_kwargs": {}, "build_request_http_method": "POST",
     "get_flow_request_kwargs": {}, "get_flow_request_http_method": "GET"},
]  # fmt: skip
REGISTRIES = [None, "", "registry.example", "registry.example/", "registry.example//team/", "./r", "localhost:5000", "/r"]
NAMES = ["etl", "team/etl", "./etl", "team//etl", "/etl", "etl/", None]
AGENTS = {"local": "LocalRun", "docker": "DockerRun", "kubernetes": "KubernetesRun", "ecs": "ECSRun", "vertex": "VertexRun"}
LABELS = ["dev", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnew\nline", "ü", "\x07", ""]


def storage(rng):
    if rng.random() < 0.4:
        document = {"type": "Docker", "registry_url": rng.choice(REGISTRIES), "image_name": rng.choice(NAMES)}
        return {**document, "image_tag": rng.choice(["v1", "latest", None])}
    document = dict(rng.choice(STORAGES))
    if rng.random() < 0.1:
        document.pop(rng.choice(sorted(document)))
    return document


def run_config(rng):
    kind = rng.choice([None, *sorted(FIELDS)])
    if kind is None:
        return None
    document = {"type": kind, "env": rng.choice([None, {}, {"A": "b"}]), "labels": rng.choice([[], ["dev", "ml"]])}
    if "image" in FIELDS[kind]:
        document["image"] = rng.choice([None, "mine:1"])
    return document


def case(rng):
    flow = {"storage": storage(rng), "core_version": rng.choice(VERSIONS)}
    default, agent = rng.choice([None, "template:1"]), rng.choice(sorted(AGENTS))
    labels = rng.sample(LABELS, rng.randrange(4))
    flow_run = GraphQLResult(id="run", run_config=run_config(rng), flow=GraphQLResult(flow))
    me = SimpleNamespace(logger=logging.getLogger())
    own_class = getattr(prefect.run_configs, AGENTS[agent])
    return {
        "flow": flow,
        "run_config": flow_run.run_config,
        "default_image": default,
        "agent": agent,
        "labels": labels,
        "storage_loads": outcome(lambda: bool(StorageSchema().load(flow["storage"]).name)),
        "image": outcome(lambda: get_flow_image(flow_run, default)),
        "command": outcome(lambda: get_flow_run_command(flow_run).split()),
        "own_run_config": outcome(lambda: Agent._get_run_config(me, flow_run, own_class).serialize()),
        "labels_text": str(labels),
    }
