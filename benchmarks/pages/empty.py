"""A screen with nothing on it: what the Desk costs before a screen draws anything.

``?forget=1`` also empties the caches, so that the next screen reads everything from the database.
"""

import streamlit as st

if st.query_params.get("forget"):
    st.cache_data.clear()
