"""The embedded S3 server."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dashboard.embedded.home import Home
from dashboard.embedded.s3 import REGION, Storage, home_storage, temporary_s3
from dashboard.embedded.supervisor import Supervisor
from tests.embedded.programs import eventually

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client


def client(storage: Storage, secret_key: str | None = None) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=storage.url,
        region_name=REGION,
        aws_access_key_id=storage.access_key,
        aws_secret_access_key=secret_key or storage.secret_key,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )


def read(storage: Storage, key: str) -> bytes | None:
    try:
        return client(storage).get_object(Bucket=storage.bucket, Key=key)["Body"].read()
    except (ClientError, BotoCoreError):
        return None


def test_two_servers_run_at_once_each_with_its_own_objects_and_keys() -> None:
    with temporary_s3() as one, temporary_s3() as two:
        client(one).put_object(Bucket=one.bucket, Key="readings/été.pdf", Body=b"%PDF one")
        assert read(one, "readings/été.pdf") == b"%PDF one"
        assert read(two, "readings/été.pdf") is None
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            client(one, secret_key="wrong").list_objects_v2(Bucket=one.bucket)


def test_an_object_survives_a_killed_server_and_a_move_to_other_ports(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    with Supervisor(home.run_dir, home.log_dir) as supervisor:
        before = home_storage(home)
        supervisor.start(before.part())
        client(before).put_object(Bucket=before.bucket, Key="photo", Body=b"kept" * 50_000)
        pid = supervisor.pid("s3")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: read(before, "photo") == b"kept" * 50_000)
    (home.root / "ports.json").unlink()
    with Supervisor(home.run_dir, home.log_dir) as supervisor:
        after = home_storage(home)
        supervisor.start(after.part())
        assert after.url != before.url
        assert read(after, "photo") == b"kept" * 50_000


def test_no_socket_is_left_in_the_common_folder() -> None:
    with temporary_s3() as storage:
        ports = {*storage.ports.values(), storage.ports["admin"] + 10_000}
    assert not [path for port in ports for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]
