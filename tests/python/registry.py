"""A registry of images on this machine, as far as `docker push` asks it: the protocol is that of the OCI distribution specification."""

import hashlib
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


class Registry(ThreadingHTTPServer):
    """What was pushed: blobs by digest, manifests by name and tag."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.uploads, self.blobs, self.manifests = {}, {}, {}

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200 if self.path == "/v2/" else 404)

    def do_HEAD(self):
        *_, kind, wanted = self.path.split("/")
        known = self.server.blobs if kind == "blobs" else {}
        self.answer(200 if wanted in known else 404, length=len(known.get(wanted, b"")))

    def do_POST(self):
        upload = uuid.uuid4().hex
        self.server.uploads[upload] = self.content()
        self.answer(202, Location=f"{self.path}{upload}")

    def do_PATCH(self):
        upload = self.path.rpartition("/")[2]
        self.server.uploads[upload] += self.content()
        self.answer(202, Location=self.path, Range=f"0-{len(self.server.uploads[upload]) - 1}")

    def do_PUT(self):
        place = urlsplit(self.path)
        *name, kind, last = place.path.removeprefix("/v2/").split("/")
        if kind == "manifests":
            content = self.server.manifests["/".join(name), last] = self.content()
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        else:
            content = self.server.uploads.pop(last) + self.content()
            (digest,) = parse_qs(place.query)["digest"]
            assert digest == f"sha256:{hashlib.sha256(content).hexdigest()}"
            self.server.blobs[digest] = content
        self.answer(201, Location=self.path, **{"Docker-Content-Digest": digest})

    def content(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline(), 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def answer(self, status, length=0, **headers):
        self.send_response(status)
        for name, value in {"Docker-Distribution-Api-Version": "registry/2.0", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def registry():
    """A registry that is empty. Docker takes registries of the loopback address without TLS."""
    registry = Registry()
    threading.Thread(target=registry.serve_forever, daemon=True).start()
    yield registry
    registry.shutdown()
    registry.server_close()
