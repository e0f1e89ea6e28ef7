"""Buckets of the clouds, against what stands for them on this machine: three verbs, and what is said when one fails."""

import sys

import pytest

from castra.buckets.azure import AzureContainer, connection_string
from castra.buckets.bucket import BucketError
from castra.buckets.gcs import GCSBucket
from castra.buckets.s3 import S3Bucket


def opened(cloud, name=None):
    name = name or cloud.bucket
    if cloud.kind == "S3":
        return S3Bucket(name)
    return GCSBucket(name) if cloud.kind == "GCS" else AzureContainer(name, connection_string(None))


def test_what_was_written_is_there_and_read(cloud):
    bucket = opened(cloud)
    assert not bucket.exists("a/b")
    bucket.write("a/b", b"content")
    assert bucket.exists("a/b") and not bucket.exists("a")
    assert bucket.read("a/b") == b"content"


def test_what_is_not_there_is_named(cloud):
    with pytest.raises(BucketError, match=f"a/b could not be read from .*{cloud.bucket}"):
        opened(cloud).read("a/b")


def test_a_bucket_that_is_not_there_is_named(cloud):
    with pytest.raises(BucketError, match="a/b could not be written to .*nowhere"):
        opened(cloud, "nowhere").write("a/b", b"content")


def test_s3_takes_options_of_the_client_and_of_the_upload(s3):
    bucket = S3Bucket(s3.bucket, {"region_name": "eu-west-1"}, {"ContentType": "text/x-python"})
    bucket.write("etl.py", b"")
    assert bucket._client.meta.region_name == "eu-west-1"
    assert bucket._client.head_object(Bucket=s3.bucket, Key="etl.py")["ContentType"] == "text/x-python"


def test_azure_replaces_only_what_it_may(azure):
    opened(azure).write("a", b"first")
    with pytest.raises(BucketError, match="already exists"):
        opened(azure).write("a", b"second")
    AzureContainer(azure.bucket, connection_string(None), overwrite=True).write("a", b"second")
    assert opened(azure).read("a") == b"second"


def test_azure_needs_a_connection_string(monkeypatch):
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
    with pytest.raises(ValueError, match="Azure Storage needs a connection string: name its secret with `connection_string_secret`"):
        connection_string(None)
    monkeypatch.setenv("CASTRA_SECRET_MINE", "AccountName=mine;AccountKey=a")
    assert connection_string("MINE") == "AccountName=mine;AccountKey=a"


@pytest.mark.parametrize(
    ("module", "extra", "bucket"),
    [
        ("boto3", "aws", S3Bucket("flows")),
        ("google.cloud.storage", "gcp", GCSBucket("flows")),
        ("azure.storage.blob", "azure", AzureContainer("flows", "AccountKey=a")),
        ("azure.identity", "azure", AzureContainer("flows", "AccountName=mine")),
    ],
)
def test_a_library_that_is_not_installed_is_named(monkeypatch, module, extra, bucket):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModuleNotFoundError, match=rf"`{module}` is not installed here, .* pip install 'castra\[{extra}\]'"):
        bucket.read("etl.py")
