"""Prints the jobs that the installed prefect's KubernetesAgent would create, one JSON object per line.

    python cases.py SEED COUNT FOLDER

Every line is a case: the agent's settings, the flow run, and either the job or `error`. Templates that a case names by
path are written into FOLDER. Nothing is created in any cluster. The same folder and seed give the same cases, but for
the identifiers of the jobs.
"""

import json
import os
import sys
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import yaml
from prefect.agent.kubernetes import KubernetesAgent
from prefect.utilities.graphql import GraphQLResult

from support.rendering import ANYTHING, IMAGES, NAMES, VALUES, common_options, env, main, new_case

JOB_NAMES = ["etl", "a" * 48, "a" * 49, "ü" * 60, "", "two words", "x" * 63]
SCHEMES = ["agent://", "file://", "local://", ""]
QUANTITIES = [None, None, "", "1", "500m", "2Gi", "0"]
RUN_CONFIGS = [None, "UniversalRun", "DockerRun", *["KubernetesRun"] * 12]


def sometimes(rng, probability, make):
    """What `make` makes, or nothing: no field at all."""
    return [make()] if rng.random() < probability else []


def fields(rng, probability, **makers):
    """An object of which every field is there with this probability."""
    return {name: made for name, make in makers.items() for made in sometimes(rng, probability, make)}


def mostly(rng, make, oddity=0.04):
    """What `make` makes; now and then anything."""
    return rng.choice(ANYTHING) if rng.random() < oddity else make()


def labels(rng):
    names = ["app", "prefect.io/identifier", "prefect.io/flow_id", "team.example/a"]
    return {name: rng.choice(["a", "", "b-1"]) for name in rng.sample(names, rng.randrange(4))}


def metadata(rng):
    return fields(
        rng,
        0.5,
        name=lambda: mostly(rng, lambda: rng.choice(JOB_NAMES)),
        labels=lambda: mostly(rng, lambda: labels(rng)),
        annotations=lambda: {"note": "ü"},
        namespace=lambda: "other",
    )


def env_entry(rng):
    name = mostly(rng, lambda: rng.choice([*NAMES, "OWN"]))
    value = rng.choice([{"value": "x"}, {"value": ""}, {}, {"valueFrom": {"fieldRef": {"fieldPath": "a.b"}}}])
    return {"name": name, **value} if rng.random() < 0.97 else value


def resources(rng):
    quantities = lambda: fields(rng, 0.5, cpu=lambda: rng.choice([1, 0.5, "500m"]), memory=lambda: "1Gi", gpu=lambda: 1)
    return fields(rng, 0.5, requests=lambda: mostly(rng, quantities, 0.1), limits=lambda: mostly(rng, quantities, 0.1))


def container(rng):
    return fields(
        rng,
        0.5,
        name=lambda: "flow",
        image=lambda: mostly(rng, lambda: rng.choice(IMAGES), 0.1),
        imagePullPolicy=lambda: "Always",
        command=lambda: ["tini", "--"],
        args=lambda: ["a", "b"],
        env=lambda: mostly(rng, lambda: [mostly(rng, lambda: env_entry(rng)) for _ in range(rng.randrange(5))]),
        resources=lambda: mostly(rng, lambda: resources(rng)),
        volumeMounts=lambda: [{"name": "data", "mountPath": "/data"}],
    )


def containers(rng):
    return [mostly(rng, lambda: container(rng), 0.02) for _ in range(rng.choice([0, 1, 1, 1, 2, 3]))]


def pod_spec(rng):
    return fields(
        rng,
        0.5,
        serviceAccountName=lambda: rng.choice([None, "", "template", 5]),
        imagePullSecrets=lambda: rng.choice([None, [], [{"name": "template"}]]),
        restartPolicy=lambda: mostly(rng, lambda: rng.choice(["Never", "OnFailure"]), 0.2),
        nodeSelector=lambda: {"disk": "ssd"},
    ) | fields(rng, 0.9, containers=lambda: mostly(rng, lambda: containers(rng)))


def pod(rng):
    spec = fields(rng, 0.97, spec=lambda: mostly(rng, lambda: pod_spec(rng), 0.02))
    return fields(rng, 0.5, metadata=lambda: mostly(rng, lambda: metadata(rng), 0.02)) | spec


