"""What every part of the Desk needs and exists once per process: the database and the business zone."""

from datetime import timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dashboard.gateways.storage import Storage, make_storage
from dashboard.gateways.stripe import Stripe, make_stripe
from dashboard.settings import get_settings
from lumira_db.engine import Database
from lumira_db.replica import Reader

# Nobody waits longer for a screen; and a filter that PostgreSQL finds no way through must not keep it busy.
_LONGEST_STATEMENT = timedelta(seconds=10)


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this process."""
    settings = get_settings()
    return Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool,
        longest_statement=_LONGEST_STATEMENT,
    )


@lru_cache(maxsize=1)
def reader() -> Reader:
    """What reads the figures: from the replica, if there is one and it may be asked."""
    url = get_settings().read_database_url.get_secret_value()
    replica = (
        Database(url, pool_size=4, application_name="lumira-desk-figures", longest_statement=_LONGEST_STATEMENT)
        if url
        else None
    )
    return Reader(database(), replica)


@lru_cache(maxsize=1)
def storage() -> Storage:
    """The bucket of readings and photos."""
    return make_storage(get_settings())


@lru_cache(maxsize=1)
def stripe() -> Stripe:
    """The account at Stripe."""
    return make_stripe(get_settings())


@lru_cache(maxsize=1)
def zone() -> ZoneInfo:
    """The zone whose days are business days."""
    return ZoneInfo(get_settings().timezone)
