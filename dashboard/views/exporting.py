"""The way to take a list away: exactly what is filtered, all pages of it."""

from urllib.parse import urlencode

import streamlit as st

from dashboard.locale import _


def export_links(name: str) -> None:
    """Links that download what the address names as a file; streamed, recorded in the audit."""
    query = urlencode([(k, v) for k in st.query_params for v in st.query_params.get_all(k) if k != "from"])
    with st.popover(_("Export"), icon=":material/download:"):
        st.caption(_("Exactly what the filters show, all pages. The export is recorded in the audit."))
        for kind, said in (("csv", "CSV"), ("xlsx", "Excel")):
            st.html(f'<a href="/export/{name}.{kind}?{query}" download target="_self">{said}</a>')
