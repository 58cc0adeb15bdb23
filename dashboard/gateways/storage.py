"""The private bucket of readings and photos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import quote

from dashboard.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_LINK = timedelta(days=7)
"""S3 signs no link for longer."""

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class StorageMissing(Exception):
    """Nothing is stored under this key."""


class StorageUnavailable(Exception):
    """The storage cannot be reached, or refuses us; the text says which, without any secret."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the storage says of an object. ``size`` in bytes, ``modified`` in UTC."""

    key: str
    content_type: str
    size: int
    etag: str
    modified: datetime


class StoredObject:
    """An object being read: all of it with ``read()``, or piece by piece; to be closed if not read to its end."""

    def __init__(self, info: ObjectInfo, body: Any) -> None:
        self.info = info
        self._body = body

    def read(self) -> bytes:
        """All of it. Raises ``StorageUnavailable`` when the connection breaks off."""
        with _translated(self.info.key), self._body:
            return bytes(self._body.read())

    def chunks(self, size: int = 256 * 1024) -> Iterator[bytes]:
        """Its bytes, at most ``size`` at a time. Raises ``StorageUnavailable`` when the connection breaks off."""
        with _translated(self.info.key), self._body:
            yield from self._body.iter_chunks(size)

    def close(self) -> None:
        """Give the connection back without reading the rest."""
        self._body.close()


class Storage(Protocol):
    """Objects under keys. Every method raises ``StorageUnavailable``."""

    def put(self, key: str, data: bytes | BinaryIO, content_type: str) -> None:
        """Store ``data``; what was there under this key is replaced at once, or not at all."""

    def get(self, key: str) -> StoredObject:
        """The object, to be read. Raises ``StorageMissing``."""

    def head(self, key: str) -> ObjectInfo:
        """What is known of the object without reading it. Raises ``StorageMissing``."""

    def exists(self, key: str) -> bool:
        """Whether something is stored under the key."""

    def delete(self, key: str) -> None:
        """Remove the object; removing what is not there is no error."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """The objects whose key begins with ``prefix``; their content type is left empty."""

    def delete_prefix(self, prefix: str) -> int:
        """Remove every object whose key begins with ``prefix``; how many there were."""

    def presigned_url(self, key: str, expires: timedelta, filename: str | None = None) -> str:
        """A link that opens the object without an account for ``expires`` (at most seven days)."""

    def object_url(self, key: str) -> str:
        """Where the object is, as the contract's ``pdfUrl`` says it; opens nothing by itself."""

    def ping(self) -> None:
        """Return when the bucket answers."""


class S3Storage:
    """``Storage`` in one bucket of Amazon's S3 or of any server that speaks its protocol."""

    def __init__(
        self, bucket: str, *, region: str, endpoint: str | None = None, access_key: str = "", secret_key: str = ""
    ) -> None:
        """Without keys, the machine's own role is used."""
        self.bucket = bucket
        self.region = region
        self.endpoint = endpoint
        self._keys = (access_key or None, secret_key or None)

    @cached_property
    def _client(self) -> S3Client:
        # Imported late: it takes a third of a second that the screens do not need to start.
        import boto3
        from botocore.config import Config

        access_key, secret_key = self._keys
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            connect_timeout=3,
            read_timeout=15,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=20,
            # Checksums that only Amazon's servers all understand, when they are required only.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.session.Session().client(
            "s3",
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=config,
        )

    def put(self, key: str, data: bytes | BinaryIO, content_type: str) -> None:
        with _translated(key):
            self._client.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=content_type)

    def get(self, key: str) -> StoredObject:
        with _translated(key):
            found = self._client.get_object(Bucket=self.bucket, Key=key)
        return StoredObject(_info(key, found), found["Body"])

    def head(self, key: str) -> ObjectInfo:
        with _translated(key):
            return _info(key, self._client.head_object(Bucket=self.bucket, Key=key))

    def exists(self, key: str) -> bool:
        try:
            self.head(key)
        except StorageMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(Bucket=self.bucket, Key=key)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        with _translated(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            for page in pages:
                for found in page.get("Contents", ()):
                    etag = found.get("ETag", "").strip('"')
                    yield ObjectInfo(found["Key"], "", found["Size"], etag, found["LastModified"])

    def delete_prefix(self, prefix: str) -> int:
        if not prefix:
            raise ValueError("an empty prefix would empty the bucket")
        keys = [found.key for found in self.list(prefix)]
        for key in keys:
            self.delete(key)
        return len(keys)

    def presigned_url(self, key: str, expires: timedelta, filename: str | None = None) -> str:
        if expires > LONGEST_LINK:
            raise ValueError("S3 signs no link for longer than seven days")
        wanted: dict[str, Any] = {"Bucket": self.bucket, "Key": key}
        if filename is not None:
            wanted["ResponseContentDisposition"] = f"attachment; filename*=UTF-8''{quote(filename, safe='')}"
        with _translated(key):
            return self._client.generate_presigned_url(
                "get_object", Params=wanted, ExpiresIn=int(expires.total_seconds())
            )

    def object_url(self, key: str) -> str:
        if self.endpoint is None:
            return f"https://{self.bucket}.s3.{self.region}.amazonaws.com/{quote(key)}"
        return f"{self.endpoint.rstrip('/')}/{self.bucket}/{quote(key)}"

    def ping(self) -> None:
        with _translated(self.bucket):
            self._client.head_bucket(Bucket=self.bucket)

    def ensure_bucket(self) -> None:
        """Make the bucket unless it is there; for the demo, whose server starts empty."""
        from botocore.exceptions import ClientError

        with _translated(self.bucket):
            try:
                self._client.head_bucket(Bucket=self.bucket)
            except ClientError as error:
                if _code(error) not in _MISSING | {"NoSuchBucket"}:
                    raise
                self._client.create_bucket(Bucket=self.bucket)


def make_storage(settings: Settings) -> S3Storage:
    """The bucket that the settings name. Connects to nothing yet; one per process, safe between threads."""
    return S3Storage(
        settings.s3_bucket,
        region=settings.aws_region,
        endpoint=settings.aws_endpoint_url or None,
        access_key=settings.aws_access_key_id.get_secret_value(),
        secret_key=settings.aws_secret_access_key.get_secret_value(),
    )


@contextmanager
def _translated(key: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in _MISSING:
            raise StorageMissing(key) from None
        raise StorageUnavailable(f"The storage refused: {code}") from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise StorageUnavailable(f"The storage cannot be reached: {type(error).__name__}") from error


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _info(key: str, found: Any) -> ObjectInfo:
    content_type = found.get("ContentType") or "application/octet-stream"
    return ObjectInfo(key, content_type, found["ContentLength"], found["ETag"].strip('"'), found["LastModified"])
