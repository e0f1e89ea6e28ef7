"""The flow that comes with the package."""

from castra.hello_world import hello_flow


def test_it_greets_whom_it_is_told_to(caplog):
    assert hello_flow.run().is_successful()
    assert hello_flow.run(name="marvin").is_successful()
    assert [record.message for record in caplog.records if record.name.endswith("greet")] == ["Hello World", "Hello Marvin"]
