"""Reads, changes and deletes keys of the key-value store."""

from prefect import Flow, task
from prefect.backend import delete_key, get_key_value, list_keys, set_key_value


@task
def use_key_values():
    set_key_value("cursor", {"page": 2})
    assert get_key_value("cursor") == {"page": 2}
    set_key_value("cursor", "page 3")
    set_key_value("scratch", "gone soon")
    assert list_keys() == ["cursor", "scratch"]
    delete_key("scratch")


with Flow("key values") as flow:
    use_key_values()
