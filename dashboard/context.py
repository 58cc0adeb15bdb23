"""What every part of the Desk needs and exists once per process: the database and the business zone."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from dashboard.gateways.storage import Storage, make_storage
from dashboard.settings import get_settings
from lumira_db.engine import Database


@lru_cache(maxsize=1)
def database() -> Database:
    """The database of this process."""
    settings = get_settings()
    return Database(settings.database_url.get_secret_value(), pool_size=settings.database_pool)


@lru_cache(maxsize=1)
def storage() -> Storage:
    """The bucket of readings and photos."""
    return make_storage(get_settings())


@lru_cache(maxsize=1)
def zone() -> ZoneInfo:
    """The zone whose days are business days."""
    return ZoneInfo(get_settings().timezone)
