"""What travels of a result is what the real prefect 1.4.1 writes of one, and reads."""

from castra.engine import results


def test_results_are_serialized_as_prefects_are(prefect):
    described = prefect("results.py")
    assert {case["result"] for case in described} == set(results.__all__)
    for case in described:
        document = getattr(results, case["result"])(**case["arguments"]).serialize()
        assert {**document, "__version__": ""} == {**case["value"], "__version__": ""}
