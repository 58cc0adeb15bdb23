"""Serves test_components_app.py behind the Desk's own security headers. Holds no tests.

Started as `python test_components_server.py PORT`; the app script cannot start itself, because Streamlit runs it as
`__main__` again and again.
"""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboard.web.headers import SecurityHeaders


def main() -> None:
    script = Path(__file__).with_name("test_components_app.py")
    app = st.App(str(script), middleware=[Middleware(SecurityHeaders)])
    app.run(config={"server.address": "127.0.0.1", "server.port": int(sys.argv[1])})


if __name__ == "__main__":
    main()
