"""What became of a product, and since when it costs what it costs: whoever writes, the platform included.

A trigger keeps the history, so that no price is ever unknown. It swallows whatever goes wrong in it: the platform's
write must not fail for us. Everything is compared inside the function, as JSON, so that a column that the platform adds
is kept too, whatever its type.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE desk.product_change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    product_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    amount_cents BIGINT NOT NULL,
    currency TEXT NOT NULL,
    is_price BOOLEAN NOT NULL,
    changes JSONB NOT NULL,
    actor_id TEXT,
    actor_name TEXT,
    CONSTRAINT product_change_pkey PRIMARY KEY (id),
    CONSTRAINT product_change_kind_check CHECK (kind IN ('FOUND', 'CREATED', 'CHANGED', 'DELETED'))
)
"""
INDEXES = (
    "CREATE INDEX product_change_product_id_idx ON desk.product_change (product_id, at DESC, id DESC)",
    "CREATE INDEX product_change_price_idx ON desk.product_change (level, amount_cents, currency) WHERE is_price",
)

# Who writes is told by the Desk's own commands; a writer who says nothing is the platform.
FUNCTION = """
CREATE FUNCTION desk.note_product() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
DECLARE
    product public."Product" := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    changed jsonb := '{}';
    what text := 'CREATED';
    priced boolean := true;
    moment timestamptz := now();
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT COALESCE(jsonb_object_agg(n.key, jsonb_build_array(o.value, n.value)), '{}') INTO changed
        FROM jsonb_each(to_jsonb(NEW)) n JOIN jsonb_each(to_jsonb(OLD)) o USING (key)
        WHERE n.value IS DISTINCT FROM o.value AND n.key NOT IN ('updatedAt', 'createdAt');
        IF changed = '{}' THEN
            RETURN NULL;
        END IF;
        what := 'CHANGED';
        priced := changed ?| ARRAY['amountCents', 'currency', 'level'];
    ELSIF TG_OP = 'DELETE' THEN
        what := 'DELETED';
        priced := false;
    ELSE
        moment := LEAST(now(), NEW."createdAt" AT TIME ZONE 'UTC');
    END IF;
    INSERT INTO desk.product_change
        (product_id, at, kind, level, amount_cents, currency, is_price, changes, actor_id, actor_name)
    VALUES (product.id, moment, what, product.level::text, product."amountCents", lower(product.currency), priced,
        changed, NULLIF(current_setting('desk.actor_id', true), ''),
        NULLIF(current_setting('desk.actor_name', true), ''));
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'desk: a change of a product was not noted: %', SQLERRM;
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER desk_note_product AFTER INSERT OR UPDATE OR DELETE ON public."Product"
FOR EACH ROW EXECUTE FUNCTION desk.note_product()
"""
# What a product cost before today nobody knows; what it costs today it has cost since it was made, as far as we know.
EXISTING = """
INSERT INTO desk.product_change (product_id, at, kind, level, amount_cents, currency, is_price, changes)
SELECT id, "createdAt" AT TIME ZONE 'UTC', 'FOUND', level::text, "amountCents", lower(currency), true, '{}'
FROM public."Product"
"""


def upgrade() -> None:
    for statement in (TABLE, *INDEXES, FUNCTION, TRIGGER, EXISTING):
        op.execute(statement)


def downgrade() -> None:
    op.execute('DROP TRIGGER desk_note_product ON public."Product"')
    op.execute("DROP FUNCTION desk.note_product()")
    op.execute("DROP TABLE desk.product_change")
