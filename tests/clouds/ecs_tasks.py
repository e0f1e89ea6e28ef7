"""Tasks of the stand-in for ECS: what moto does not do. Every container with a command is a process of this machine, in
a process group of its own; statuses, timestamps, exit codes and reasons follow it as AWS documents them ("Task
lifecycle", "Stopped tasks error codes"). Requests and answers are `ecs.py`'s.
"""

import itertools
import os
import signal
import subprocess
import threading
import time
import uuid

STOP_TIMEOUT = 30
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


class Container:
    """A container of a task: its definition with RunTask's overrides over it, and its process."""

    def __init__(self, definition: dict, override: dict, secrets: dict[str, str]):
        self.name = definition["name"]
        self.image = definition["image"]
        self.memory = override.get("memory", definition.get("memory"))
        self.is_essential = definition.get("essential", True)
        self.stop_timeout = definition.get("stopTimeout", STOP_TIMEOUT)
        self.command = [*definition.get("entryPoint", []), *override.get("command", definition.get("command", []))]
        variables = [*definition.get("environment", []), *override.get("environment", [])]
        self.environment = {**secrets, **{variable["name"]: variable.get("value", "") for variable in variables}}
        self.logs = definition.get("logConfiguration", {})
        self.runtime_id = uuid.uuid4().hex
        self.status = "PENDING"
        self.exit_code = None
        self.reason = None
        self.process = None

    def start(self, path: str, directory: str, log) -> None:
        environment = {"PATH": path, "HOME": directory, **self.environment}
        try:
            self.process = subprocess.Popen(
                self.command,
                env=environment,
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self.status = "STOPPED"
            self.reason = f"CannotStartContainerError: failed to create task: exec: {error}"
            return
        self.status = "RUNNING"
        self._reader = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._reader.start()

    def _read(self, log) -> None:
        for line in self.process.stdout:
            log(line.decode(errors="replace").rstrip("\n"))

    def has_ended(self) -> bool:
        if self.status == "RUNNING" and self.process is not None and self.process.poll() is not None:
            self.note_end()
        return self.status == "STOPPED"

    def note_end(self) -> None:
        # A container ends with its first process, and takes the others with it.
        self._signal(signal.SIGKILL)
        self._reader.join(timeout=5)
        code = self.process.returncode
        self.exit_code = 128 - code if code < 0 else code
        self.status = "STOPPED"

    def stop(self) -> None:
        """SIGTERM, the timeout, SIGKILL."""
        if self.process is None:
            self.status = "STOPPED"
            return
        if self.status != "RUNNING":
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_timeout)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.process.wait()
        self.note_end()

    def kill(self) -> None:
        if self.status == "RUNNING" and self.process is not None:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def described(self, task_arn: str) -> dict:
        fields = {
            "containerArn": f"{task_arn}/{self.runtime_id}".replace(":task/", ":container/"),
            "taskArn": task_arn,
            "name": self.name,
            "image": self.image,
            "lastStatus": self.status,
            "exitCode": self.exit_code,
            "reason": self.reason,
            "memory": None if self.memory is None else str(self.memory),
            "runtimeId": self.runtime_id if self.process else None,
            "networkInterfaces": [],
            "healthStatus": "UNKNOWN",
        }
        return present(fields)


