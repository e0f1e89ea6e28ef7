"""Prints the containers that the installed prefect's DockerAgent would ask the engine for, one JSON object per line.

    python cases.py SEED COUNT

The first line holds the name of the container of a run that is called `a`, a character, `b`, for every character of the
Basic Multilingual Plane in the order of their numbers; null if this Python does not know it. Every other line is a case:
the agent's settings, the flow run, and either what the engine is asked for or `error`. No engine is asked: the agent and
docker-py are the real ones, the HTTP requests end here. The same seed gives the same cases.
"""

import json
import logging
import os
import random
import sys
import tempfile
import unicodedata
import uuid
from unittest import mock
from urllib.parse import parse_qs, unquote, urlsplit

import docker
import requests
from slugify import slugify

from prefect.agent.docker import DockerAgent
from prefect.utilities.configuration import set_temporary_config
from prefect.utilities.graphql import GraphQLResult

SEND_LOGS = "PREFECT__CLOUD__SEND_FLOW_RUN_LOGS"
NAMES = [
    "A", "B", "lower.case-1", "", "A=B", SEND_LOGS, "PREFECT__LOGGING__LEVEL", "PREFECT__BACKEND",
    "PREFECT__CLOUD__API", "PREFECT__CLOUD__API_KEY", "PREFECT__CLOUD__TENANT_ID", "PREFECT__CLOUD__AGENT__LABELS",
    "PREFECT__CLOUD__AUTH_TOKEN", "PREFECT__LOGGING__LOG_TO_CLOUD", "PREFECT__CONTEXT__IMAGE",
    "PREFECT__CLOUD__USE_LOCAL_SECRETS", "PREFECT__CONTEXT__FLOW_RUN_ID", "PREFECT__CONTEXT__FLOW_ID",
]  # fmt: skip
TEXTS = ["", "x", "/a:/b", "true", "false", "ü", "two\nlines", " spaced ", "k=v"]
VALUES = [*TEXTS, None, None, True, False, 0, 7, -3, 1.0, 0.5, 1e-7, 1e16, 123456789.125, [], ["a", 1], {"k": None}]
LABELS = ["dev", "it's", 'say "hi"', "both ' and \"", "back\\slash", "tab\tnew\nline", "ü", ""]
APIS = [
    "http://localhost:4200", "http://localhost:9999/graphql", "http://localhost", "https://castra.example/api",
    "http://127.0.0.1:4200", "https://castra.example:8443", "https://localhost.example:1/",
]  # fmt: skip
STORAGES = [
    {"type": "Local", "directory": "/flows"},
    {"type": "Module", "module": "flows.etl"},
    {"type": "S3", "bucket": "flows"},
    {"type": "GitHub", "repo": "o/r", "path": "etl.py"},
    {"type": "Docker", "registry_url": "registry.example", "image_name": "etl", "image_tag": "v1"},
    {"type": "Docker", "registry_url": None, "image_name": "etl", "image_tag": "v1"},
    {"type": "Docker", "registry_url": "r.example:5000/team/", "image_name": "./etl", "image_tag": "v1"},
    {"type": "Docker", "registry_url": "r.example", "image_name": None, "image_tag": "v1"},
]
CORE_VERSIONS = ["1.4.1", "1.4.1", "0.15.0", "0.13.0", "0.13.0rc1", "0.12.6+9.gabc", "0.6.0", "1.4.1+2.g1", "", None]
IMAGES = [
    None, None, "etl", "etl:v1", "team/etl", "registry.example/team/etl:v1", "registry.example:5000/etl@sha256:0a",
    "localhost/etl", "prefecthq/prefect:1.4.1", "", "a/b/c/d",
]  # fmt: skip
PORTS = [*[None, [], [8080], [80, 80, 65536, 0], ["443", 5.7, -1]] * 5, [True], ["x"]]
RUN_CONFIGS = [None, "UniversalRun", "LocalRun", "KubernetesRun", *["DockerRun"] * 12]
VOLUMES = [
    "/data", "/data:/mnt", "/data:/mnt:ro", "/data/../x//y:/mnt/./z:rw", "cache:/cache", "cache:/cache:rw",
    "cache:/other", "./rel:/rel", "../rel:/rel", "~/home:/home", " /sp :  /sp2 ", "//two:/two", "///three:/three",
    "/data:/again:z", "a/../..:/up", "/", ".", "rel", "/x:", ":/y", "/e:/f:", "ü:/ü",
]  # fmt: skip
BAD_VOLUMES = ["cache:/cache:ro", "/a:/b:ro:z", "C:\\a:/b:ro", "cache:/c: rw"]
NETWORKS = [
    [], [], [], ["host"], ["none"], ["prefect-server"], ["a"], ["a", "b"], ["b", "host"], ["host", "prefect-server"],
]  # fmt: skip
BYTES = [
    "512m", "1g", "2GB", "1.5k", "64mb", "100", "7b", "", "1_000k", " 5 m", "1e3", ".5g", "5.", 1024, 0, 2.5, -1, "-1",
    "+3k", True,
]  # fmt: skip
BAD_BYTES = ["x", "5t", "m", "5mib", "1__0", "_1k", "k5", "512m ", "nan", "infb", "b", "bb", "5 bk", [1], {"a": 1}]
INTEGERS = [0, 1, 5, -1, 1000, True, False, 9007199254740993]
STRINGS = ["", "host", "x", "a,b", "container:abc"]
LISTS = [[], ["a"], ["a", "b"], [{"Path": "/dev/sda", "Weight": 100}]]
OBJECTS = [{}, {"a": "b"}, {"a": 1, "b": None, "c": [True, "it's"]}]
ODD = [None, None, True, False, 0, 1, 1.5, -2, "", "host", "x", "ab", [], ["a"], ["ab", "cd"], [1, "a"], [[]], {}, {"a": 1}]
ANYTHING = [*INTEGERS, *STRINGS, *LISTS, *OBJECTS]
# By option of the host config, values that docker-py takes, mostly.
OPTIONS = {
    **dict.fromkeys(["mem_limit", "memswap_limit", "mem_reservation", "kernel_memory", "shm_size"], BYTES),
    **dict.fromkeys(
        "mem_swappiness oom_score_adj cpu_quota cpu_period cpu_shares cpu_rt_period cpu_rt_runtime blkio_weight "
        "pids_limit cpu_count cpu_percent nano_cpus".split(),
        INTEGERS,
    ),
    **dict.fromkeys(
        "privileged oom_kill_disable publish_all_ports read_only init auto_remove".split(), [True, False, None, 1]
    ),
    **dict.fromkeys(
        "pid_mode ipc_mode network_mode cgroup_parent cpuset_cpus cpuset_mems isolation runtime volume_driver "
        "cgroupns".split(),
        STRINGS,
    ),
    **dict.fromkeys(["userns_mode", "uts_mode"], ["host", "", None]),
    **dict.fromkeys(
        "dns dns_search dns_opt cap_add cap_drop security_opt blkio_weight_device device_read_bps device_write_bps "
        "device_read_iops device_write_iops mounts device_cgroup_rules".split(),
        LISTS,
    ),
    "restart_policy": [{"Name": "on-failure", "MaximumRetryCount": 5}, *OBJECTS],
    "storage_opt": ANYTHING,
    "group_add": [["audio", 44], [1.5, None, True], "ab", {"a": 1}, []],
    "devices": [["/dev/a"], ["/dev/a:/dev/b", "/dev/c:/dev/d:r:x", {"PathOnHost": "/x"}, ""], "ab", {"/dev/a": 1}, []],
    "sysctls": [{"net.core.somaxconn": 1024, "kernel.x": "1", "b": True, "f": 0.5}, {}, {"n": None, "l": ["a"]}],
    "volumes_from": ["a,b:ro", ["a"], "", [], {"a": 1}],
    "binds": [
        ["/a:/b"], {}, [], {"/a": "/b"}, {"/a": {"bind": "/b"}, "v": {"bind": "/c", "mode": "ro,z"}},
        {"/a": {"bind": "/b", "ro": True}, "/c": {"bind": 5, "ro": 0}}, {"/a": None, "/b": ["x"]},
    ],
    "port_bindings": [
        {}, {"80": 8080, "53/udp": None}, {"80": [1, "2", None]}, {"80": {"HostPort": 1}}, {"80": []},
        {"80": {"HostPort": None, "HostIp": "127.0.0.1"}, "80/tcp": True}, {"80": [{"HostPort": 1.5, "HostIp": None}]},
    ],
    "extra_hosts": [{}, {"b": "10.0.0.1", "a": "::1", "B": None}, ["x:1"], "x", {"n": [1]}],
    "links": [
        {}, {"db": "db", "a": None}, [["b", "x"], ["a", "y"]], [["a", ""]], ["zy", "ab"], [["a", 2], ["a", 1]], "",
        [["b", None]], [{"k": 1, "l": 2}],
    ],
    "lxc_conf": [{}, {"lxc.a": 1, "b": None}, [{"Key": "a", "Value": "b"}], "x"],
    "ulimits": [
        [], [{"name": "nofile", "soft": 1, "hard": 2}], [{"Name": "x", "Soft": None}], [{"name": "y", "hard": True}],
        [{"name": "z", "soft": 0, "Soft": 5, "unknown": 1}, {"name": "", "soft": "", "hard": []}],
    ],
    "log_config": [
        {}, {"type": "json-file", "config": {"max-size": "1g"}}, {"Type": "none", "Config": None}, {"type": 5},
        {"config": {}, "Config": {"a": 1}}, {"type": None, "Type": "x", "config": ""},
    ],
    "tmpfs": [["/run"], ["/run:size=64m,x:y", "/b:"], {"/run": ""}, {"/x": 1}, [], ["/a", "/a:b"]],
    "device_requests": [
        [], [{"count": -1, "capabilities": [["gpu"]]}], [{"Driver": "nvidia", "DeviceIDs": ["0"], "Options": {"a": "b"}}],
        [{}], [{"count": True, "driver": None, "options": None}],
    ],
}  # fmt: skip
BAD_OPTIONS = {
    **{option: BAD_BYTES for option in ["mem_limit", "memswap_limit", "mem_reservation", "kernel_memory", "shm_size"]},
    "binds": [{"/a": {"mode": "ro"}}, {"/a": {"bind": "/b", "ro": True, "mode": "rw"}}, "/a:/b"],
    "port_bindings": [{"80": {"HostIp": "1.2.3.4"}}, {"80": [{}]}, ["80"]],
    "links": ["abc", [["a"]], [["a", "b", "c"]], [1], [["a", 1], ["a", "x"]], [{"k": 1}], [{"a": 1, "b": 2}, {"c": 1}]],
    "ulimits": [[{}], [{"name": None, "Name": "x"}], [{"name": "x", "soft": "1"}], [{"name": "x", "hard": 1.5}], [1], {}],
    "log_config": ["json-file", {"config": [1]}, {"config": "x"}],
    "tmpfs": ["/run", [1], True],
    "device_requests": [[{"count": "1"}], [{"driver": 1}], [{"device_ids": "0"}], [{"options": []}], ["x"], {}],
    "devices": [[1], 5, [None]],
    "group_add": [5, True],
    "userns_mode": ["private", 1],
    "uts_mode": ["x", True],
    "init_path": ["/init", "", 0],
    "mem_limt": ["1g"],
    "version": ["1.41"],
    "Memory": [1],
    "": [1],
}
CHARACTERS = [chr(c) for c in range(0x20, 0x7F)] + list("äÖßéñçøÅ北京東京Привет→…—'’“”＃ﬁⅧ½²٣५ไทย한국🎉\u0301\u200b\u00a0\t\n")
PIECES = [
    "sturdy-ox", "it's", "1,000", "--", "..", "__", "&amp;", "&eacute;", "&#65;", "&#x41;", "&#xE9;", "&#1114112;",
    "&#55296;", "&bogus;", "&amp;#66;", "&#", "&#x;", "1,٢", "a" * 120, "-" * 9, "&Agrave;&nbsp;", "&lt;b&gt;",
]  # fmt: skip


