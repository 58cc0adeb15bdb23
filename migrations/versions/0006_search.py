"""What a client is found by: functions in ``desk`` and expression indexes on contract tables."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
