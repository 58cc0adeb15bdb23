"""How much of an approved reading is the expert's, counted once: the figure opened every text of its period.

The worker counts it soon after the approval. What was approved before is noted here, as if it had been just now.
"""

import runpy
from pathlib import Path
from typing import Any

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_BY_DATE = Path(__file__).with_name("0024_by_date.py")
_NAME = "desk.reading_version_approved_idx"
INDEXES = {
    _NAME: """ON desk.reading_version (created_at) INCLUDE (author_id, order_id, words, changed_words)
        WHERE origin = 'APPROVED'""",
    "desk.reading_version_uncounted_idx": """ON desk.reading_version (order_id)
        WHERE origin = 'APPROVED' AND words IS NULL""",
}
NOTE = """
INSERT INTO desk.change (kind, row_id)
SELECT DISTINCT 'client', o."userId" FROM desk.reading_version v JOIN public."Order" o ON o.id = v.order_id
WHERE v.origin = 'APPROVED'
"""


def upgrade() -> None:
    for column in ("words", "changed_words"):
        op.execute(f"ALTER TABLE desk.reading_version ADD COLUMN IF NOT EXISTS {column} INTEGER")
    before: dict[str, Any] = runpy.run_path(str(_BY_DATE))
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {_NAME}")
        for name, definition in INDEXES.items():
            before["create"](name, definition)
    op.execute(NOTE)


def downgrade() -> None:
    before: dict[str, Any] = runpy.run_path(str(_BY_DATE))
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        before["create"](_NAME, before["INDEXES"][_NAME])
    for column in ("words", "changed_words"):
        op.execute(f"ALTER TABLE desk.reading_version DROP COLUMN {column}")
