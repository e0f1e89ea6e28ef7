"""Prints what the installed prefect's ECSAgent would ask AWS for, one JSON object per line.

    python cases.py SEED COUNT

Every line is a case: the agent's settings, the subnets of the default VPC, the task definition that is looked up, the flow
run, and either what RegisterTaskDefinition and RunTask are given or `error`. boto3 is a stand-in that takes it down;
everything else is the real agent. The same seed gives the same cases.
"""

import json
import os
import sys
import tempfile
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

BOTO3 = mock.MagicMock()
sys.modules.update({"boto3": BOTO3, "botocore": mock.MagicMock(), "botocore.config": mock.MagicMock()})

from prefect.agent.ecs import ECSAgent

from support.rendering import (
    ANYTHING, IMAGES, NAMES, VALUES, common_options, env, fields, flow_run, main, new_case
)  # fmt: skip

RUN_CONFIGS = [None, "UniversalRun", "LocalRun", "VertexRun", *["ECSRun"] * 16]
NEW_ARN = "arn:aws:ecs:eu-west-1:1:task-definition/new:1"
ARNS = ["etl:3", "arn:aws:ecs:eu-west-1:1:task-definition/etl:3"]
ROLES = [None, "", "arn:aws:iam::1:role/one", "arn:aws:iam::1:role/two"]
SIZES = [256, "512", "2 vcpu", "4 GB", 0, 0.25, "", None, True]
BAD = 0.015


def anything(rng):
    return rng.choice(ANYTHING)


def bad(rng, good):
    """The good one, or now and then something of any kind."""
    return anything(rng) if rng.random() < BAD else good


def size(rng):
    return rng.choice(SIZES)


def role(rng):
    return rng.choice([*ROLES, *([0, ["arn"]] if rng.random() < 0.1 else [])])


def variable(rng):
    entry = {"name": rng.choice([*NAMES, *NAMES, None, 7]), "value": rng.choice(VALUES)}
    if rng.random() < BAD:
        del entry["name"]
    return bad(rng, entry)


def environment(rng):
    return bad(rng, [variable(rng) for _ in range(rng.randrange(4))])


def container(rng, names=("flow", "flow", "sidecar", None)):
    entry = fields(
        rng,
        {
            "name": lambda rng: rng.choice(names),
            "environment": environment,
            "essential": lambda rng: True,
            "command": lambda rng: ["echo"],
            "cpu": size,
            "secrets": anything,
            "unknown": anything,
        },
        0.6,
    )
    return bad(rng, entry)


def containers(rng, make=container):
    return bad(rng, [make(rng) for _ in range(rng.randrange(4))])


def defined_container(rng):
    entry = container(rng)
    if isinstance(entry, dict) and rng.random() < 0.5:
        entry["image"] = rng.choice(IMAGES)
    return entry


def tags(rng):
    return bad(rng, [{"key": "team", "value": "data"}] * rng.randrange(3))


def task_definition(rng):
    return fields(
        rng,
        {
            "family": lambda rng: "mine",
            "networkMode": lambda rng: rng.choice(["awsvpc", "bridge"]),
            "cpu": size,
            "memory": size,
            "taskRoleArn": role,
            "executionRoleArn": role,
            "requiresCompatibilities": lambda rng: rng.choice([["EC2"], [], None]),
            "tags": tags,
            "containerDefinitions": lambda rng: containers(rng, defined_container),
            "volumes": anything,
            "unknown": anything,
        },
    )


def overrides(rng):
    content = fields(
        rng,
        {
            "cpu": size,
            "memory": size,
            "taskRoleArn": role,
            "executionRoleArn": role,
            "ephemeralStorage": anything,
            "containerOverrides": containers,
        },
    )
    return bad(rng, content)


def strategy(rng):
    return rng.choice([[], None, [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]])


def network(rng):
    return rng.choice([None, {}, {"awsvpcConfiguration": {"subnets": ["subnet-own"]}}])


def run_task_kwargs(rng):
    return fields(
        rng,
        {
            "cluster": lambda rng: rng.choice(["own", "", None]),
            "launchType": lambda rng: rng.choice(["FARGATE", "EC2", "EXTERNAL"]),
            "capacityProviderStrategy": strategy,
            "networkConfiguration": network,
            "overrides": overrides,
            "count": lambda rng: 1,
            "tags": tags,
            "startedBy": lambda rng: "me",
            "unknown": anything,
        },
        0.4,
    )


