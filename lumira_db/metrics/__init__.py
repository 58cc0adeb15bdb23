"""The figures: each is defined once, here, and used by every screen and export that shows it.

A figure has a name, a unit, a definition in words, its SQL, and a rule for adding up days. Money is cents and never
mixes currencies; a day is a business day.
"""

from lumira_db.metrics.kinds import ADDS_UP, Adds, Metric, Unit
from lumira_db.metrics.operations import OPERATIONS
from lumira_db.metrics.paths import PATHS
from lumira_db.metrics.revenue import REVENUE

METRICS = {metric.code: metric for metric in (*REVENUE, *PATHS, *OPERATIONS)}
"""Every figure by its code."""

__all__ = ["ADDS_UP", "METRICS", "OPERATIONS", "PATHS", "REVENUE", "Adds", "Metric", "Unit"]