class Task:
    """A task from PROVISIONING to STOPPED, carried on by a thread of its own."""

    def __init__(self, arn: str, cluster_arn: str, request: dict, definition, containers: list[Container], world):
        self.arn = arn
        self.cluster_arn = cluster_arn
        self.request = request
        self.definition = definition
        self.containers = containers
        self._world = world
        self.status = "PROVISIONING"
        self.desired = "RUNNING"
        self.times = {"createdAt": time.time()}
        self.stop_code = None
        self.stopped_reason = None
        self._wanted = threading.Event()
        threading.Thread(target=self._live, daemon=True).start()

    def stop(self, code: str, reason: str) -> None:
        """Somebody decides that it ends; the first one is told of it."""
        if self.desired == "STOPPED":
            return
        self.desired, self.stop_code, self.stopped_reason = "STOPPED", code, reason
        self.times["stoppingAt"] = time.time()
        self._wanted.set()

    def _live(self) -> None:
        self._begin()
        while not self._wanted.wait(0.01):
            ended = [container for container in self.containers if container.has_ended()]
            if any(container.is_essential for container in ended) or len(ended) == len(self.containers):
                self.stop("EssentialContainerExited", "Essential container in task exited")
        self._end()

    def _pause(self) -> bool:
        """Lets a moment pass; false if it is to end."""
        return not self._wanted.wait(self._world.pace)

    def _begin(self) -> None:
        failure = self._world.start_failure
        if failure is not None and self._pause():
            return self.stop("TaskFailedToStart", failure)
        if not self._pause():
            return
        self.status = "PENDING"
        self.times["connectivityAt"] = self.times["pullStartedAt"] = time.time()
        if not self._pause():
            return
        for container in self.containers:
            failure = self._world.pull_failures.get(container.image)
            if failure is not None:
                container.reason = failure
                return self.stop("TaskFailedToStart", failure)
        self.times["pullStoppedAt"] = time.time()
        if not self._pause():
            return
        for container in self.containers:
            if container.command:
                container.start(self._world.path, self._world.directory, self._log_of(container))
            else:
                container.status = "RUNNING"
            if container.reason is not None:
                return self.stop("TaskFailedToStart", container.reason)
        self.status = "RUNNING"
        self.times["startedAt"] = time.time()

    def _log_of(self, container: Container):
        options = container.logs.get("options", {})
        if container.logs.get("logDriver") != "awslogs":
            return lambda line: None
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{container.name}/{self.arn.rsplit('/')[-1]}" if prefix else container.runtime_id
        return lambda line: self._world.log(options["awslogs-group"], stream, line)

    def _end(self) -> None:
        if self.status == "RUNNING":
            self.status = "DEACTIVATING"
        stops = [threading.Thread(target=container.stop) for container in self.containers]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join()
        if self._world.is_out_of_memory:
            for container in self.containers:
                if container.exit_code == 137:
                    container.reason = OUT_OF_MEMORY
        self.times["executionStoppedAt"] = time.time()
        self.status = "DEPROVISIONING"
        time.sleep(self._world.pace)
        self.times["stoppedAt"] = time.time()
        self.status = "STOPPED"

    def described(self, with_tags: bool) -> dict:
        overrides = self.request.get("overrides", {})
        is_fargate = self.request.get("launchType") == "FARGATE"
        fields = {
            "taskArn": self.arn,
            "clusterArn": self.cluster_arn,
            "taskDefinitionArn": self.definition.arn,
            "lastStatus": self.status,
            "desiredStatus": self.desired,
            "launchType": self.request.get("launchType"),
            "cpu": overrides.get("cpu", self.definition.cpu),
            "memory": overrides.get("memory", self.definition.memory),
            "startedBy": self.request.get("startedBy"),
            "group": self.request.get("group", f"family:{self.definition.family}"),
            "overrides": overrides,
            "containerInstanceArn": None if is_fargate else f"{self.cluster_arn}/instance",
            "containers": [container.described(self.arn) for container in self.containers],
            "tags": self.request.get("tags", []) if with_tags else [],
            "stopCode": self.stop_code,
            "stoppedReason": self.stopped_reason,
            **self.times,
        }
        return present(fields)


class Tokens:
    """Client tokens: a repeated request is answered with the tasks of the first one."""

    def __init__(self):
        self._used: dict[str, tuple[dict, list[Task]]] = {}

    def known(self, request: dict) -> list[Task] | None:
        used = self._used.get(request.get("clientToken"))
        if used is None:
            return None
        if used[0] != request:
            message = "The provided clientToken is already in use with a different RunTask request."
            raise ValueError("ConflictException", message)
        return used[1]

    def use(self, request: dict, tasks: list[Task]) -> None:
        if "clientToken" in request:
            self._used[request["clientToken"]] = (request, tasks)


def present(fields: dict) -> dict:
    return {name: value for name, value in fields.items() if value is not None}


def pages(entries: list, request: dict, field: str, most: int) -> dict:
    """One page of a list."""
    begin, size = int(request.get("nextToken", 0)), min(request.get("maxResults", most), most)
    page = list(itertools.islice(entries, begin, begin + size))
    more = {"nextToken": str(begin + size)} if begin + size < len(entries) else {}
    return {field: page, **more}
