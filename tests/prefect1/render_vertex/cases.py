"""Prints the custom jobs that the installed prefect's VertexAgent would create, one JSON object per line.

    python cases.py SEED COUNT

Every line is a case: the agent's settings, the flow run, and either what `create_custom_job` is given or `error`. The
client of Google is a stand-in that takes it down; everything else is the real agent. The same seed gives the same cases.
"""

import json
import os
import sys
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from prefect.agent.vertex.agent import VertexAgent

from support.rendering import ANYTHING, IMAGES, VALUES, common_options, env, fields, flow_run, main, new_case, some

RUN_CONFIGS = [None, "UniversalRun", "LocalRun", "ECSRun", *["VertexRun"] * 12]
CONTAINERS = [{"image_uri": "mine"}, {"image": "mine", "env": []}, None, {}]


def anything(rng):
    return rng.choice(ANYTHING)


def pool(rng):
    if rng.random() < 0.03:
        return None
    return fields(
        rng,
        {
            "machine_spec": lambda rng: {"machine_type": rng.choice(["e2-standard-4", "n1-highmem-8", None])},
            "machineSpec": anything,
            "replica_count": lambda rng: rng.choice([1, 3, "2", 0, None]),
            "container_spec": lambda rng: rng.choice(CONTAINERS),
            "containerSpec": lambda rng: rng.choice(CONTAINERS),
            "disk_spec": anything,
            "python_package_spec": anything,
            "unknown": anything,
        },
    )


def run_config(rng):
    kind = rng.choice(RUN_CONFIGS)
    if kind is None:
        return None
    document = {"type": kind, "labels": [], "env": rng.choice([None, env(rng, VALUES)])}
    if kind == "VertexRun":
        document.update(
            fields(
                rng,
                {
                    "image": lambda rng: rng.choice(IMAGES),
                    "machine_type": lambda rng: rng.choice(["e2-standard-4", "e2-highmem-16", "", None]),
                    "scheduling": lambda rng: rng.choice(
                        [None, {}, {"timeout": "3600s"}, {"disable_retries": anything(rng)}, {"unknown": anything(rng)}]
                    ),
                    "service_account": lambda rng: rng.choice([None, "", "run@project.iam.gserviceaccount.com"]),
                    "network": lambda rng: rng.choice([None, "", "my-network", "projects/1/global/networks/n"]),
                    "worker_pool_specs": lambda rng: some(rng, [pool(rng) for _ in range(rng.randrange(6))], 0.7),
                },
            )
        )
    return document


def case(rng):
    agent = {
        "project": rng.choice(["my-project", "p"]),
        "region_name": rng.choice([None, "", "europe-west4"]),
        "service_account": rng.choice([None, "", "agent@project.iam.gserviceaccount.com"]),
    }
    return new_case(rng, agent, run_config(rng))


def sent(case):
    """What `create_custom_job` is given."""
    settings = case["agent"]
    with mock.patch("prefect.agent.vertex.agent.get_client") as get_client:
        agent = VertexAgent(
            project=settings["project"],
            region_name=settings["region_name"],
            service_account=settings["service_account"],
            **common_options(case),
        )
        client = get_client.return_value
        client.create_custom_job.return_value.name = "projects/1/locations/r/customJobs/2"
        agent.deploy_flow(flow_run(case))
    arguments = client.create_custom_job.call_args.kwargs
    return json.loads(json.dumps(arguments))


if __name__ == "__main__":
    main(case, sent)
