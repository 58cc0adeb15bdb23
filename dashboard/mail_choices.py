"""What can be done from the screens about one's own mails: the digest and the warnings."""

from dashboard.acts import attempt, done
from dashboard.context import database, zone
from dashboard.flash import Flash, say
from dashboard.here import actor
from dashboard.locale import _
from lumira_db.clock import utcnow
from lumira_db.commands import staff_mails
from lumira_db.commands.digests import newest_period
from lumira_db.queries.staff_mails import Chosen, get_chosen
from lumira_db.states import Cadence


def chosen() -> Chosen:
    """What the person at the screen wants by mail."""
    with database().reading() as session:
        return get_chosen(session, actor().id)


def choose(cadence: Cadence | None, alerts: bool) -> None:  # noqa: FBT001 - the widget's own value
    """Keep what one wants by mail."""
    if done(lambda s, a: staff_mails.choose_mails(s, a, cadence=cadence, alerts=alerts)):
        say(Flash(_("Your choice is saved.")))


def send_now(cadence: Cadence) -> None:
    """Have the newest digest sent to oneself."""
    now = utcnow()
    period = newest_period(cadence, now.astimezone(zone()).date())
    asked = attempt(lambda s, a: staff_mails.ask_for_digest(s, a, cadence, period, now))
    if asked is not None:
        email = actor().email
        text = _("The digest is on its way to {email}.") if asked else _("It was just sent to {email}.")
        say(Flash(text.format(email=email), "done" if asked else "note"))
