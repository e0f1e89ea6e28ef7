"""The clouds' storages on this machine: moto for S3, an emulator each of Google Cloud Storage and, Microsoft's own, of Azure Storage.

A cloud is what a process needs in its environment to take it for the real one, and buckets of its own for every test that asks."""

import importlib
import os
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass

import pytest

# Azurite knows this account, and says so on its page.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass
class Cloud:
    """A storage of a cloud, with a bucket that is new."""

    kind: str
    environment: dict
    bucket: str


@pytest.fixture(scope="session")
def clouds_python():
    """The Python that has what stands for AWS and Google."""
    python = os.environ.get("CASTRA_CLOUDS_PYTHON")
    if python is None:
        pytest.skip("LEFT OUT: set CASTRA_CLOUDS_PYTHON to a Python that has moto; `cargo xtask test` makes one")
    return python


@pytest.fixture(scope="session")
def aws(clouds_python, tmp_path_factory):
    """What leads to moto in place of AWS."""
    with serving([clouds_python, "-m", "moto.server", "-H", "127.0.0.1", "-p"], tmp_path_factory.mktemp("moto")) as address:
        yield {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@pytest.fixture(scope="session")
def google(clouds_python, tmp_path_factory):
    """What leads to the emulator of Google Cloud Storage."""
    command = [clouds_python, "-m", "gcp_storage_emulator", "start", "--in-memory", "--host", "127.0.0.1", "--port"]
    with serving(command, tmp_path_factory.mktemp("google")) as address:
        yield {"STORAGE_EMULATOR_HOST": address, "GOOGLE_CLOUD_PROJECT": "castra"}


@pytest.fixture(scope="session")
def azurite(tmp_path_factory):
    """What leads to Azurite in place of Azure Storage."""
    script = os.environ.get("CASTRA_AZURITE")
    if script is None:
        pytest.skip("LEFT OUT: set CASTRA_AZURITE to azurite's dist/src/blob/main.js; `cargo xtask test` fetches it by npm")
    options = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--blobHost", "127.0.0.1", "--blobPort"]
    with serving(["node", script, *options], tmp_path_factory.mktemp("azurite")) as address:
        named = f"AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};BlobEndpoint={address}/devstoreaccount1"
        yield {"AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;{named}"}


@pytest.fixture
def s3(aws, monkeypatch):
    """S3, with a bucket."""
    cloud = entered(Cloud("S3", aws, new_name()), monkeypatch)
    importlib.import_module("boto3").client("s3").create_bucket(Bucket=cloud.bucket)
    return cloud


@pytest.fixture
def gcs(google, monkeypatch):
    """Google Cloud Storage, with a bucket."""
    cloud = entered(Cloud("GCS", google, new_name()), monkeypatch)
    importlib.import_module("google.cloud.storage").Client().create_bucket(cloud.bucket)
    return cloud


@pytest.fixture
def azure(azurite, monkeypatch):
    """Azure Storage, with a container."""
    cloud = entered(Cloud("Azure", azurite, new_name()), monkeypatch)
    accounts = importlib.import_module("azure.storage.blob").BlobServiceClient
    accounts.from_connection_string(azurite["AZURE_STORAGE_CONNECTION_STRING"]).create_container(cloud.bucket)
    return cloud


@pytest.fixture(params=["s3", "gcs", "azure"])
def cloud(request):
    """Each of the three."""
    return request.getfixturevalue(request.param)


def new_name():
    return f"bucket-{uuid.uuid4().hex[:12]}"


def entered(cloud, monkeypatch):
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return cloud


class serving:
    """A server of its own, which `command` starts with a port after it: its address, once it listens, until it is left."""

    def __init__(self, command, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = folder / "log"
        self.command = [*command, str(self.port)]

    def __enter__(self):
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.log.parent)
        deadline = time.monotonic() + 60
        while not self.listens():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return f"http://127.0.0.1:{self.port}"

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
