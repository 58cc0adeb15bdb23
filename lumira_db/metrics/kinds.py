"""What a figure is made of: its name, unit, words, SQL, and how its days add up."""

from dataclasses import dataclass
from enum import StrEnum

from lumira_db.i18n_marker import N_


class Unit(StrEnum):
    """What a figure counts. CENTS go with a currency and are never added across two; SHARE is between 0 and 1."""

    CENTS = "cents"
    COUNT = "count"
    SHARE = "share"
    MINUTES = "minutes"
    HOURS = "hours"


class Adds(StrEnum):
    """How the figure of a period follows from those of its days."""

    SUM = "sum"
    RATIO = "ratio"
    DISTINCT = "distinct"
    QUANTILE = "quantile"
    MOMENT = "moment"


ADDS_UP = {
    Adds.SUM: N_("Its days are added up."),
    Adds.RATIO: N_("A ratio of two sums: the days of both are added up, then divided."),
    Adds.DISTINCT: N_("Everyone counts once in the period, so days cannot be added up."),
    Adds.QUANTILE: N_("A point in a sorted list: days cannot be added up."),
    Adds.MOMENT: N_("A state at the end of a day: days cannot be added up."),
}
"""``Adds`` in words."""


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of a figure. ``sql`` says it over the platform's own tables; it takes ``:start`` and ``:end``
    (UTC, half-open) and, where it says so, ``:now`` and ``:silence``."""

    code: str
    name: str
    unit: Unit
    adds: Adds
    definition: str
    sql: str
