"""What a client is found by: functions in ``desk`` and expression indexes on contract tables.

The functions are total: whatever a row holds, they answer, because an index asks them while the platform writes. They
call nothing but PostgreSQL's own functions, so whoever writes needs no right on the schema ``desk``; and they are in
PL/pgSQL, because the planner would write one in SQL out into every statement about clients. Changing one of them means
REINDEX of what is on it (``lumira search rebuild``).
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Letters and digits of every script stay; marks go, letters that are not decomposed are written as people type them.
FOLD = r"""
CREATE OR REPLACE FUNCTION desk.fold(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN btrim(left(regexp_replace(
    CASE WHEN octet_length(left(value, 400)) = length(left(value, 400)) THEN lower(left(value, 400))
    ELSE regexp_replace(regexp_replace(
        replace(replace(replace(replace(replace(replace(replace(
            translate(lower(normalize(left(value, 400), NFKD)), 'ŁłØøĐđÐðıĦħ’', 'llooddddihh'''),
            'Œ', 'oe'), 'œ', 'oe'), 'Æ', 'ae'), 'æ', 'ae'), 'ẞ', 'ss'), 'ß', 'ss'), 'þ', 'th'),
        '[\u0300-\u036F\u0591-\u05BD\u05BF-\u05C7\u064B-\u065F\u0670\u200B-\u200F\u202A-\u202E\u2060-\u206F'
        '\uFE00-\uFE0F\uFEFF]+', '', 'g'),
        '[\u0080-\u00BF\u00D7\u00F7\u02B0-\u02FF\u2010-\u2BFF\u3000-\u303F\U0001F000-\U0001FAFF]+', ' ', 'g')
    END, '[^a-z0-9\u0080-\U0010FFFF]+', ' ', 'g'), 200));
END
$$
"""

# "De La Tour" is also asked for as delatour and latour. Takes folded names.
NAME_WORDS = """
CREATE OR REPLACE FUNCTION desk.name_words(first_name text, last_name text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    name text;
    parts text[];
    found text[] := '{}';
BEGIN
    FOREACH name IN ARRAY ARRAY[first_name, last_name] LOOP
        CONTINUE WHEN name IS NULL OR name = '';
        parts := string_to_array(name, ' ');
        found := found || parts;
        IF cardinality(parts) > 1 THEN
            found := found || array_to_string(parts, '');
        END IF;
        IF cardinality(parts) > 2 THEN
            found := found || (parts[cardinality(parts) - 1] || parts[cardinality(parts)]);
        END IF;
    END LOOP;
    RETURN found;
END
$$
"""

# Two words share a key when they sound alike, or when a letter left out of one, or of both, makes them the same:
# that is one letter wrong, missing, too many, or two changed about. How a word sounds is what is left of a French one
# when only its consonants are heard: Dupont, Dupond and Dupon; Gauthier and Gotier.
TYPO_KEYS = r"""
CREATE OR REPLACE FUNCTION desk.typo_keys(words text[]) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    word text;
    heard text;
    keys integer[] := '{}';
BEGIN
    FOREACH word IN ARRAY COALESCE(words, '{}') LOOP
        keys := keys || hashtext(word);
        IF length(word) > 3 THEN
            FOR place IN 1..least(length(word), 24) LOOP
                keys := keys || hashtext(overlay(word PLACING '' FROM place FOR 1));
            END LOOP;
        END IF;
        IF length(word) > 2 THEN
            heard := rtrim(word, 'tdspxz');
            heard := replace(replace(replace(heard, 'ph', 'f'), 'bv', 'v'), 'ch', '1');
            heard := replace(replace(heard, 'sh', '1'), 'gn', 'n');
            heard := replace(replace(replace(heard, 'qu', 'k'), 'ce', 'se'), 'ci', 'si');
            heard := replace(replace(replace(heard, 'cy', 'sy'), 'ge', 'je'), 'gi', 'ji');
            heard := translate(heard, 'cqzxmwaeiouyh', 'kkssnv');
            heard := regexp_replace(heard, '(.)\1+', '\1', 'g');
            IF strpos('aeiouyh', left(word, 1)) > 0 THEN
                heard := 'a' || heard;
            END IF;
            IF length(heard) > 1 THEN
                keys := keys || hashtext('~' || heard);
            END IF;
        END IF;
    END LOOP;
    RETURN keys;
END
$$
"""

# Where mail for an address arrives: most providers ignore case, and many dots and what follows a plus.
MAILBOX = """
CREATE OR REPLACE FUNCTION desk.mailbox(email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    written text := lower(left(email, 400));
    letters text := replace(split_part(split_part(btrim(written), '@', 1), '+', 1), '.', '');
    provider text := btrim(split_part(written, '@', 2));
BEGIN
    IF letters = '' OR strpos(written, '@') = 0 THEN
        RETURN NULL;
    END IF;
    RETURN letters || '@' || CASE provider WHEN 'googlemail.com' THEN 'gmail.com' ELSE provider END;
END
$$
"""

# A French number without its 0, whether it was written with +33, 0033, 33, (0) or none; others with their country's.
PHONE = r"""
CREATE OR REPLACE FUNCTION desk.phone(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN NULLIF(left(regexp_replace(regexp_replace(left(value, 60), '[^0-9]+', '', 'g'),
        '^(0*33(?=0?[1-9][0-9]{8}$)0?|0+)', ''), 20), '');
END
$$
"""

FUNCTIONS = (FOLD, NAME_WORDS, TYPO_KEYS, MAILBOX, PHONE)
DROPPED = (
    "mailbox(text)",
    "phone(text)",
    "typo_keys(text[])",
    "name_words(text, text)",
    "fold(text)",
)

WORDS = 'desk.name_words(desk.fold("firstName"), desk.fold("lastName"))'
# Nothing longer than a page of a B-tree takes reaches one: whatever the contract accepts, these accept too.
# A pending list that grows for long would be read whole by every search.
PENDING = "WITH (gin_pending_list_limit = 512)"
INDEXES = {
    "desk_user_name": f'ON "User" USING gin (array_to_tsvector({WORDS})) {PENDING}',
    "desk_user_typo": f'ON "User" USING gin (desk.typo_keys({WORDS})) {PENDING}',
    "desk_user_email": 'ON "User" (lower(left(email, 300)) text_pattern_ops)',
    "desk_user_email_end": 'ON "User" (reverse(lower(left(email, 300))) text_pattern_ops)',
    "desk_user_mailbox": 'ON "User" (desk.mailbox(email))',
    "desk_user_phone": 'ON "User" (desk.phone(phone) text_pattern_ops) WHERE phone IS NOT NULL',
    "desk_user_phone_end": 'ON "User" (reverse(desk.phone(phone)) text_pattern_ops) WHERE phone IS NOT NULL',
    "desk_user_ref": 'ON "User" (upper(left("refId", 60)) text_pattern_ops) WHERE "refId" IS NOT NULL',
    "desk_order_checkout": 'ON "Order" (left("stripeSessionId", 300)) WHERE "stripeSessionId" IS NOT NULL',
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            create(name, definition)


def create(name: str, definition: str) -> None:
    """Create the index while the platform writes; what an interrupted try left is of no use and goes first."""
    if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    for function in DROPPED:
        op.execute(f"DROP FUNCTION IF EXISTS desk.{function}")
