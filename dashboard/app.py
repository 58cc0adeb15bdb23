"""The Streamlit entry: who are you, which screens, run. Runs at every click, so it does little."""

import streamlit as st

from dashboard.claims import leave_other_orders
from dashboard.here import here
from dashboard.navigation import allowed, pages
from dashboard.views import shell

st.set_page_config(
    page_title="Lumira Desk",
    page_icon=shell.ICON,
    layout="wide",
    initial_sidebar_state=224,
)
person = here()
screens = allowed(person.actor)
page = st.navigation(pages(screens), expanded=True)
leave_other_orders(person.actor, page.url_path)
shell.frame(person.actor, screens)
page.run()
