"""Results in buckets and in their own location: where they are written, found and read."""

import pickle

import pytest

from castra import Flow, Parameter, task
from castra.engine.results import AzureResult, GCSResult, PrefectResult, S3Result
from castra.engine.serializers import DateTimeSerializer, JSONSerializer, PickleSerializer
from castra.engine.state import Cached, Success
from castra.executors import LocalDaskExecutor

KINDS = {"S3": S3Result, "GCS": GCSResult, "Azure": AzureResult}


def result_in(cloud, **given):
    return KINDS[cloud.kind](cloud.bucket, **given)


def test_a_result_is_written_and_read_in_a_bucket(cloud):
    result = result_in(cloud, location="{day}/rows.json", serializer=JSONSerializer())
    written = result.write([1, 2], day="monday")
    assert written.location == "monday/rows.json"
    assert result.exists("{day}/rows.json", day="monday") and not result.exists("tuesday/rows.json")
    assert result_in(cloud, serializer=JSONSerializer()).read("monday/rows.json").value == [1, 2]


def test_a_result_in_a_bucket_is_replaced(cloud):
    result = result_in(cloud, location="rows")
    result.write("first")
    result.write("second")
    assert result.read("rows").value == "second"


def test_what_is_at_a_target_in_a_bucket_is_not_made_again(cloud):
    made = []

    @task(target="{day}.pickle", result=result_in(cloud))
    def rows(day):
        made.append(day)
        return {"day": day}

    with Flow("etl") as flow:
        rows_of_day = rows(Parameter("day"))
    first, again = (flow.run(day="monday").result[rows_of_day] for _ in range(2))
    assert (type(first), type(again), again.result) == (Success, Cached, {"day": "monday"})
    assert made == ["monday"]


def test_tasks_in_threads_keep_their_results_in_one_bucket(cloud):
    @task(result=result_in(cloud, location="{map_index}"))
    def double(number):
        return number * 2

    with Flow("etl", executor=LocalDaskExecutor(num_workers=4)) as flow:
        double.map(list(range(20)))
    assert flow.run().is_successful()
    assert [result_in(cloud).read(str(place)).value for place in range(20)] == [number * 2 for number in range(20)]


def test_a_result_is_pickled_without_its_connection(cloud):
    result = result_in(cloud, location="rows")
    result.write(1)
    assert pickle.loads(pickle.dumps(result)).read("rows").value == 1


def test_s3_takes_options_of_the_client_and_of_the_upload(s3):
    result = S3Result(s3.bucket, {"region_name": "eu-west-1"}, {"ContentType": "text/plain"}, location="rows")
    result.write(1)
    told = result._opened()._client.head_object(Bucket=s3.bucket, Key="rows")
    assert told["ContentType"] == "text/plain"


def test_a_connection_string_comes_first(azure, monkeypatch):
    good = azure.environment["AZURE_STORAGE_CONNECTION_STRING"]
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "")
    monkeypatch.setenv("CASTRA_SECRET_MINE", good)
    AzureResult(azure.bucket, good, location="a").write(1)
    assert AzureResult(azure.bucket, connection_string_secret="MINE").read("a").value == 1


def test_a_prefect_result_is_its_location():
    result = PrefectResult()
    assert result.write({"rows": 2}).location == '{"rows": 2}'
    assert result.read('{"rows": 2}').value == {"rows": 2}
    assert result.exists('"text"') and not result.exists("text")
    with pytest.raises(TypeError, match="is not JSON serializable"):
        result.write(object())


def test_a_prefect_result_is_text():
    assert PrefectResult(serializer=DateTimeSerializer()).exists("2020-01-01T09:00:00Z")
    with pytest.raises(TypeError, match="its serializer is a JSONSerializer or a DateTimeSerializer, not"):
        PrefectResult(serializer=PickleSerializer())
    with pytest.raises(TypeError, match="its serializer is"):
        PrefectResult().serializer = PickleSerializer()
