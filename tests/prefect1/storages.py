"""Prints what prefect 1.4.1 does with the constructors of storages, one JSON object per line: `storage`, `arguments`, and what was
serialized as `value`, or `error`."""

import json
import logging

import prefect.storage

CASES = [
    ("Azure", {"container": "flows"}),
    ("Azure", {"container": "flows", "connection_string_secret": "S", "blob_name": "etl.py", "stored_as_script": True}),
    ("Azure", {}),
    ("Azure", {"container": None}),
    ("Bitbucket", {"project": "p", "repo": "r", "path": "etl.py", "ref": "main"}),
    ("Bitbucket", {"project": "p", "repo": "r", "workspace": "w", "cloud_username_secret": "U"}),
    ("Bitbucket", {"project": "p", "repo": "r", "workspace": "w", "access_token_secret": "T"}),
    ("CodeCommit", {"repo": "r", "path": "etl.py", "commit": "main", "client_options": {"region_name": "eu"}}),
    ("Docker", {"registry_url": "registry.example", "image_name": "etl", "image_tag": "v1", "path": "/etl.py", "stored_as_script": True}),
    ("GCS", {"bucket": "flows", "key": "etl.py", "project": "p", "stored_as_script": True}),
    ("Git", {"flow_path": "etl.py", "repo": "o/r"}),
    ("Git", {"flow_path": "etl.py", "git_clone_url_secret_name": "URL", "clone_depth": 5}),
    ("Git", {"flow_path": "etl.py", "repo": "o/r", "branch_name": "main", "tag": "v1"}),
    ("Git", {"flow_path": "etl.py", "repo": "o/r", "tag": "v1", "use_ssh": True, "git_token_username": "me"}),
    ("Git", {"flow_path": "etl.py"}),
    ("GitHub", {"repo": "o/r", "path": "etl.py", "ref": "main", "access_token_secret": "T", "base_url": "https://g"}),
    ("GitHub", {"repo": "o/r"}),
    ("GitLab", {"repo": "o/r", "host": "https://g", "path": "etl.py"}),
    ("Local", {"directory": "/tmp", "path": "/flows/etl.py", "stored_as_script": True}),
    ("Local", {"directory": "rel/./path", "validate": False}),
    ("Module", {"module": "flows.etl"}),
    ("Module", {"module": "flows.etl", "secrets": ["A", "B"]}),
    ("Module", {}),
    ("S3", {"bucket": "flows", "key": "etl.py", "stored_as_script": True, "client_options": {"endpoint_url": "http://s3"}}),
    ("S3", {"bucket": "flows", "kye": "etl.py"}),
    ("Webhook", {"build_request_kwargs": {"url": "u"}, "build_request_http_method": "POST",
                 "get_flow_request_kwargs": {"url": "u"}, "get_flow_request_http_method": "GET", "stored_as_script": True}),
    ("Webhook", {"build_request_kwargs": {}, "build_request_http_method": "POST"}),
    ("Webhook", {"build_request_kwargs": {}, "build_request_http_method": "HEAD",
                 "get_flow_request_kwargs": {}, "get_flow_request_http_method": "GET"}),
]  # fmt: skip


def outcome(name, arguments):
    try:
        storage = getattr(prefect.storage, name)(**arguments)
        storage.flows["etl"] = "place"
        document = storage.serialize()
        # Dumping what cannot be loaded again is no use.
        prefect.serialization.storage.StorageSchema().load(json.loads(json.dumps(document)))
        return {"value": document}
    except Exception as error:
        return {"error": repr(error)}


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for name, arguments in CASES:
        print(json.dumps({"storage": name, "arguments": arguments, **outcome(name, arguments)}))
