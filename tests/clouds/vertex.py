"""Stands for Vertex AI in tests: a JobService for custom jobs on this machine, with Google's own protobuf types.

    python vertex.py [--project my-project] [--location us-central1] [--grace SECONDS]

Requests are parsed as Google's published types say, so that what Google's parser refuses is refused here. The container of
the first worker pool is really executed, as a process with its command and environment; its image is not looked at. Beside
it stand Cloud Logging's `entries:list`, a metadata server and a token endpoint. Whoever asks has to be someone: a service
account whose key is at `/control/key`, or the bearer of a token that was issued here.

`/control/…` is for tests: `faults` and `fates` (what is to go wrong), `permissions`, `release`, `calls` and `jobs`.
"""

import argparse
import importlib.util
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import types
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlparse

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.protobuf import field_mask_pb2, json_format


def _load_types_alone() -> None:
    """The package brings in all of Vertex AI when it is imported, which takes seconds; its types of jobs do not need it."""
    for name in ("google.cloud.aiplatform_v1", "google.cloud.aiplatform_v1.types"):
        module = types.ModuleType(name)
        if "." in name.removeprefix("google.cloud."):
            module.__path__ = [os.path.join(sys.modules["google.cloud.aiplatform_v1"].__path__[0], "types")]
        else:
            module.__path__ = list(importlib.util.find_spec(name).submodule_search_locations)
        sys.modules[name] = module


_load_types_alone()
from google.cloud.aiplatform_v1.types.custom_job import CustomJob  # noqa: E402
from google.cloud.aiplatform_v1.types.job_state import JobState  # noqa: E402

PROJECT_NUMBER = "123456789012"
FINAL = {
    JobState.JOB_STATE_SUCCEEDED,
    JobState.JOB_STATE_FAILED,
    JobState.JOB_STATE_CANCELLED,
    JobState.JOB_STATE_EXPIRED,
}
METHODS = {
    "create": "CreateCustomJob",
    "list": "ListCustomJobs",
    "get": "GetCustomJob",
    "cancel": "CancelCustomJob",
    "delete": "DeleteCustomJob",
}
STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
# What Vertex AI takes for an accident, and starts again.
TRANSIENT_EXITS = {6, 134, 11, 139}


class Refusal(Exception):
    """An error as Google's APIs answer it."""

    def __init__(self, status: str, message: str):
        super().__init__(message)
        self.code = STATUS[status]
        self.body = {"error": {"code": self.code, "message": message, "status": status}}


