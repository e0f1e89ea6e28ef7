"""Prints what prefect 1.4.1 makes of results, one JSON object per line: `result`, `arguments`, and what is serialized of it as `value`."""

import json

from prefect.engine import results
from prefect.serialization.result import StateResultSchema

CASES = [
    ("AzureResult", {"container": "rows", "connection_string": "AccountKey=a", "location": "there"}),
    ("GCSResult", {"bucket": "rows", "location": "there"}),
    ("LocalResult", {"dir": "/rows", "location": "there"}),
    ("PrefectResult", {}),
    ("S3Result", {"bucket": "rows", "boto3_kwargs": {"region_name": "eu"}, "location": "there"}),
]

if __name__ == "__main__":
    for name, arguments in CASES:
        result = getattr(results, name)(**arguments)
        print(json.dumps({"result": name, "arguments": arguments, "value": StateResultSchema().dump(result)}))
