"""What came of asking prefect something."""

import json


def outcome(ask):
    """`{"value": …}` as JSON would carry it, or `{"error": …}` with the class and the beginning of the message."""
    try:
        return {"value": json.loads(json.dumps(ask(), allow_nan=False))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:200]}
