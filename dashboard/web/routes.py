"""Signing in and out: plain pages made on the server, without any script."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth import csrf
from dashboard.auth.destinations import own_path
from dashboard.auth.requests import LANGUAGE_COOKIE, SESSION_COOKIE, from_own_site, origin_of, person_of, speak
from dashboard.auth.sessions import Sessions
from dashboard.auth.sign_in import SignIn, TooBusy
from dashboard.auth.signing import Signer
from dashboard.locale import LANGUAGES, _
from dashboard.settings import Settings
from dashboard.web import metrics
from dashboard.web.forms import drop_cookie, read_form, set_cookie
from dashboard.web.pages import LoginForm, login_page, logout_page
from lumira_db.commands.sessions import Opened, end_session
from lumira_db.engine import Database
from lumira_db.queries.sessions import SignedIn

log = logging.getLogger(__name__)

_YEAR = 365 * 24 * 3600


class Door:
    """``/login`` and ``/logout``."""

    def __init__(self, settings: Settings, sessions: Sessions, database: Callable[[], Database]) -> None:
        secret = settings.secret_key.get_secret_value()
        self._public_url = settings.public_url
        self._lifetime = timedelta(hours=settings.session_hours)
        self._sessions = sessions
        self._database = database
        self._csrf = Signer(secret, "form")
        self.sign_in = SignIn(Signer(secret, "account"), lifetime=self._lifetime)

    def routes(self) -> list[BaseRoute]:
        """The routes, all of them public."""
        return [
            Route("/login", self.show_login, methods=["GET"]),
            Route("/login", self.take_login, methods=["POST"]),
            Route("/logout", self.show_logout, methods=["GET"]),
            Route("/logout", self.take_logout, methods=["POST"]),
        ]

    async def show_login(self, request: Request) -> Response:
        """The form, or the way on for somebody who is signed in already."""
        wanted = own_path(request.query_params.get("next"))
        if person_of(request.scope) is not None:
            return _redirect(wanted)
        _speak(request)
        return self._login(request, LoginForm(wanted), 200)

    async def take_login(self, request: Request) -> Response:
        """Sign in. Whatever is wrong with address, password or account, the answer is the same."""
        _speak(request)
        fields = await read_form(request) or {}
        wanted, email = own_path(fields.get("next")), fields.get("email", "")
        if not self._is_ours(request, fields):
            expired = _("This form had expired. Nothing was sent on: please try again.")
            return self._login(request, LoginForm(wanted, email, expired), 403)
        origin = origin_of(request.scope)
        try:
            outcome = await self.sign_in.attempt(self._database(), email, fields.get("password", ""), origin)
        except TooBusy:
            metrics.SIGN_INS.labels("too_busy").inc()
            busy = _("Many people are signing in at the moment. Try again in a few seconds.")
            return self._login(request, LoginForm(wanted, email, busy), 503)
        except SQLAlchemyError:
            log.exception("sign-in failed: the database does not answer")
            away = _("The Desk cannot reach its database at the moment. Try again in a few seconds.")
            return self._login(request, LoginForm(wanted, email, away), 503)
        metrics.SIGN_INS.labels(outcome.refused or "accepted").inc()
        if outcome.opened is None:
            return self._login(request, LoginForm(wanted, email, _refusal()), 401)
        return await self._welcome(request, outcome.opened, wanted)

    async def show_logout(self, request: Request) -> Response:
        """Ask once: a link must not be able to sign anybody out."""
        person = person_of(request.scope)
        return self._logout(request, person, 200) if person else _gone(request)

    async def take_logout(self, request: Request) -> Response:
        """End the session, everywhere at once: its websockets close too."""
        person = person_of(request.scope)
        if person is None:
            return _gone(request)
        fields = await read_form(request) or {}
        if not self._is_ours(request, fields, person.session_id):
            return self._logout(request, person, 403)
        await self._end(person)
        return _gone(request)

    async def _welcome(self, request: Request, opened: Opened, wanted: str) -> Response:
        before = person_of(request.scope)
        if before is not None:
            await self._end(before)
        response = _redirect(wanted)
        seconds = int(self._lifetime.total_seconds())
        set_cookie(response, request, SESSION_COOKIE, opened.token, seconds=seconds, same_site="lax")
        drop_cookie(response, request, csrf.COOKIE)
        return response

    async def _end(self, person: SignedIn) -> None:
        def end() -> None:
            with self._database().writing() as session:
                end_session(session, person.actor, person.session_id)

        await anyio.to_thread.run_sync(end)
        self._sessions.end(person.session_id)

    def _is_ours(self, request: Request, fields: Mapping[str, str], bound_to: str = "") -> bool:
        if not from_own_site(request.scope, self._public_url):
            return False
        return csrf.accepts(self._csrf, request.cookies.get(csrf.COOKIE), fields.get(csrf.FIELD), bound_to)

    def _login(self, request: Request, form: LoginForm, status: int) -> Response:
        token = self._token(request)
        response = login_page(form, token, status)
        set_cookie(response, request, csrf.COOKIE, token, seconds=csrf.SECONDS, same_site="strict")
        chosen = request.query_params.get("lang")
        if chosen in LANGUAGES:
            set_cookie(response, request, LANGUAGE_COOKIE, chosen, seconds=_YEAR, same_site="lax")
        return response

    def _logout(self, request: Request, person: SignedIn, status: int) -> Response:
        _speak(request)
        token = self._token(request, person.session_id)
        response = logout_page(person.actor.name, token, status)
        set_cookie(response, request, csrf.COOKIE, token, seconds=csrf.SECONDS, same_site="strict")
        return response

    def _token(self, request: Request, bound_to: str = "") -> str:
        # The same token for every open tab: a second sign-in page must not spoil the first.
        known = request.cookies.get(csrf.COOKIE)
        return known if known and csrf.usable(self._csrf, known, bound_to) else csrf.issue(self._csrf, bound_to)


def _refusal() -> str:
    # One text for a wrong password, an unknown address, a disabled account and too many attempts.
    return _(
        "That did not work. Check the address and the password. After several attempts, wait a quarter of an hour."
    )


def _speak(request: Request) -> None:
    speak(request.scope, request.query_params.get("lang"))


def _redirect(path: str) -> Response:
    return RedirectResponse(path, 303, headers={"cache-control": "no-store"})


def _gone(request: Request) -> Response:
    response = _redirect("/login")
    drop_cookie(response, request, SESSION_COOKIE)
    drop_cookie(response, request, csrf.COOKIE)
    return response