def is_known(character):
    """Later editions of Unicode may take it apart."""
    return unicodedata.category(character) != "Cn"


def env(rng, values):
    return {name: rng.choice(values) for name in rng.sample(NAMES, rng.randrange(6))}


def host_config(rng):
    options = {}
    for option in rng.sample(sorted(OPTIONS), rng.choice([0, 0, 1, 2, 3, 5, 9])):
        options[option] = rng.choice(OPTIONS[option])
    if rng.random() < 0.15:
        option = rng.choice([*OPTIONS, "init_path", "nonsense"])
        options[option] = rng.choice(ODD)
    if rng.random() < 0.1:
        option = rng.choice(list(BAD_OPTIONS))
        options[option] = rng.choice(BAD_OPTIONS[option])
    return options


def run_config(rng):
    kind = rng.choice(RUN_CONFIGS)
    if kind is None:
        return None
    document = {"type": kind, "labels": [], "env": rng.choice([None, env(rng, VALUES), env(rng, VALUES)])}
    if kind == "DockerRun":
        document["image"] = rng.choice(IMAGES)
        document["ports"] = rng.choice(PORTS)
        document["host_config"] = rng.choice([None, host_config(rng), host_config(rng), host_config(rng)])
    return document


def run_name(rng):
    if rng.random() < 0.3:
        return "".join(rng.choice(PIECES) for _ in range(rng.randrange(5)))
    if rng.random() < 0.2:
        codes = [rng.choice([rng.randrange(1, 0xD800), rng.randrange(0xE000, 0x20000)]) for _ in range(12)]
        return "".join(filter(is_known, map(chr, codes)))
    return "".join(rng.choice([*CHARACTERS, *PIECES]) for _ in range(rng.randrange(20)))


