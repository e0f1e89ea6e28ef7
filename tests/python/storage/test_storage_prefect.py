"""The same arguments make the same storage as in the real prefect 1.4.1, or are refused as there."""

import castra.storage


def outcome(case):
    try:
        storage = getattr(castra.storage, case["storage"])(**case["arguments"])
    except (TypeError, ValueError):
        return None
    storage.flows["etl"] = "place"
    return storage.serialize()


def test_constructors_take_refuse_and_serialize_the_same(prefect):
    for case in prefect("storages.py"):
        made, expected = outcome(case), case.get("value")
        # The version that Docker storage installs into the images it builds.
        for document in filter(None, (made, expected)):
            document.pop("__version__")
            document.pop("prefect_version", None)
        assert made == expected, case