def job_spec(rng):
    return fields(rng, 0.3, backoffLimit=lambda: 0, ttlSecondsAfterFinished=lambda: 60) | fields(
        rng, 0.98, template=lambda: mostly(rng, lambda: pod(rng), 0.02)
    )


def template(rng):
    job = fields(rng, 0.8, apiVersion=lambda: "batch/v1", kind=lambda: "Job")
    job |= fields(rng, 0.5, metadata=lambda: mostly(rng, lambda: metadata(rng), 0.02))
    return job | fields(rng, 0.98, spec=lambda: mostly(rng, lambda: job_spec(rng), 0.02))


def any_template(rng):
    """Mostly a job; also nothing, and what is none."""
    return mostly(rng, lambda: template(rng), 0.05)


def as_yaml(job):
    """The template as text without aliases: what one names, Python shares, so that the real agent changes it in all places
    at once. Castra changes it where Prefect means to."""
    return yaml.safe_dump(json.loads(json.dumps(job)), allow_unicode=True)


class Files:
    """The templates that cases name by path."""

    def __init__(self, folder):
        self.folder, self.count = folder, 0

    def path(self, rng):
        """The path of a new template, or one where nothing is."""
        self.count += 1
        path = os.path.join(self.folder, f"{self.count}.yaml")
        if rng.random() < 0.97:
            broken = rng.random() < 0.03
            with open(path, "w") as file:
                file.write("a: [1" if broken else as_yaml(any_template(rng)))
        return path


def inline(rng):
    job = any_template(rng)
    return as_yaml(job) if rng.random() < 0.2 else job


def kubernetes_run(rng, files):
    by_path = lambda: rng.choice(SCHEMES) + files.path(rng)
    where = rng.choice([{}, {"job_template": inline(rng)}, {"job_template": inline(rng)}, {"job_template_path": by_path()}])
    if rng.random() < 0.01:
        where = {"job_template": template(rng), "job_template_path": by_path()}
    return where | fields(
        rng,
        0.4,
        image=lambda: rng.choice(IMAGES),
        cpu_limit=lambda: rng.choice(QUANTITIES),
        cpu_request=lambda: rng.choice(QUANTITIES),
        memory_limit=lambda: rng.choice(QUANTITIES),
        memory_request=lambda: rng.choice(QUANTITIES),
        service_account_name=lambda: rng.choice([None, "", "run"]),
        image_pull_secrets=lambda: rng.choice([None, [], ["run"], ["run", "other"]]),
        image_pull_policy=lambda: rng.choice([None, "Always", "IfNotPresent", *["Never"] * 9, "Sometimes"]),
    )


def run_config(rng, files):
    kind = rng.choice(RUN_CONFIGS)
    if kind is None:
        return None
    own = kubernetes_run(rng, files) if kind == "KubernetesRun" else {}
    return {"type": kind, "labels": [], "env": rng.choice([None, env(rng, VALUES)]), **own}


def kubernetes_case(rng, files):
    agent = {
        "service_account_name": rng.choice([None, None, "agent"]),
        "image_pull_secrets": rng.choice([None, None, [], ["agent"], ["agent", ""]]),
        "job_template_path": rng.choice([None, None, "", "agent"]),
    }
    if agent["job_template_path"]:
        agent["job_template_path"] = rng.choice(SCHEMES) + files.path(rng)
    return new_case(rng, agent, run_config(rng, files))


def sent(case):
    """The job that would be created."""
    settings, flow_run = case["agent"], case["flow_run"]
    with mock.patch("prefect.utilities.kubernetes.get_kubernetes_client"):
        agent = KubernetesAgent(
            service_account_name=settings["service_account_name"],
            image_pull_secrets=settings["image_pull_secrets"],
            job_template_path=settings["job_template_path"],
            **common_options(case),
        )
    agent.deploy_flow(GraphQLResult({**flow_run, "flow": GraphQLResult(flow_run["flow"])}))
    return agent.batch_client.create_namespaced_job.call_args.kwargs["body"]


if __name__ == "__main__":
    for name in ["NAMESPACE", "SERVICE_ACCOUNT_NAME", "IMAGE_PULL_SECRETS"]:
        os.environ.pop(name, None)
    templates = Files(sys.argv[3])
    main(lambda rng: kubernetes_case(rng, templates), sent)