class Identities:
    """Who may ask: the bearer of a JWT that the service account's key has signed, or of a token that was issued here."""

    EMAIL = "agent@my-project.iam.gserviceaccount.com"

    def __init__(self, address: str, project: str):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._issued = itertools.count(1)
        self.key = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": "1",
            "private_key": private.decode(),
            "client_email": self.EMAIL,
            "client_id": "1",
            "token_uri": f"{address}/token",
            "universe_domain": "googleapis.com",
        }

    def issue(self) -> dict:
        token = f"ya29.standin-{next(self._issued)}"
        return {"access_token": token, "expires_in": 3599, "token_type": "Bearer"}

    def check(self, authorization: str) -> None:
        token = authorization.removeprefix("Bearer ")
        if token.startswith("ya29.standin-") or self._is_signed(token):
            return
        raise Refusal(
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
            "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        )

    def _is_signed(self, token: str) -> bool:
        try:
            claims = jwt.decode(token, certs=self._public)
        except ValueError:
            return False
        return claims["iss"] == self.EMAIL and "cloud-platform" in claims["scope"]


class Job:
    """A custom job, and the process of its first pool's container."""

    def __init__(self, message, name: str, fate: dict, grace: float):
        self.message = message
        self.name = name
        self.id = name.rsplit("/", 1)[1]
        self.logs: list[dict] = []
        self.starts = 0
        self.pid = None
        self.released = threading.Event()
        self._fate = fate
        self._grace = grace
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        message.name = name
        message.create_time.GetCurrentTime()
        self._move(JobState.JOB_STATE_QUEUED)
        threading.Thread(target=self._live, daemon=True).start()

    def cancel(self) -> None:
        with self._lock:
            if self.message.state in FINAL:
                state = JobState(self.message.state).name
                raise Refusal("FAILED_PRECONDITION", f"The CustomJob {self.name!r} cannot be cancelled: it is {state}.")
            self._move(JobState.JOB_STATE_CANCELLING)
        self._cancelled.set()
        self.released.set()

    def _move(self, state: JobState, code: int = 0, message: str = "") -> None:
        self.message.state = state
        self.message.update_time.GetCurrentTime()
        if state is JobState.JOB_STATE_RUNNING and not self.message.HasField("start_time"):
            self.message.start_time.GetCurrentTime()
        if state in FINAL:
            self.message.end_time.GetCurrentTime()
        if code:
            self.message.error.code, self.message.error.message = code, message

    def _advance(self, state: JobState, code: int = 0, message: str = "") -> bool:
        """Moves on unless it was cancelled."""
        with self._lock:
            if self._cancelled.is_set() and state is not JobState.JOB_STATE_SUCCEEDED:
                self._move(JobState.JOB_STATE_CANCELLED, 1, "CANCELED")
                return False
            self._move(state, code, message)
            return True

    def _live(self) -> None:
        for state in (JobState.JOB_STATE_QUEUED, JobState.JOB_STATE_PENDING):
            if self.message.state != state and not self._advance(state):
                return
            if self._fate.get("hold") == state.name:
                self.released.wait()
            self._cancelled.wait(0.05)
        if "fails" in self._fate:
            self._advance(JobState.JOB_STATE_FAILED, *self._fate["fails"])
        elif self._advance(JobState.JOB_STATE_RUNNING):
            self._run()

    def _run(self) -> None:
        retries = 0 if self.message.job_spec.scheduling.disable_retries else 3
        while True:
            status, reason = self._execute()
            if status not in TRANSIENT_EXITS or not retries or self._cancelled.is_set():
                break
            retries -= 1
        if self._is_late():
            self._advance(JobState.JOB_STATE_EXPIRED, 4, "The job has run longer than its timeout.")
        elif status == 0:
            self._advance(JobState.JOB_STATE_SUCCEEDED)
        elif "OOM" in self._fate:
            words = f"The replica workerpool0-0 ran out of memory and exited with a non-zero status of {status}."
            self._advance(JobState.JOB_STATE_FAILED, 8, words)
        else:
            words = (
                f"The replica workerpool0-0 exited with a non-zero status of {status}. Termination reason: {reason} \n"
                "To find out more about why your job exited please check the logs: https://console.cloud.google.com/"
                f"logs/viewer?project={PROJECT_NUMBER}&resource=ml_job%2Fjob_id%2F{self.id}"
            )
            self._advance(JobState.JOB_STATE_FAILED, 3, words)

    def _execute(self) -> tuple[int, str]:
        """Runs the container's command once: its exit code as a container runtime tells it, and why."""
        container = self.message.job_spec.worker_pool_specs[0].container_spec
        environment = {"PATH": os.environ["PATH"], **{variable.name: variable.value for variable in container.env}}
        self.starts += 1
        try:
            process = subprocess.Popen(
                [*container.command, *container.args],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return 128, f"StartError. Termination log message: failed to create containerd task: {error}"
        self.pid = process.pid
        reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        reader.start()
        self._wait(process)
        # What a container has started ends with it.
        _signal_group(process.pid, signal.SIGKILL)
        reader.join(timeout=5)
        status = process.returncode
        return (128 - status if status < 0 else status), "Error."

    def _wait(self, process: subprocess.Popen) -> None:
        while process.poll() is None:
            if self._cancelled.wait(0.02) or self._is_late():
                process.terminate()
                try:
                    process.wait(self._grace)
                except subprocess.TimeoutExpired:
                    _signal_group(process.pid, signal.SIGKILL)
                    process.wait()

    def _is_late(self) -> bool:
        timeout = self.message.job_spec.scheduling.timeout.ToTimedelta()
        started = self.message.start_time.ToDatetime(tzinfo=timezone.utc)
        return datetime.now(timezone.utc) - started > timeout > timedelta()

    def _read(self, output) -> None:
        for line in output:
            labels = {"job_id": self.id, "task_name": "workerpool0-0"}
            self.logs.append(
                {
                    "textPayload": line.decode(errors="replace").rstrip("\n"),
                    "timestamp": datetime.now(timezone.utc).isoformat().replace("+00:00", "Z"),
                    "resource": {"type": "ml_job", "labels": labels},
                }
            )


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass


class JobService:
    """`google.cloud.aiplatform.v1.JobService`, as far as it is about custom jobs."""

    def __init__(self, project: str, location: str, grace: float):
        self.jobs: dict[str, Job] = {}
        self.fates: list[dict] = []
        self._parent = f"projects/{PROJECT_NUMBER}/locations/{location}"
        self._grace = grace
        self._project, self._location = project, location
        self._ids = itertools.count(4_000_000_000_000_000_001)
        self._lock = threading.Lock()

    def locate(self, resource: str, permission: str) -> str:
        """The name of a resource with the project's number, if there is such a project and such a location."""
        _, project, _, location, *rest = resource.split("/")
        if project not in (self._project, PROJECT_NUMBER):
            raise denied(permission, f"//aiplatform.googleapis.com/projects/{project}/locations/{location}")
        if location != self._location:
            raise Refusal("NOT_FOUND", f"Location {location!r} is not found, or Vertex AI does not serve it.")
        return "/".join([self._parent, *rest])

    def create(self, body: dict) -> dict:
        message = CustomJob.pb(CustomJob())
        try:
            json_format.ParseDict(body, message)
        except json_format.ParseError as error:
            raise Refusal("INVALID_ARGUMENT", f"Invalid JSON payload received. {error} at 'custom_job'") from None
        _check(message)
        if not message.job_spec.scheduling.HasField("timeout"):
            message.job_spec.scheduling.timeout.FromTimedelta(timedelta(days=7))
        with self._lock:
            fate = self.fates.pop(0) if self.fates else {}
            job = Job(message, f"{self._parent}/customJobs/{next(self._ids)}", fate, self._grace)
            self.jobs[job.name] = job
        return _shown(job)

    def find(self, name: str) -> Job:
        if name not in self.jobs:
            raise Refusal("NOT_FOUND", f"The CustomJob does not exist: {name}")
        return self.jobs[name]

    def list(self, query: dict) -> dict:
        selects = _filter(query.get("filter", ""))
        jobs = [job for job in list(self.jobs.values()) if selects(job)]
        begin, size = int(query.get("pageToken") or 0), min(int(query.get("pageSize") or 50), 100)
        answer = {"customJobs": [_shown(job, query.get("readMask")) for job in jobs[begin : begin + size]]}
        if begin + size < len(jobs):
            answer["nextPageToken"] = str(begin + size)
        return answer

    def delete(self, name: str) -> dict:
        job = self.find(name)
        if job.message.state not in FINAL:
            raise Refusal("FAILED_PRECONDITION", f"The CustomJob {name!r} cannot be deleted before it has ended.")
        del self.jobs[name]
        return {"name": f"{self._parent}/operations/1", "done": True, "response": {}}


def _check(message) -> None:
    """What Google looks at beyond the types."""
    if not 0 < len(message.display_name) <= 128:
        raise Refusal("INVALID_ARGUMENT", "The display_name must have 1 to 128 characters.")
    if not message.job_spec.worker_pool_specs:
        raise Refusal("INVALID_ARGUMENT", "The worker_pool_specs must not be empty.")
    for number, pool in enumerate(message.job_spec.worker_pool_specs):
        is_used = number == 0 or pool.replica_count > 0
        if is_used and pool.WhichOneof("task") is None:
            place = f"job_spec.worker_pool_specs[{number}]"
            raise Refusal("INVALID_ARGUMENT", f"{place}: one of container_spec and python_package_spec must be set.")
        if pool.WhichOneof("task") == "container_spec" and not pool.container_spec.image_uri:
            raise Refusal("INVALID_ARGUMENT", f"job_spec.worker_pool_specs[{number}].container_spec.image_uri is required.")
    for label in [*message.labels, *message.labels.values()]:
        if not re.fullmatch(r"[a-z0-9_-]{0,63}", label):
            raise Refusal("INVALID_ARGUMENT", f"The label {label!r} is not valid.")


def _shown(job: Job, mask: str | None = None) -> dict:
    message = job.message
    if mask:
        fields = field_mask_pb2.FieldMask()
        fields.FromJsonString(mask)
        if not fields.IsValidForDescriptor(message.DESCRIPTOR):
            raise Refusal("INVALID_ARGUMENT", f"The read_mask {mask!r} names fields that a CustomJob does not have.")
        masked = type(message)()
        fields.MergeMessage(message, masked)
        message = masked
    return json_format.MessageToDict(message)


def _filter(text: str):
    """A filter as a function of jobs: as much of Google's language as is documented for custom jobs, joined by AND."""
    terms = [_term(term.strip()) for term in text.split(" AND ") if term.strip()]
    return lambda job: all(term(job) for term in terms)


def _term(term: str):
    if match := re.fullmatch(r"labels\.([a-z0-9_-]+):\*", term):
        return lambda job: match[1] in job.message.labels
    if match := re.fullmatch(r'labels\.([a-z0-9_-]+)="?([a-z0-9_-]+)"?', term):
        return lambda job: job.message.labels.get(match[1]) == match[2]
    if (match := re.fullmatch(r'state(!?=)"(\w+)"', term)) and match[2] in JobState.__members__:
        return lambda job: (JobState(job.message.state).name == match[2]) is (match[1] == "=")
    raise Refusal("INVALID_ARGUMENT", f"The filter is not valid: {term}")


def _entries(jobs: list[Job], body: dict) -> dict:
    """`entries.list` of Cloud Logging."""
    wanted = dict(re.findall(r'resource\.(type|labels\.\w+)="([^"]*)"', body["filter"]))
    of_job = [job for job in jobs if job.id == wanted.get("labels.job_id")]
    entries = [entry for job in of_job for entry in job.logs]
    is_wanted = wanted.get("type") == "ml_job" and wanted.get("labels.task_name") in (None, "workerpool0-0")
    if body.get("orderBy") == "timestamp desc":
        entries.reverse()
    return {"entries": entries[: body["pageSize"]]} if is_wanted and entries else {}


def denied(permission: str, resource: str) -> Refusal:
    return Refusal("PERMISSION_DENIED", f"Permission '{permission}' denied on resource '{resource}' (or it may not exist).")


class World:
    """All that one server stands for."""

    def __init__(self, address: str, options):
        self.service = JobService(options.project, options.location, options.grace)
        self.identities = Identities(address, options.project)
        self.project = options.project
        self.calls: list[dict] = []
        self.faults: list[dict] = []
        self.missing_permissions: set[str] = set()

    def fault(self, method: str) -> dict | None:
        for fault in self.faults:
            if fault["times"] > 0 and fault.get("method", method) == method:
                fault["times"] -= 1
                return fault
        return None

    def allow(self, method: str, permission: str, resource: str) -> None:
        self.calls.append({"method": method, "permission": permission})
        if permission in self.missing_permissions:
            raise denied(permission, resource)

    def answer(self, verb: str, path: str, query: dict, body: dict) -> dict:
        """The answer of Google's APIs to whoever may ask."""
        if (verb, path) == ("POST", "/v2/entries:list"):
            self.allow("ListLogEntries", "logging.logEntries.list", body["resourceNames"][0])
            return _entries(list(self.service.jobs.values()), body)
        if match := re.fullmatch(r"/v1/(projects/[^/]+/locations/[^/]+/customJobs)(/[^/:]+)?(:cancel)?", path):
            return self._custom_jobs(verb, match, query, body)
        raise Refusal("NOT_FOUND", f"The requested URL {path} was not found on this server.")

    def _custom_jobs(self, verb: str, match: re.Match, query: dict, body: dict) -> dict:
        collection, job_id, action = match.groups()
        what = method_of(verb, bool(job_id), action)
        permission = f"aiplatform.customJobs.{what}"
        name = self.service.locate(collection + (job_id or ""), permission)
        self.allow(METHODS[what], permission, f"//aiplatform.googleapis.com/{name}")
        if what == "create":
            if account := body.get("job_spec", {}).get("service_account"):
                self._act_as(account)
            return self.service.create(body)
        if what == "list":
            return self.service.list(query)
        if what == "get":
            return _shown(self.service.find(name))
        if what == "cancel":
            self.service.find(name).cancel()
            return {}
        return self.service.delete(name)

    def _act_as(self, account: str) -> None:
        self.calls.append({"method": "CreateCustomJob", "permission": "iam.serviceAccounts.actAs"})
        if "iam.serviceAccounts.actAs" in self.missing_permissions:
            words = f"You do not have permission to act as service_account: {account}. (or it may not exist)."
            raise Refusal("INVALID_ARGUMENT", words)

    def token(self, verb: str, path: str, body: dict) -> dict | str | None:
        """The metadata server of a machine, and the endpoint that renews a person's credentials."""
        machine = "/computeMetadata/v1/"
        if verb == "POST" and path == "/token":
            if body.get("refresh_token") == "expired":
                raise Refusal("INVALID_ARGUMENT", "invalid_grant: Token has been expired or revoked.")
            return self.identities.issue()
        if path == f"{machine}project/project-id":
            return self.project
        if path == f"{machine}universe/universe-domain":
            return "googleapis.com"
        if path == f"{machine}instance/service-accounts/default/email":
            return Identities.EMAIL
        if path == f"{machine}instance/service-accounts/default/token":
            return self.identities.issue()
        return None

    def control(self, verb: str, what: str, body):
        if verb == "GET":
            jobs = [{**_shown(job), "starts": job.starts, "pid": job.pid} for job in self.service.jobs.values()]
            return {"calls": self.calls, "jobs": jobs, "key": self.identities.key}[what]
        if what == "faults":
            self.faults = body
        elif what == "fates":
            self.service.fates = body
        elif what == "missing_permissions":
            self.missing_permissions = set(body)
        elif what == "release":
            for job in list(self.service.jobs.values()):
                job.released.set()
        else:
            raise Refusal("NOT_FOUND", what)
        return {}


def method_of(verb: str, has_id: bool, action: str | None) -> str:
    known = {("POST", False): "create", ("GET", False): "list", ("GET", True): "get", ("DELETE", True): "delete"}
    if action:
        return "cancel"
    if (verb, has_id) not in known:
        raise Refusal("NOT_FOUND", f"There is no {verb} here.")
    return known[verb, has_id]


class Handler(BaseHTTPRequestHandler):
    """HTTP in, HTTP out."""

    protocol_version = "HTTP/1.1"
    world: World

    def _serve(self) -> None:
        url = urlparse(self.path)
        path = unquote(url.path)
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        query = dict(parse_qsl(url.query))
        try:
            if path.startswith("/control/"):
                body = json.loads(text) if text else None
                return self._send(200, self.world.control(self.command, path.removeprefix("/control/"), body))
            token = self.world.token(self.command, path, _form(text))
            if token is not None:
                return self._send(200, token)
            self._serve_api(path, query, json.loads(text) if text else {})
        except Refusal as refusal:
            self._send(refusal.code, refusal.body)

    do_GET = do_POST = do_DELETE = _serve

    def _serve_api(self, path: str, query: dict, body: dict) -> None:
        fault = self.world.fault(_method(self.command, path)) or {}
        if "status" in fault:
            raise Refusal(fault["status"], fault["message"])
        if fault.get("loses") != "request":
            self.world.identities.check(self.headers.get("Authorization", ""))
            answer = self.world.answer(self.command, path, query, body)
        time.sleep(fault.get("seconds", 0))
        if "loses" in fault:
            self.close_connection = True
        else:
            self._send(200, answer)

    def _send(self, status: int, answer) -> None:
        is_text = isinstance(answer, str)
        content = (answer if is_text else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json; charset=UTF-8")
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_) -> None:
        """Nobody reads it."""


def _method(verb: str, path: str) -> str:
    if path.startswith("/v2/"):
        return "ListLogEntries"
    try:
        what = method_of(verb, not path.removesuffix(":cancel").endswith("customJobs"), path.endswith(":cancel"))
    except Refusal:
        return ""
    return METHODS[what]


def _form(text: str) -> dict:
    if text.startswith("{"):
        return json.loads(text)
    return dict(parse_qsl(text))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--project", default="my-project")
    parser.add_argument("--location", default="us-central1")
    parser.add_argument("--grace", type=float, default=1.0, help="how long a container has after SIGTERM")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = True
    address = f"http://127.0.0.1:{server.server_port}"
    Handler.world = World(address, options)
    print(f"Vertex AI stands at {address}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    finally:
        for job in list(Handler.world.service.jobs.values()):
            if job.pid:
                _signal_group(job.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
