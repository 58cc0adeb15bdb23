"""One client: who they are, what they bought and told, what followed, and what colleagues noted."""

import streamlit as st

from dashboard import client_desk, client_reads, client_screen, duplicates, gate
from dashboard.locale import _
from dashboard.views import shell
from lumira_db.permissions import Permission

person = gate.enter(Permission.SEE_CLIENTS)
asked = st.query_params.get("id", "")
client = client_reads.head(asked)
if client is None:
    client_screen.lead_on(asked)
    shell.not_found(_("No client has this address. Search for them in the list of clients."))
    st.stop()
client_desk.note_access(client.row.id)
client_screen.head(client, person)
duplicates.of_client(client.row.id)
part = client_screen.choose(person)
with st.container(key="client-body"):
    left, right = st.columns([7, 3], gap="large")
with left:
    client_screen.part(part, client, person)
with right:
    client_screen.notes(client, person)
