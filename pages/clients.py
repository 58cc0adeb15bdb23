"""The clients: find one by refId, e-mail address or name."""

import streamlit as st

from dashboard import filters, gate, reads
from dashboard.locale import _
from dashboard.views import clients, shell
from dashboard.views.pager import place
from lumira_db.permissions import Permission

gate.enter(Permission.SEE_CLIENTS)
shell.title(_("Clients"))
clients.filters()
clients.listing(reads.clients_page(filters.client_filter(filters.of(st.query_params)), place()))
