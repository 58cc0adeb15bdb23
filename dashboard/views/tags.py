"""The tags in use on screen."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from dashboard.components.table import Column, EmptyState, Link, Row, table
from dashboard.locale import _, number
from dashboard.navigation import address, go
from lumira_db.queries.client_tags import Tag


def listing(tags: Sequence[Tag]) -> str | None:
    """Every tag with how many clients have it, a figure that leads to them; the tag that was opened, for one run."""
    result = table(
        [
            Row(tag.name, [Link(tag.name), Link(number(tag.clients), href=address("clients", tag=tag.name))])
            for tag in tags
        ],
        [Column("tag", _("Tag"), "link"), Column("clients", _("Clients"), "link", align="end", width=10)],
        key="tags.list",
        label=_("Tags"),
        empty=EmptyState(_("No tag is in use"), _("Tags are given on a client's page, or to many on the list.")),
        on_follow=lambda href: go("clients", tag=parse_qs(urlsplit(href).query)["tag"][0]),
    )
    return result.opened
