"""The door for writes from a screen: one transaction, refusals said in the person's words."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from dashboard.context import database
from dashboard.flash import Flash, say
from dashboard.here import actor
from dashboard.locale import refusal_text
from lumira_db.actor import Actor
from lumira_db.errors import Refusal

Result = TypeVar("Result")


def attempt(command: Callable[[Session, Actor], Result]) -> Result | None:
    """Run ``command`` in its own transaction for the person at the screen.

    A refusal becomes a message and None is returned; anything else is a defect and is raised.
    """
    try:
        who = actor()
        with database().writing() as session:
            return command(session, who)
    except Refusal as refusal:
        say(Flash(refusal_text(refusal), "refused"))
        return None


def done(command: Callable[[Session, Actor], object]) -> bool:
    """Run ``command`` as ``attempt`` does; whether it went through."""
    return attempt(lambda session, who: (command(session, who), True)[1]) is not None
