"""One client: who they are, what they bought."""

import streamlit as st

from dashboard import gate, reads
from dashboard.locale import _
from dashboard.views import clients, shell
from lumira_db.permissions import Permission

gate.enter(Permission.SEE_CLIENTS)
client = reads.client(st.query_params.get("id", ""))
if client is None:
    shell.not_found(_("No client has this address. Search for them in the list of clients."))
    st.stop()
shell.title(client.row.name or client.row.email)
clients.identity(client)
clients.spent(client)
st.subheader(_("Orders"), anchor=False)
clients.orders(reads.client_orders(client.row.id))
