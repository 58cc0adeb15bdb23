"""Where a path stands, and what was decided of a reading, in words."""

from lumira_db.i18n_marker import N_
from lumira_db.queries.expertise import Decision
from lumira_db.queries.paths import Outcome

OUTCOMES = {
    Outcome.DONE: N_("Done"),
    Outcome.IN_PROGRESS: N_("In progress"),
    Outcome.ABANDONED: N_("Abandoned"),
    Outcome.LOCKED: N_("Locked by the system"),
}
DECISIONS = {
    Decision.APPROVE: N_("approved"),
    Decision.REVISE: N_("sent back for revision"),
    Decision.REJECT: N_("rejected"),
}
