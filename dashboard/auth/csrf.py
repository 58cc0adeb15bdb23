"""Forms that only our own pages can send: a signed token, once in a cookie and once in the form.

Another site can make a browser send a form, but can neither read our cookie nor make one that we signed.
The token also carries whom it was made for, so that one fetched by a stranger does not fit another's form.
"""

import hmac
import secrets
import time

from dashboard.auth.signing import Signer

COOKIE = "lumira_csrf"
FIELD = "csrf"
SECONDS = 4 * 3600


def issue(signer: Signer, bound_to: str = "") -> str:
    """A fresh token for a form of ``bound_to`` (a session's id; empty for nobody yet)."""
    return signer.sign(f"{int(time.time())}:{secrets.token_hex(16)}:{bound_to}")


def usable(signer: Signer, token: str | None, bound_to: str = "") -> bool:
    """Whether we made this token, for ``bound_to``, less than four hours ago."""
    made, _, rest = (signer.read(token or "") or "").partition(":")
    if not made.isdigit() or rest.partition(":")[2] != bound_to:
        return False
    return 0 <= time.time() - int(made) <= SECONDS


def accepts(signer: Signer, cookie: str | None, field: str | None, bound_to: str = "") -> bool:
    """Whether a form may be taken: cookie and field are the same usable token."""
    same = hmac.compare_digest((cookie or "").encode(), (field or "").encode())
    return same and usable(signer, cookie, bound_to)
