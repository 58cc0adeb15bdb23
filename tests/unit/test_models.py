"""The models: the contract's names and types, nothing heavy by accident, nothing that crosses the schemas."""

import re
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, DateTime
from sqlalchemy.dialects.postgresql import TIMESTAMP, dialect

from lumira_db import enums, states
from lumira_db.clock import iso_ms, utcnow
from lumira_db.ids import new_id
from lumira_db.models import Base, ClientProfile, DeskBase, Order, ReadingVersion, Staff, row_version
from lumira_db.models.base import DESK, UtcTimestamp
from lumira_db.payments import EventState

CONTRACT = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
OURS = sorted(DeskBase.registry.mappers, key=lambda mapper: mapper.class_.__name__)
HEAVY = {
    (Order, "generated_content"),
    (Order, "form_data"),
    (Order, "client_inputs"),
    (Order, "expert_prompt"),
    (Order, "error_log"),
    (ClientProfile, "face_photo_url"),
    (ClientProfile, "palm_photo_url"),
    (ReadingVersion, "content"),
    (Staff, "password"),
}
POSTGRESQL = dialect()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("mapper", CONTRACT, ids=lambda mapper: mapper.class_.__name__)
def test_the_contracts_moments_are_read_as_utc(mapper: object) -> None:
    """Every timestamp of the contract is ``timestamp(3)`` without zone, through the one type that adds UTC."""
    for column in mapper.local_table.columns:  # type: ignore[attr-defined]
        assert not isinstance(column.type, TIMESTAMP | DateTime), f"{column} is naive"


@pytest.mark.parametrize("mapper", CONTRACT, ids=lambda mapper: mapper.class_.__name__)
def test_every_write_of_ours_sets_updated_at(mapper: object) -> None:
    """It is NOT NULL without a default: a writer that forgets it fails, or leaves the old moment."""
    for column in mapper.local_table.columns:  # type: ignore[attr-defined]
        if column.name == "updatedAt":
            assert column.onupdate is not None
            assert column.default is not None


@pytest.mark.parametrize("mapper", [*CONTRACT, *OURS], ids=lambda mapper: mapper.class_.__name__)
def test_nothing_heavy_or_secret_comes_along_unasked(mapper: object) -> None:
    """JSON documents, photos and passwords are loaded by name, and forgetting to is an error, not a query."""
    for column in mapper.column_attrs:  # type: ignore[attr-defined]
        heavy = (mapper.class_, column.key) in HEAVY  # type: ignore[attr-defined]
        assert column.deferred is heavy, column
        assert bool(column.raiseload) is heavy, column


@pytest.mark.parametrize("mapper", [*CONTRACT, *OURS], ids=lambda mapper: mapper.class_.__name__)
def test_no_relationship_loads_by_itself(mapper: object) -> None:
    """Each query says what it loads."""
    assert [one for one in mapper.relationships if one.lazy != "raise"] == []  # type: ignore[attr-defined]


def test_nothing_crosses_the_two_schemas() -> None:
    """The platform may make its schema again at any start: no key of ours may hold a row of its, nor the reverse."""
    assert {table.schema for table in Base.metadata.tables.values()} == {None}
    assert {table.schema for table in DeskBase.metadata.tables.values()} == {DESK}
    assert [table.name for table in DeskBase.metadata.tables.values() if table.foreign_keys] == []


@pytest.mark.parametrize("mapper", CONTRACT, ids=lambda mapper: mapper.class_.__name__)
def test_attributes_are_snake_case_over_camel_case_columns(mapper: object) -> None:
    """One naming here, the contract's there."""
    for attribute in mapper.column_attrs:  # type: ignore[attr-defined]
        assert attribute.key == attribute.key.lower()
        assert "_" not in attribute.columns[0].name


@pytest.mark.parametrize("module", [enums, states])
def test_an_enums_names_are_its_values(module: object) -> None:
    """So that what is read in the code is what stands in the database."""
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]  # type: ignore[attr-defined]
    assert kinds
    for kind in kinds:
        assert [member.name for member in kind] == [member.value for member in kind]  # type: ignore[attr-defined]


# What these columns hold has no enum.
WITHOUT_ENUM = {"client_summary_path_check", "client_likeness_kind_check", "staff_account_role_check"}


@pytest.mark.parametrize("mapper", OURS, ids=lambda mapper: mapper.class_.__name__)
def test_a_check_allows_all_values_of_an_enum_and_no_others(mapper: object) -> None:
    """A value that is new in an enum is new in the CheckConstraint of its column too."""
    kinds = [*vars(states).values(), *vars(enums).values(), EventState]
    known = {frozenset(kind) for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)}
    for check in mapper.local_table.constraints:  # type: ignore[attr-defined]
        if isinstance(check, CheckConstraint) and check.name not in WITHOUT_ENUM:
            values = frozenset(re.findall(r"'([^']+)'", str(check.sqltext)))
            assert not values or values in known, f"{check.name} allows the values of no enum: {sorted(values)}"


def test_a_moment_without_a_zone_is_refused() -> None:
    """Guessing one would shift it by an hour or two."""
    with pytest.raises(ValueError, match="naive"):
        UtcTimestamp().process_bind_param(datetime(2026, 2, 1), POSTGRESQL)  # noqa: DTZ001


def test_a_moment_is_written_in_utc_and_read_back_aware() -> None:
    """Whatever zone it came in."""
    kind, paris = UtcTimestamp(), timezone(timedelta(hours=1))
    written = kind.process_bind_param(datetime(2026, 2, 1, 0, 30, tzinfo=paris), POSTGRESQL)
    assert written == datetime(2026, 1, 31, 23, 30)  # noqa: DTZ001
    assert kind.process_result_value(written, POSTGRESQL) == datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    assert kind.process_bind_param(None, POSTGRESQL) is kind.process_result_value(None, POSTGRESQL) is None
    assert kind.python_type is datetime


def test_now_is_what_the_database_can_keep() -> None:
    """Milliseconds: what is read back equals what was written; JSON has them as the platform writes them."""
    now = utcnow()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert datetime.fromisoformat(iso_ms(now)) == now
    assert iso_ms(datetime(2026, 2, 1, 11, 21, tzinfo=timezone(timedelta(hours=1)))) == "2026-02-01T10:21:00.000Z"


def test_ids_look_like_the_platforms_and_never_repeat() -> None:
    """25 characters from c, sortable by time."""
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert {len(one) for one in made} == {25}
    assert all(one.startswith("c") and one.isalnum() and one == one.lower() for one in made)
    assert made[0][:9] <= made[-1][:9]


def test_what_was_seen_is_the_rows_transaction() -> None:
    """``xmin`` as text, of the table or alias that is named."""
    assert str(row_version("Order")) == '"Order".xmin::text'
