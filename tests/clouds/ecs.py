"""Stands for AWS in tests of the ECS launcher: moto's server, with tasks that really run (`ecs_tasks.py`) and with what
AWS refuses and moto does not (`ecs_checks.py`).

    python ecs.py [--port PORT] [--path PATH] [--pace SECONDS]

prints `Running on http://…` and serves until it is ended; it ends its tasks with itself. `--path` is the PATH of tasks,
and `--pace` how long each of their statuses lasts.

Beyond moto: every request of the launcher is checked, its signature with botocore's own signer and its content with
botocore's own model of the service, so that what AWS refuses fails the test; RunTask knows client tokens; tasks are
listed, described and stopped as AWS documents it; and what AWS says of a wrong definition or network is said. Task
definitions, clusters, VPCs, logs, parameters and S3 are moto's.

Control, for tests, by POST with JSON to `/castra/…`:

    calls            → every request so far: service, action, input, region
    faults           ← {action, times, …}: the next requests of this action fail; see `Fault`
    world            ← fields of `World`
    stop             ← {task, code, reason}: something ends a task
    tasks            → all tasks, as DescribeTasks tells them
    definitions      → the ARNs of active task definitions
    deregister       ← {definition}: somebody deregisters a task definition
    parameters       → the names of parameters that begin with /castra
    clusters         ← {name}: somebody creates a cluster
    no-default-vpc   the account's default VPC is one no more
"""

import argparse
import atexit
import json
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import dataclass

from ecs_checks import (
    AwsError,
    called,
    check_identity,
    check_input,
    check_placement,
    check_task_definition,
    without_nulls,
)
from ecs_tasks import Container, Task, Tokens, pages
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.logs.models import logs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.ssm.models import ssm_backends
from werkzeug.serving import make_server

REGION = "us-east-1"


class World:
    """How the world is that tasks run in. Tests change it."""

    path = os.environ["PATH"]
    pace = 0.05
    directory = tempfile.mkdtemp(prefix="castra-ecs-")
    pull_failures: dict[str, str] = {}
    start_failure: str | None = None
    is_out_of_memory = False
    # Fields of requests that newer AWS knows and botocore does not.
    newer_fields: list[str] = []

    @staticmethod
    def log(group: str, stream: str, line: str) -> None:
        logs = logs_backends[DEFAULT_ACCOUNT_ID][REGION]
        if group not in logs.groups:
            logs.create_log_group(group, {})
        if stream not in logs.groups[group].streams:
            logs.create_log_stream(group, stream)
        logs.put_log_events(group, stream, [{"timestamp": int(time.time() * 1000), "message": line}])


@dataclass
class Fault:
    """What happens to the next `times` requests of an action, or of all (`*`)."""

    action: str
    times: int = 1
    # They are refused with this.
    code: str | None = None
    message: str = ""
    status: int = 400
    # RunTask starts nothing, for these reasons.
    failures: list | None = None
    # They are carried out, and the answer does not arrive.
    lost: bool = False
    # The connection breaks before they are carried out.
    refused: bool = False
    # The answer takes so many seconds.
    hangs: float = 0


