"""The Desk's own pages beside Streamlit's, drawn from templates, in the person's language."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from dashboard.locale import LANGUAGES, _, get_language
from dashboard.web.headers import FORM_PAGE, LEAVE_PAGE

_HERE = Path(__file__).parent
_NAMES = {"fr": "Français", "en": "English"}


@dataclass(frozen=True, slots=True)
class LoginForm:
    """What the sign-in page shows again after a refusal. There is no password in it."""

    wanted: str = "/"
    email: str = ""
    problem: str | None = None


def login_page(form: LoginForm, token: str, status: int) -> Response:
    """The sign-in page; ``token`` goes into the form's hidden field."""
    back = "" if form.wanted == "/" else f"&next={quote(form.wanted, safe='/')}"
    return _page(
        "login.html",
        status,
        title=_("Sign in"),
        lead=_("Every reading is read by a person before it leaves."),
        form=form,
        email_label=_("E-mail"),
        password_label=_("Password"),
        button=_("Sign in"),
        csrf=token,
        choose_language=_("Language"),
        languages=[(code, _NAMES[code], f"/login?lang={code}{back}") for code in LANGUAGES],
    )


def logout_page(name: str, token: str, status: int) -> Response:
    """The question before signing out."""
    return _page(
        "logout.html",
        status,
        LEAVE_PAGE,
        title=_("Sign out"),
        question=_("Sign out of Lumira Desk?"),
        who=_("You are signed in as {name}.").format(name=name),
        button=_("Sign out"),
        stay=_("Back to the desk"),
        csrf=token,
    )


def _page(template: str, status: int, policy: str = FORM_PAGE, **values: Any) -> Response:
    text = _templates().get_template(template).render(language=get_language(), style=_style(), **values)
    headers = {"cache-control": "no-store", "content-security-policy": policy, "x-frame-options": "DENY"}
    return HTMLResponse(text, status, headers={**headers, "content-language": get_language()})


@lru_cache(maxsize=1)
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def _style() -> str:
    """The style sheet's address, which changes with its content."""
    digest = hashlib.sha256((_HERE / "static" / "door.css").read_bytes()).hexdigest()
    return f"/web/door.css?v={digest[:12]}"