def kwargs(rng):
    content = run_task_kwargs(rng)
    if rng.random() < BAD:
        content["taskDefinition"] = "etl"
    return bad(rng, content)


def run_config(rng):
    kind = rng.choice(RUN_CONFIGS)
    if kind is None:
        return None
    document = {"type": kind, "labels": [], "env": rng.choice([None, env(rng, VALUES)])}
    if kind != "ECSRun":
        return document
    source = rng.choice([None, "task_definition", "task_definition", "task_definition_path", "task_definition_arn"])
    if source == "task_definition":
        document[source] = bad(rng, task_definition(rng))
    elif source == "task_definition_path":
        # Where the file is goes in once it was written.
        document[source] = rng.choice(["agent://", "file://", "local://", ""])
    elif source == "task_definition_arn":
        document[source] = rng.choice([*ARNS, *ARNS, ""])
    if source != "task_definition_arn" or rng.random() < BAD:
        document["image"] = rng.choice(IMAGES)
    makers = {
        "cpu": lambda rng: rng.choice([None, "", "256", "2 vcpu"]),
        "memory": lambda rng: rng.choice([None, "", "512", "4 GB"]),
        "task_role_arn": lambda rng: rng.choice(ROLES),
        "execution_role_arn": lambda rng: rng.choice(ROLES),
        "run_task_kwargs": kwargs,
    }
    return {**document, **fields(rng, makers)}


def case(rng):
    agent = {
        "cluster": rng.choice([None, "", "prod"]),
        "launch_type": rng.choice([None, "", "FARGATE", "EC2", "ec2", "fargate"]),
        "task_role_arn": rng.choice(ROLES),
        "execution_role_arn": rng.choice(ROLES),
        "task_definition": bad(rng, task_definition(rng)),
        "run_task_kwargs": kwargs(rng),
        "has_task_definition": rng.random() < 0.5,
        "has_run_task_kwargs": rng.random() < 0.5,
    }
    looked_up = {
        "subnets": [f"subnet-{number}" for number in range(rng.choice([0, *[1, 2, 3] * 8]))],
        "read": bad(rng, task_definition(rng)),
        "described": task_definition(rng),
    }
    return {**new_case(rng, agent, run_config(rng)), **looked_up}


def written(directory, name, content):
    """The path of a file with this content; JSON is YAML."""
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        json.dump(content, file)
    return path


def answering(case, taken):
    """Stand-ins for the clients of AWS."""

    def register_task_definition(**arguments):
        taken["register_task_definition"] = json.loads(json.dumps(arguments))
        return {"taskDefinition": {**arguments, "taskDefinitionArn": NEW_ARN}}

    def run_task(**arguments):
        taken["run_task"] = json.loads(json.dumps(arguments))
        return {"tasks": [{"taskArn": "arn:aws:ecs:eu-west-1:1:task/1"}]}

    ecs, ec2 = mock.MagicMock(), mock.MagicMock()
    ecs.register_task_definition = register_task_definition
    ecs.run_task = run_task
    ecs.describe_task_definition.return_value = {"taskDefinition": case["described"]}
    ec2.describe_vpcs.return_value = {"Vpcs": [{"VpcId": "vpc-1"}]}
    ec2.describe_subnets.return_value = {"Subnets": [{"SubnetId": subnet} for subnet in case["subnets"]]}
    return lambda name, **_: {"ecs": ecs, "ec2": ec2}[name]


def sent(case):
    """What AWS is asked for."""
    settings, taken = case["agent"], {}
    BOTO3.client = answering(case, taken)
    with tempfile.TemporaryDirectory() as directory:
        own = case["flow_run"]["run_config"] or {}
        if "task_definition_path" in own:
            own["task_definition_path"] += written(directory, "own.yaml", case["read"])
        files = {
            f"{name}_path": written(directory, f"{name}.yaml", settings[name])
            for name in ("task_definition", "run_task_kwargs")
            if settings[f"has_{name}"]
        }
        agent = ECSAgent(
            cluster=settings["cluster"],
            launch_type=settings["launch_type"],
            task_role_arn=settings["task_role_arn"],
            execution_role_arn=settings["execution_role_arn"],
            **files,
            **common_options(case),
        )
        agent.deploy_flow(flow_run(case))
    return taken


if __name__ == "__main__":
    main(case, sent)