class Aws:
    """The WSGI application: requests that are about tasks, and moto for the rest."""

    def __init__(self, world: World):
        self.world = world
        self.calls: list[dict] = []
        self.faults: list[Fault] = []
        self.tasks: dict[str, Task] = {}
        self.tokens = Tokens()
        self.lock = threading.Lock()
        self.moto = DomainDispatcherApplication(create_backend_app)
        ecs_backends[DEFAULT_ACCOUNT_ID][REGION].create_cluster("default", None, None, None, None, None, None)

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = Body(body)
        if path.startswith("/castra/"):
            return answered(start_response, self.control(path.rsplit("/")[-1], json.loads(body or b"{}")))
        if environ.get("HTTP_X_CASTRA_TEST") or "/s3/" in environ.get("HTTP_AUTHORIZATION", "/s3/"):
            return self.moto(environ, start_response)
        try:
            call = called(environ, body)
            self.calls.append(call)
            fault = self.fault(call["action"])
            if fault and fault.refused:
                return cut(environ)
            if fault and fault.hangs:
                time.sleep(fault.hangs)
            if fault and fault.code:
                raise AwsError(fault.code, fault.message, fault.status)
            check_identity(environ, body)
            call = {**call, "input": without_nulls(call["input"])}
            check_input(call, self.world.newer_fields)
            own = self.own(call, fault) if call["service"] == "ecs" else None
            if own is not None:
                result = answered(start_response, own) if not (fault and fault.lost) else cut(environ)
                return result
            if fault and fault.lost:
                list(self.moto(environ, lambda *_: None))
                return cut(environ)
            return self.moto(environ, start_response)
        except AwsError as error:
            return refused(start_response, call["service"], error)

    def end(self) -> None:
        """Nothing of its tasks outlives it."""
        for task in self.tasks.values():
            for container in task.containers:
                container.kill()
        shutil.rmtree(self.world.directory, ignore_errors=True)

    def fault(self, action: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.action in (action, "*"):
                    fault.times -= 1
                    return fault
        return None

    def control(self, what: str, given: dict):
        if what == "calls":
            return self.calls
        if what == "faults":
            self.faults = [Fault(**given)] if given else []
        elif what == "world":
            for name, value in given.items():
                getattr(self.world, name)
                setattr(self.world, name, value)
        elif what == "stop":
            self.tasks[given["task"]].stop(given["code"], given["reason"])
        elif what == "tasks":
            return [task.described(with_tags=True) for task in self.tasks.values()]
        elif what == "no-default-vpc":
            for vpc in ec2_backends[DEFAULT_ACCOUNT_ID][REGION].vpcs.values():
                vpc.is_default = "false"
        elif what == "clusters":
            ecs_backends[DEFAULT_ACCOUNT_ID][REGION].create_cluster(given["name"], None, None, None, None, None, None)
        elif what == "parameters":
            parameters = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]._parameters
            return [name for name, versions in parameters.items() if versions and name.startswith("/castra")]
        elif what == "definitions":
            return ecs_backends[DEFAULT_ACCOUNT_ID][REGION].list_task_definitions(None)
        elif what == "deregister":
            ecs_backends[DEFAULT_ACCOUNT_ID][REGION].deregister_task_definition(given["definition"])
        else:
            raise KeyError(what)
        return {}

    def own(self, call: dict, fault: Fault | None):
        """The answer, if the request is not for moto."""
        handlers = {
            "RunTask": self.run_task,
            "DescribeTasks": self.describe_tasks,
            "ListTasks": self.list_tasks,
            "StopTask": self.stop_task,
            "RegisterTaskDefinition": check_task_definition,
        }
        handler = handlers.get(call["action"])
        if handler is None:
            return None
        if fault and fault.failures is not None:
            return {"tasks": [], "failures": fault.failures}
        backend = ecs_backends[DEFAULT_ACCOUNT_ID][call["region"]]
        try:
            with self.lock:
                return handler(call["input"], backend)
        except ServiceException as error:
            raise AwsError(error.code, error.message) from error
        except ValueError as error:
            raise AwsError(*error.args) from error

    def run_task(self, request: dict, backend):
        known = self.tokens.known(request)
        if known is not None:
            return {"tasks": [task.described(with_tags=True) for task in known], "failures": []}
        cluster = backend._get_cluster(request.get("cluster", "default"))
        definition = definition_of(backend, request["taskDefinition"])
        check_placement(request, definition)
        tasks = [self.new_task(request, cluster, definition) for _ in range(request.get("count", 1))]
        self.tokens.use(request, tasks)
        return {"tasks": [task.described(with_tags=True) for task in tasks], "failures": []}

    def new_task(self, request: dict, cluster, definition) -> Task:
        overrides = {it["name"]: it for it in request.get("overrides", {}).get("containerOverrides", [])}
        names = [container["name"] for container in definition.container_definitions]
        for name in overrides:
            if name not in names:
                message = f"Override for container named {name} is not a container in the TaskDefinition."
                raise AwsError("InvalidParameterException", message)
        containers = [
            Container(container, overrides.get(container["name"], {}), secrets_of(container))
            for container in definition.container_definitions
        ]
        number = len(self.tasks) + 1
        arn = f"arn:aws:ecs:{cluster.region_name}:{DEFAULT_ACCOUNT_ID}:task/{cluster.name}/{number:032x}"
        task = Task(arn, cluster.arn, request, definition, containers, self.world)
        self.tasks[arn] = task
        return task

    def of_cluster(self, request: dict, backend) -> list[Task]:
        arn = backend._get_cluster(request.get("cluster", "default")).arn
        return [task for task in self.tasks.values() if task.cluster_arn == arn]

    def describe_tasks(self, request: dict, backend):
        if len(request["tasks"]) > 100:
            raise AwsError("InvalidParameterException", "Tasks list length should be less than or equal to 100.")
        known = {task.arn: task for task in self.of_cluster(request, backend)}
        found = [known[arn] for arn in request["tasks"] if arn in known]
        missing = [{"arn": arn, "reason": "MISSING"} for arn in request["tasks"] if arn not in known]
        with_tags = "TAGS" in request.get("include", [])
        return {"tasks": [task.described(with_tags) for task in found], "failures": missing}

    def list_tasks(self, request: dict, backend):
        tasks = self.of_cluster(request, backend)
        if "startedBy" in request:
            if "desiredStatus" in request or "family" in request:
                raise AwsError("InvalidParameterException", "cannot specify startedBy and other filters")
            tasks = [task for task in tasks if task.request.get("startedBy") == request["startedBy"]]
        desired = request.get("desiredStatus", "RUNNING")
        arns = [task.arn for task in tasks if task.desired == desired]
        return pages(arns, request, "taskArns", 100)

    def stop_task(self, request: dict, backend):
        for task in self.of_cluster(request, backend):
            if request["task"] in (task.arn, task.arn.rsplit("/")[-1]):
                task.stop("UserInitiated", request.get("reason", "Task stopped by user"))
                return {"task": task.described(with_tags=False)}
        raise AwsError("InvalidParameterException", "The referenced task was not found.")


