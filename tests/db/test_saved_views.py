"""Saved views: one's own are one's own, shared ones are for everybody, and nobody writes over anybody."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from lumira_db.actor import Actor, Role
from lumira_db.commands import saved_views
from lumira_db.errors import InvalidInput, NameTaken, RecordNotFound, StaleRecord
from lumira_db.queries.saved_views import UNNAMED, ViewRow, find_view, list_views
from tests.factories import actor

ANNE, PAUL = actor(Role.SUPPORT, id="anne", name="Anne"), actor(Role.EXPERT, id="paul", name="Paul")
ADMIN = actor(Role.ADMIN, id="admin")


def save(session: Session, who: Actor, name: str, *, shared: bool = False) -> UUID:
    return saved_views.save_view(session, who, name=name, query="tag=vip&sort=name", shared=shared)


def seen(session: Session, view_id: UUID, who: Actor) -> ViewRow:
    found = find_view(session, view_id, who.id)
    assert found is not None
    return found


def test_a_view_is_seen_by_its_owner_and_by_others_once_it_is_shared(session: Session) -> None:
    mine, shared = save(session, ANNE, "Mine"), save(session, ANNE, "Ours", shared=True)
    save(session, PAUL, "another")
    assert [view.name for view in list_views(session, "anne")] == ["Mine", "Ours"]
    assert [(view.name, view.owner_name) for view in list_views(session, "paul")] == [
        ("another", "Paul"),
        ("Ours", "Anne"),
    ]
    assert find_view(session, mine, "paul") is None
    assert seen(session, shared, PAUL).query == "tag=vip&sort=name"


def test_a_name_is_taken_once_by_a_person_whatever_its_capitals(session: Session) -> None:
    first = save(session, ANNE, "  Bonnes   clientes ")
    assert seen(session, first, ANNE).name == "Bonnes clientes"
    with pytest.raises(NameTaken):
        save(session, ANNE, "bonnes CLIENTES")
    second = save(session, ANNE, "Autres")
    version = seen(session, second, ANNE).version
    with pytest.raises(NameTaken):
        saved_views.rename_view(session, ANNE, second, seen=version, name="Bonnes clientes", shared=False)
    assert save(session, PAUL, "Bonnes clientes")


@pytest.mark.parametrize("name", ["", "  \n", "\x00"])
def test_a_view_has_a_name(session: Session, name: str) -> None:
    with pytest.raises(InvalidInput):
        save(session, ANNE, name)


def test_only_its_owner_changes_a_view_and_an_administrator_what_is_shared(session: Session) -> None:
    mine, shared = save(session, ANNE, "Mine"), save(session, ANNE, "Ours", shared=True)
    for who, view_id in ((PAUL, shared), (PAUL, mine), (ADMIN, mine)):
        with pytest.raises(RecordNotFound):
            saved_views.delete_view(session, who, view_id, seen="1")
    saved_views.delete_view(session, ADMIN, shared, seen=seen(session, shared, ANNE).version)
    session.flush()
    assert [view.name for view in list_views(session, "anne")] == ["Mine"]


def test_a_view_that_moved_is_not_overwritten(session: Session) -> None:
    """Two windows: the second is told, and loses nothing."""
    view_id = save(session, ANNE, "Mine")
    with pytest.raises(StaleRecord):
        saved_views.update_view(session, ANNE, view_id, seen="0", query="tag=lyon")
    saved_views.update_view(session, ANNE, view_id, seen=seen(session, view_id, ANNE).version, query="tag=lyon")
    session.flush()
    assert seen(session, view_id, ANNE).query == "tag=lyon"


def test_the_columns_of_a_person_are_kept_and_replaced(session: Session) -> None:
    saved_views.keep_columns(session, ANNE, ("name", "path"))
    saved_views.keep_columns(session, ANNE, ("name", "spent"))
    assert [(view.name, view.query) for view in list_views(session, "anne")] == [
        (UNNAMED, "columns=name&columns=spent")
    ]
    assert list_views(session, "paul") == ()
