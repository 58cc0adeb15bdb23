"""Lists of clients: what they are filtered by, kept up with the platform's writes, and saved views."""

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
