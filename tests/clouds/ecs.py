"""Stands for AWS in tests of the ECS launcher: moto's server, with tasks that really run (`ecs_tasks.py`).

    python ecs.py [--port PORT] [--path PATH] [--pace SECONDS]

prints `Running on http://…` and serves until it is ended; it ends its tasks with itself. `--path` is the PATH of tasks, and
`--pace` how long each of their statuses lasts.

Beyond moto: every request of the launcher is checked, its signature with botocore's own signer and its content with
botocore's own model of the service, so that what AWS refuses fails the test; RunTask knows client tokens; tasks are listed,
described and stopped as AWS documents it; and what AWS says of a wrong definition or network is said. Task definitions,
clusters, VPCs, logs, parameters and S3 are moto's.

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
import signal
import socket
import sys
import tempfile
import threading
import time
from urllib.parse import parse_qsl

import botocore.loaders
import botocore.model
import botocore.serialize
import botocore.validate
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ecs_tasks import Container, Task, Tokens, pages
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends
from moto.logs.models import logs_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.ssm.models import ssm_backends
from werkzeug.serving import make_server

SECRETS = {"key": "s3cr3t", "expired": "s3cr3t"}
REGION = "us-east-1"
TARGETS = {"AmazonEC2ContainerServiceV20141113": "ecs", "Logs_20140328": "logs", "AmazonSSM": "ssm"}
MODELS = {}
FARGATE = {
    256: [512, 1024, 2048],
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}


class AwsError(Exception):
    """What AWS answers instead."""

    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


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


class Fault:
    """What happens to the next `times` requests of an action: the answer `code`, `message`, `status`; `failures` of RunTask;
    an answer that is lost after (`lost`) or with (`refused`) the request; one that does not come (`hangs`, seconds)."""

    def __init__(self, action, times=1, code=None, message="", status=400, failures=None, lost=False, refused=False, hangs=0):
        self.action, self.times = action, times
        self.code, self.message, self.status, self.failures = code, message, status, failures
        self.lost, self.refused, self.hangs = lost, refused, hangs


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


def called(environ, body: bytes) -> dict:
    """What a request asks for."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    region = authorization.split("/")[2] if authorization.count("/") > 3 else REGION
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        prefix, action = target.split(".")
        return {"service": TARGETS[prefix], "action": action, "input": json.loads(body), "region": region}
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    return {"service": "ec2", "action": form.pop("Action"), "input": filters_of(form), "region": region, "form": form}


def without_nulls(document):
    """A field that is null is one that is absent: so AWS' JSON protocols read it."""
    if isinstance(document, dict):
        return {name: without_nulls(value) for name, value in document.items() if value is not None}
    return [without_nulls(entry) for entry in document] if isinstance(document, list) else document


def filters_of(form: dict) -> dict:
    """The input that a query of EC2 says, as far as the launcher says any."""
    filters: dict[str, dict] = {}
    for name, value in sorted(form.items()):
        match name.split("."):
            case ["Filter", number, "Name"]:
                filters.setdefault(number, {"Name": None, "Values": []})["Name"] = value
            case ["Filter", number, "Value", _]:
                filters.setdefault(number, {"Name": None, "Values": []})["Values"].append(value)
    return {"Filters": list(filters.values())}


def model_of(service: str) -> botocore.model.ServiceModel:
    if service not in MODELS:
        document = botocore.loaders.create_loader().load_service_model(service, "service-2")
        MODELS[service] = botocore.model.ServiceModel(document, service)
    return MODELS[service]


def check_input(call: dict, newer_fields: list[str]) -> None:
    """Refuses what botocore's model of the service refuses."""
    model = model_of(call["service"])
    operation = model.operation_model(call["action"])
    report = botocore.validate.ParamValidator().validate(call["input"], operation.input_shape)
    problems = [
        problem
        for problem in report.generate_report().splitlines()
        if not any(f'"{field}"' in problem and "Unknown parameter" in problem for field in newer_fields)
    ]
    if problems:
        raise AwsError("ValidationException", "; ".join(problems))
    if call["service"] == "ec2":
        serialized = botocore.serialize.create_serializer("ec2").serialize_to_request(call["input"], operation)["body"]
        expected = {name: str(value) for name, value in serialized.items() if name != "Action"}
        if call["form"] != expected:
            raise AwsError("MalformedQueryString", f"{call['form']} instead of {expected}")


def check_identity(environ, body: bytes) -> None:
    """Refuses requests that are not signed as AWS wants them signed."""
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    fields = dict(part.strip().split("=", 1) for part in authorization.partition(" ")[2].split(","))
    key, _, region, service, _ = fields["Credential"].split("/")
    if key not in SECRETS:
        raise AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if key == "expired":
        code = "RequestExpired" if service == "ec2" else "ExpiredTokenException"
        raise AwsError(code, "The security token included in the request is expired")
    headers = {
        name: environ.get("CONTENT_TYPE") if name == "content-type" else environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        for name in fields["SignedHeaders"].split(";")
    }
    request = AWSRequest(method="POST", url=f"http://{environ['HTTP_HOST']}/", data=body, headers=headers)
    request.context["timestamp"] = environ["HTTP_X_AMZ_DATE"]
    signer = SigV4Auth(Credentials(key, SECRETS[key]), service, region)
    expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    if fields["Signature"] != expected:
        message = "The request signature we calculated does not match the signature you provided."
        raise AwsError("InvalidSignatureException", message)


def check_task_definition(request: dict, _backend) -> None:
    """What AWS says of task definitions beyond its model; moto registers them."""
    for container in request["containerDefinitions"]:
        names = [it["name"] for it in [*container.get("environment", []), *container.get("secrets", [])]]
        if container.get("secrets") and len(names) != len(set(names)):
            message = "The secret name must be unique and not shared with any new or existing environment variables set on the container."
            raise AwsError("ClientException", message)
        if container.get("secrets") and not request.get("executionRoleArn"):
            message = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            raise AwsError("ClientException", message)
    if "FARGATE" in request.get("requiresCompatibilities", []):
        cpu, memory = units(request.get("cpu"), 1024), units(request.get("memory"), 1024)
        if memory not in FARGATE.get(cpu, []):
            raise AwsError("ClientException", "No Fargate configuration exists for given values.")
        if request.get("networkMode") != "awsvpc":
            raise AwsError("ClientException", "Fargate only supports network mode ‘awsvpc’.")


def units(text: str | None, per_large: int) -> int:
    """CPU units or MiB, however they are written."""
    number, _, unit = (text or "0").lower().partition(" ")
    return int(float(number) * per_large) if unit in ("vcpu", "gb") else int(number)


def definition_of(backend, name: str):
    try:
        definition = backend.describe_task_definition(name)
    except (ServiceException, ValueError) as error:
        raise AwsError("ClientException", "TaskDefinition not found.") from error
    if definition.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return definition


def check_placement(request: dict, definition) -> None:
    if request.get("launchType") and request.get("capacityProviderStrategy"):
        message = "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
        raise AwsError("InvalidParameterException", message)
    if definition.network_mode == "awsvpc" and not request.get("networkConfiguration"):
        message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise AwsError("InvalidParameterException", message)


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
