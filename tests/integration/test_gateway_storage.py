"""The bucket, on a real S3 server."""

import hashlib
import io
import os
import re
import urllib.request
from datetime import timedelta
from urllib.error import HTTPError

import pytest

from dashboard.embedded import s3
from dashboard.embedded.home import free_port
from dashboard.gateways.storage import S3Storage, StorageMissing, StorageUnavailable, make_storage
from dashboard.settings import Settings

PDF = b"%PDF-1.7 " + bytes(range(256)) * 40


def test_what_is_put_is_what_comes_back(storage: S3Storage) -> None:
    storage.put("readings/é 1/lecture.pdf", PDF, "application/pdf")
    found = storage.get("readings/é 1/lecture.pdf")
    assert (found.info.content_type, found.info.size) == ("application/pdf", len(PDF))
    assert found.info.etag == hashlib.md5(PDF, usedforsecurity=False).hexdigest()
    assert found.read() == PDF
    assert storage.head("readings/é 1/lecture.pdf").size == len(PDF)


def test_a_large_object_streams_in_pieces(storage: S3Storage) -> None:
    data = os.urandom(3_000_000)
    storage.put("large.bin", io.BytesIO(data), "application/octet-stream")
    pieces = list(storage.get("large.bin").chunks(100_000))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 100_000


def test_putting_again_replaces_and_leaves_one_object(storage: S3Storage) -> None:
    storage.put("twice/a.pdf", b"first", "application/pdf")
    storage.put("twice/a.pdf", b"second", "application/pdf")
    assert storage.get("twice/a.pdf").read() == b"second"
    assert [found.key for found in storage.list("twice/")] == ["twice/a.pdf"]


def test_a_missing_object_is_missing_and_not_an_outage(storage: S3Storage) -> None:
    assert not storage.exists("nothing/here.pdf")
    with pytest.raises(StorageMissing):
        storage.get("nothing/here.pdf")
    with pytest.raises(StorageMissing):
        storage.head("nothing/here.pdf")
    storage.delete("nothing/here.pdf")


def test_a_prefix_is_listed_and_removed_and_its_neighbours_stay(storage: S3Storage) -> None:
    for key in ("client/1/a.jpg", "client/1/b.jpg", "client/10/c.jpg"):
        storage.put(key, b"x", "image/jpeg")
    assert storage.delete_prefix("client/1/") == 2
    assert [found.key for found in storage.list("client/")] == ["client/10/c.jpg"]
    with pytest.raises(ValueError, match="empty"):
        storage.delete_prefix("")


def test_a_link_opens_the_object_under_its_name_for_its_time_only(storage: S3Storage) -> None:
    storage.put("linked.pdf", PDF, "application/pdf")
    link = storage.presigned_url("linked.pdf", timedelta(minutes=5), "lecture d’été.pdf")
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == PDF
        assert "lecture%20d%E2%80%99%C3%A9t%C3%A9.pdf" in answer.headers["Content-Disposition"]
    altered = re.sub("(?<=Signature=).", lambda found: "1" if found.group() == "0" else "0", link)
    for spoiled in (link.replace("linked", "other"), altered, link.split("?")[0]):
        with pytest.raises(HTTPError, match=r"40[34]"):
            urllib.request.urlopen(spoiled, timeout=10)
    with pytest.raises(ValueError, match="seven days"):
        storage.presigned_url("linked.pdf", timedelta(days=8))


def test_a_server_that_is_away_or_refuses_us_is_unavailable(s3_server: s3.Storage) -> None:
    away = S3Storage(
        "b", region="eu-west-3", endpoint=f"http://127.0.0.1:{free_port()}", access_key="a", secret_key="b"
    )
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        away.put("a", b"x", "text/plain")
    with pytest.raises(StorageUnavailable, match="cannot be reached"):
        away.ping()
    stranger = S3Storage(
        s3_server.bucket, region="eu-west-3", endpoint=s3_server.url, access_key=s3_server.access_key, secret_key="no"
    )
    with pytest.raises(StorageUnavailable, match="refused") as refused:
        stranger.get("linked.pdf")
    assert s3_server.access_key not in str(refused.value)


def test_the_bucket_is_made_once(s3_server: s3.Storage) -> None:
    fresh = S3Storage(
        "another-bucket",
        region="eu-west-3",
        endpoint=s3_server.url,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
    )
    fresh.ensure_bucket()
    fresh.ensure_bucket()
    fresh.ping()


def test_the_settings_name_the_bucket_and_the_contract_its_address() -> None:
    amazon = make_storage(Settings(s3_bucket="lumira-readings", AWS_REGION="eu-west-3"))
    assert (
        amazon.object_url("readings/LU260201003/1769941205123-lecture.pdf")
        == "https://lumira-readings.s3.eu-west-3.amazonaws.com/readings/LU260201003/1769941205123-lecture.pdf"
    )
    other = make_storage(Settings(s3_bucket="b", AWS_ENDPOINT_URL="http://127.0.0.1:8333/"))
    assert other.object_url("k.pdf") == "http://127.0.0.1:8333/b/k.pdf"