def new_id(rng):
    return str(uuid.UUID(int=rng.getrandbits(128)))


def new_case(rng):
    authenticated = rng.random() < 0.5
    volumes = rng.sample(VOLUMES, rng.choice([0, 0, 0, 1, 2, 4]))
    return {
        "agent": {
            "api": rng.choice(APIS),
            "labels": rng.sample(LABELS, rng.randrange(4)),
            "env": list(env(rng, TEXTS).items()),
            "log_level": rng.choice(["INFO", "DEBUG"]),
            "send_logs": rng.random() < 0.7,
            "no_pull": rng.random() < 0.3,
            "volumes": volumes + [rng.choice(BAD_VOLUMES)] * (rng.random() < 0.04),
            "networks": rng.choice(NETWORKS),
            "reg_allow_list": rng.choice([[], [], [], ["prefecthq"], ["registry.example", "prefecthq", "team"]]),
        },
        "credential": f"castra_{new_id(rng)}_secret" if authenticated else None,
        "tenant_id": new_id(rng),
        "flow_run": {
            "id": new_id(rng),
            "name": run_name(rng),
            "run_config": run_config(rng),
            "flow": {
                "id": new_id(rng),
                "name": rng.choice(["etl", "", "Ünï flow"]),
                "storage": rng.choice(STORAGES[:4] * 3 + STORAGES),
                "core_version": rng.choice(CORE_VERSIONS),
            },
        },
    }


