"""Requests under the GDPR: what the screen reads and does."""

from datetime import timedelta
from uuid import UUID

import streamlit as st

from dashboard import reads, task_panel
from dashboard.acts import attempt
from dashboard.archive import person_keys
from dashboard.context import database, storage
from dashboard.files import own_bucket
from dashboard.flash import Flash, say
from dashboard.gateways.storage import StorageUnavailable
from dashboard.locale import _, number
from dashboard.settings import get_settings
from dashboard.views import privacy as view
from dashboard.workflows.receipts import read_receipt
from lumira_db.commands.erasing import start_erasure
from lumira_db.queries import personal
from lumira_db.queries.tasks import TaskRow
from lumira_db.states import TaskKind

_MINUTE = timedelta(minutes=1)


def choose() -> None:
    """Whose request it is, and whether a receipt is ours."""
    found = view.search()
    if found:
        view.hits([hit.client for hit in reads.search(found).hits])
    with database().reading() as session:
        view.erasures(personal.list_erasures(session))
    word = view.receipt_form()
    if word:
        receipt = read_receipt(get_settings(), word)
        email = view.receipt_email()
        view.receipt_read(
            receipt.facts if receipt else None, theirs=receipt.about(email) if receipt and email else None
        )


def guide(client_id: str) -> bool:
    """The steps of one person's request: look, hand out, erase, look again. False when there is no such client."""
    with database().reading() as session:
        person = personal.find_person(session, client_id)
        if person is None:
            return False
        last = reads.latest_task(TaskKind.ERASE_CLIENT, subject=client_id)
        erasure = personal.find_erasure(session, client_id)
    view.who(person)
    if last is not None and last.is_open:
        # What there is changes by the second: how far it is says more, where everybody looks.
        task_panel.show(last.id, outcome=_outcome)
        return True
    counts, files = _scan(person, last.id if last else None, last.state if last else "")
    view.scan(counts, files, erased=erasure is not None)
    if erasure is None:
        view.hand_out(client_id)
    view.erase(person, erased=erasure is not None, act=_erase)
    task_panel.latest(TaskKind.ERASE_CLIENT, subject=client_id, outcome=_outcome)
    if erasure is not None:
        view.receipt(erasure)
    return True


@st.cache_data(ttl=_MINUTE, max_entries=20, show_spinner=False)
def _scan(person: personal.Person, task: UUID | None, state: str) -> tuple[tuple[personal.Count, ...], int | None]:
    """What the tables hold, and how many stored files there are (None while the storage does not answer).

    The storage is asked for each of the person's files, so it is kept for as long as the client's row and the task
    stay as they are, a minute at most.
    """
    del state  # it only tells one scan from the next
    with database().reading() as session:
        counts = personal.count_personal(session, person, task=task)
        try:
            keys = person_keys(session, person, storage(), own_bucket(get_settings()), task=task)
            return counts, sum(storage().exists(key) for key in keys)
        except StorageUnavailable:
            return counts, None


def _erase(client_id: str, version: str) -> None:
    word = str(st.session_state.get(view.WORD) or "")
    started = attempt(lambda s, a: start_erasure(s, a, client_id, seen=version, confirmation=word))
    if started is not None:
        say(Flash(_("The erasure has begun. You may leave this screen: it goes on by itself."), "note"))


def _outcome(task: TaskRow) -> str:
    if "values" not in task.result:
        return _("Some of it is erased already: resume to erase the rest.")
    said = _("Erased: {values} values and {files} files. Nothing of the person was found afterwards.")
    return said.format(values=number(task.result["values"]), files=number(task.result["files"]))
