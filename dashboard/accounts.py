"""What can be done to accounts from the screens: staff management, and one's own account."""

import secrets

import streamlit as st

from dashboard.acts import attempt, done
from dashboard.auth.password import check_password, hash_password, random_password, require_good_password
from dashboard.context import database
from dashboard.flash import Flash, say
from dashboard.here import actor, forget, here
from dashboard.locale import _, refusal_text
from lumira_db.actor import Role
from lumira_db.commands import staff
from lumira_db.errors import InvalidInput
from lumira_db.queries.staff import StaffRow, get_password_hash

# The one-time password of an account just made or reset, shown once on the screen that asked for it.
SHOWN_ONCE = "staff.password"


def add(email: str, name: str, role: Role) -> None:
    """Open an account with a password made at random, shown once."""
    password = random_password()
    hashed = hash_password(password)
    made = attempt(lambda s, a: staff.add_staff(s, a, email=email, name=name, role=role, password_hash=hashed))
    if made is not None:
        st.session_state[SHOWN_ONCE] = (email.strip().lower(), password)
        say(Flash(_("The account of {name} is open.").format(name=name.strip())))


def set_role(row: StaffRow, role: Role) -> None:
    """Give another role."""
    if done(lambda s, a: staff.set_role(s, a, row.id, role, seen=row.version)):
        say(Flash(_("{name} has another role now; open screens follow at the next click.").format(name=row.name)))


def disable(row: StaffRow) -> None:
    """Close an account and end its sessions."""
    if done(lambda s, a: staff.disable_staff(s, a, row.id, seen=row.version)):
        say(Flash(_("{name} can no longer sign in; open sessions have ended.").format(name=row.name)))


def enable(row: StaffRow) -> None:
    """Let an account sign in again."""
    if done(lambda s, a: staff.enable_staff(s, a, row.id, seen=row.version)):
        say(Flash(_("{name} can sign in again.").format(name=row.name)))


def reset(row: StaffRow) -> None:
    """Give an account a new random password, shown once."""
    password = random_password()
    hashed = hash_password(password)
    if done(lambda s, a: staff.reset_password(s, a, row.id, password_hash=hashed)):
        st.session_state[SHOWN_ONCE] = (row.email, password)
        say(Flash(_("{name} has a new password; open sessions have ended.").format(name=row.name)))


def rename(name: str) -> None:
    """Change one's own name."""
    if done(lambda s, a: staff.change_own_name(s, a, name)):
        forget()
        say(Flash(_("Your name is saved.")))


def change_password(present: str, new: str, again: str) -> None:
    """Change one's own password; the present one is asked for, because a screen may stand open."""
    with database().reading() as session:
        hashed = get_password_hash(session, actor().id)
    if not check_password(present, hashed).ok:
        say(Flash(_("The present password is not right."), "refused"))
        return
    try:
        require_good_password(new, actor().email)
    except InvalidInput as refusal:
        say(Flash(refusal_text(refusal), "refused"))
        return
    if not secrets.compare_digest(new.encode(), again.encode()):
        say(Flash(_("The two new passwords are not the same."), "refused"))
        return
    fresh = hash_password(new)
    if done(lambda s, a: staff.change_own_password(s, a, password_hash=fresh, keep=here().session_id)):
        say(Flash(_("Your password is changed; your other sessions have ended.")))


def choose_language(language: str) -> None:
    """Keep the language of one's screens."""
    if done(lambda s, a: staff.choose_own_language(s, a, language)):
        forget()
