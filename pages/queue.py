"""The queue: paid work that waits, oldest first, and the button that hands it out."""

import streamlit as st

from dashboard import filters, gate, reads, workbench
from dashboard.locale import _
from dashboard.views import cells, queue, shell
from dashboard.views.pager import place
from lumira_db.permissions import Permission, allows

person = gate.enter(Permission.SEE_QUEUE)
shell.title(_("Queue"))
chosen = filters.queue_filter(filters.of(st.query_params), person.id)
queue.toolbar(
    reads.queue_counts(),
    chosen.status,
    lambda status: workbench.take_next(status, chosen.level),
    may_take=allows(person, Permission.WORK_ORDERS),
)
queue.narrowings()


@st.fragment(run_every=15)
def waiting() -> None:
    """The list follows by itself what others take and what the generator delivers."""
    who = gate.enter(Permission.SEE_QUEUE)
    promise = reads.promise()
    page = reads.queue_page(chosen, place())
    queue.listing(page, chosen, staff_id=who.id, due=lambda row: cells.due_of(row.since, row.level, promise))


waiting()
