"""What the tests of the data layer share."""

from collections.abc import Iterator

import pytest

from lumira_db.engine import Database
from tests.databases import new_database


@pytest.fixture(scope="module")
def common_database(postgres_url: str, template_database: str) -> Iterator[Database]:
    """A migrated database that the tests of one file share: each looks at rows of its own only."""
    with new_database(postgres_url, template_database) as url:
        made = Database(url, pool_size=24, application_name="tests")
        yield made
        made.dispose()