class Engine:
    """Answers docker-py's requests, and remembers what was asked for."""

    def __init__(self):
        self.asked = {"pull": None, "volumes": [], "create": None, "connect": []}

    def send(self, request, **options):
        url = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        path = unquote(url.path).removeprefix("/v1.41")
        return self.response(*self.answer(request, path, query))

    def answer(self, request, path, query):
        if path == "/version":
            return 200, {"ApiVersion": "1.41", "Version": "20.10.0"}
        if path == "/images/create":
            # docker-py has put `latest` where there was no tag: without one, the engine would pull them all.
            tag = query["tag"]
            separator = "@" if tag.startswith("sha256:") else ":"
            self.asked["pull"] = query["fromImage"] + separator + tag
            return 200, {"status": "pulled"}
        if path == "/volumes/create":
            self.asked["volumes"].append(json.loads(request.body)["Name"])
            return 201, {}
        if path.startswith("/volumes/"):
            return 404, {"message": "no such volume"}
        if path == "/containers/create":
            self.asked["create"] = {"name": query["name"], "body": json.loads(request.body)}
            return 201, {"Id": "c0ffee", "Warnings": []}
        if path.startswith("/networks/"):
            self.asked["connect"].append(path.removeprefix("/networks/").removesuffix("/connect"))
            return 200, {}
        return 200, {}

    def response(self, status, body):
        response = requests.Response()
        response.status_code = status
        response._content = json.dumps(body).encode()
        response.raw = mock.Mock(closed=True)
        return response


def asked(case):
    """What the engine would be asked for."""
    settings, flow_run = case["agent"], case["flow_run"]
    configuration = {
        "backend": "server",
        "cloud.api": settings["api"],
        "cloud.api_key": case["credential"],
        "cloud.tenant_id": case["tenant_id"],
        "cloud.send_flow_run_logs": True,
        "cloud.agent.labels": [],
        "logging.level": settings["log_level"],
        # Castra's one address says the port, too.
        "server.port": str(urlsplit(settings["api"]).port or 4200),
    }
    engine = Engine()
    pulled = mock.patch.object(docker.APIClient, "_stream_helper", lambda *args, **kwargs: iter([]))
    sent = mock.patch.object(docker.APIClient, "send", lambda client, *args, **kwargs: engine.send(*args, **kwargs))
    with set_temporary_config(configuration), pulled, sent:
        agent = DockerAgent(
            labels=list(settings["labels"]),
            env_vars=dict(settings["env"]),
            no_cloud_logs=not settings["send_logs"],
            no_pull=settings["no_pull"],
            volumes=settings["volumes"],
            networks=settings["networks"] or None,
            reg_allow_list=settings["reg_allow_list"] or None,
        )
        agent.deploy_flow(GraphQLResult({**flow_run, "flow": GraphQLResult(flow_run["flow"])}))
    return engine.asked


def answered(case):
    try:
        return {**case, "asked": asked(case)}
    except Exception as error:
        return {**case, "error": f"{type(error).__name__}: {error}"[:200]}


def container_name(run_name):
    """As `DockerAgent.deploy_flow` has it."""
    pattern = r"[^a-zA-Z0-9_.-]+"
    return slugify(run_name, lowercase=False, max_length=250, regex_pattern=pattern).lstrip("_-.")


def characters():
    return [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]


def main():
    rng, count = random.Random(int(sys.argv[1])), int(sys.argv[2])
    logging.disable(logging.CRITICAL)
    print(json.dumps([is_known(it) and container_name(f"a{it}b") or None for it in characters()]))
    with tempfile.TemporaryDirectory() as directory:
        # Nobody's own settings of Docker.
        os.environ["DOCKER_CONFIG"] = directory
        for _ in range(count):
            print(json.dumps(answered(new_case(rng))))


if __name__ == "__main__":
    main()