class Body:
    """A request's body that can be read again: moto and this file both do."""

    def __init__(self, content: bytes):
        self._content, self._at = content, 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._content) if size is None or size < 0 else self._at + size
        piece, self._at = self._content[self._at : end], end
        return piece

    def readline(self, *_):
        return self.read()


def definition_of(backend, name: str):
    try:
        definition = backend.describe_task_definition(name)
    except (ServiceException, ValueError) as error:
        raise AwsError("ClientException", "TaskDefinition not found.") from error
    if definition.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return definition


def secrets_of(container: dict) -> dict[str, str]:
    """The values of parameters that a container gets as variables."""
    ssm = ssm_backends[DEFAULT_ACCOUNT_ID][REGION]
    values = {}
    for secret in container.get("secrets", []):
        parameter = ssm.get_parameter(secret["valueFrom"])
        values[secret["name"]] = parameter.response_object(decrypt=True, region=REGION)["Value"]
    return values


def answered(start_response, document) -> list[bytes]:
    body = json.dumps(document).encode()
    start_response("200 OK", [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))])
    return [body]


def refused(start_response, service: str, error: AwsError) -> list[bytes]:
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{error.code}</Code><Message>{error.message}</Message></Error></Errors>"
            "<RequestID>1</RequestID></Response>"
        ).encode()
    else:
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
    start_response(f"{error.status} Refused", [("Content-Length", str(len(body)))])
    return [body]


def cut(environ) -> list[bytes]:
    """Breaks the connection."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("cut for a test")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=0)
    arguments.add_argument("--path", default=World.path)
    arguments.add_argument("--pace", type=float, default=World.pace)
    given = arguments.parse_args()
    World.path, World.pace = given.path, given.pace
    aws = Aws(World())
    atexit.register(aws.end)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", given.port, aws, threaded=True, request_handler=MotoRequestHandler)
    print(f"Running on http://127.0.0.1:{server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
