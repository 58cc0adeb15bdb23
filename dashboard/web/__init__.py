"""Everything the Desk answers over HTTP beside Streamlit: signing in, health, headers, logs, metrics."""
