"""Clients for the peers of the tests."""

from dashboard.embedded import s3
from dashboard.gateways.storage import S3Storage


def storage_of(server: s3.Storage) -> S3Storage:
    """The bucket of a running S3 server."""
    return S3Storage(
        server.bucket,
        region=s3.REGION,
        endpoint=server.url,
        access_key=server.access_key,
        secret_key=server.secret_key,
    )
