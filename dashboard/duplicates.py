"""Likely duplicates and merging: what the screens read and do."""

import streamlit as st

from dashboard.acts import attempt, done
from dashboard.context import database
from dashboard.flash import Flash, say
from dashboard.here import may
from dashboard.locale import _
from dashboard.navigation import go, link
from dashboard.views import duplicates as view
from dashboard.views import merge as merge_view
from lumira_db.commands.merging import merge_clients, rule_out_duplicate, unmerge_clients
from lumira_db.merging import Side
from lumira_db.permissions import Permission
from lumira_db.queries import duplicates as queries
from lumira_db.queries import merging


def of_client(client_id: str) -> None:
    """On a client's page: who else may be this person."""
    with database().reading() as session:
        pairs = queries.list_duplicates_of(session, client_id)
    view.of_client(pairs, may_merge=may(Permission.MANAGE_CLIENTS), rule_out=rule_out)


def listing() -> None:
    """Every likely pair, by what they have in common."""
    chosen = view.kind()
    with database().reading() as session:
        page = queries.list_pairs(session, chosen, after=st.query_params.get(view.AFTER, ""))
    view.listing(page.pairs, page.next, chosen)


def merge(kept_id: str, dropped_id: str) -> bool:
    """The two side by side; False when one of them is not there (any more)."""
    with database().reading() as session:
        kept, dropped = merging.find_side(session, kept_id), merging.find_side(session, dropped_id)
        merges = merging.list_merges(session, kept_id)
    if kept is None:
        return False
    merge_view.done(merges, _undo)
    if dropped is None or kept.id == dropped.id:
        link("client", _("Open the client"), icon=":material/person:", id=kept.id)
        return bool(merges)
    merge_view.heads(kept, dropped)
    choices = merge_view.fields(kept, dropped)
    choices |= merge_view.single(_moving(kept_id, dropped_id, {}))
    merge_view.rows(_moving(kept_id, dropped_id, choices))
    seen = (kept.version, dropped.version)
    merge_view.act(lambda: _merge(kept, dropped, seen, choices))
    st.button(_("Not the same person"), key="merge.not_same", on_click=_not_same, args=(kept_id, dropped_id))
    return True


def rule_out(one: str, other: str) -> None:
    """Two people after all: they are not shown as duplicates again."""
    if done(lambda s, a: rule_out_duplicate(s, a, one, other)):
        say(Flash(_("Noted: they are two people.")))


def _moving(kept: str, dropped: str, choices: dict[str, Side]) -> tuple[merging.Moving, ...]:
    with database().reading() as session:
        return merging.list_moving(session, kept, dropped, choices)


def _merge(
    kept: merging.MergeSide, dropped: merging.MergeSide, seen: tuple[str, str], choices: dict[str, Side]
) -> None:
    if done(lambda s, a: merge_clients(s, a, kept.id, dropped.id, seen=seen, choices=choices)):
        said = _("{dropped} is now part of {kept}.").format(dropped=dropped.name, kept=kept.name)
        say(Flash(said))


def _not_same(one: str, other: str) -> None:
    rule_out(one, other)
    go("duplicates")


def _undo(audit_id: int) -> None:
    if attempt(lambda s, a: unmerge_clients(s, a, audit_id)) is not None:
        say(Flash(_("They are two clients again.")))
