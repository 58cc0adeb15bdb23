"""Asking a server on this machine whether it serves."""

from http.client import HTTPConnection, HTTPException

from dashboard.embedded.home import LOOPBACK


def http_answers(port: int, path: str, timeout: float = 1.0) -> bool:
    """Whether ``GET path`` is answered with 200. No proxy is asked, whatever the environment says."""
    connection = HTTPConnection(LOOPBACK, port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
