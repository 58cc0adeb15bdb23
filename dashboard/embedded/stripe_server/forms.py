"""Stripe's way of writing parameters: ``metadata[order]=7&expand[]=charge&created[gte]=1700000000``."""

import re
from collections.abc import Iterable
from typing import Any

from dashboard.embedded.stripe_server.ledger import Ledger, Refused
from dashboard.embedded.stripe_server.store import PREFIXES, Object

_PART = re.compile(r"([^\[\]]+)|\[([^\[\]]*)\]")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The parameters as a tree; ``a[]`` and ``a[0]`` make lists."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = [outer or inner for outer, inner in _PART.findall(name)] or [name]
        if not rest:
            tree[first] = value
        elif rest[0] == "" or rest[0].isdigit():
            tree.setdefault(first, []).append(value)
        else:
            tree.setdefault(first, {})[rest[0]] = value
    return tree


def integer(given: dict[str, Any], name: str) -> int | None:
    """A whole number, or None. Raises ``Refused``."""
    raw = given.get(name)
    if raw is None or raw == "":
        return None
    try:
        return int(raw)
    except (TypeError, ValueError):
        raise Refused(400, "parameter_invalid_integer", f"Invalid integer: {raw}", param=name) from None


def expanded(item: Object, paths: Iterable[str], ledger: Ledger) -> Object:
    """The object with the ids that ``paths`` name replaced by what they stand for."""
    for path in paths:
        item = _expand(item, path.split("."), ledger)
    return item


def _expand(item: Any, steps: list[str], ledger: Ledger) -> Any:
    if not steps:
        return item
    if isinstance(item, list):
        return [_expand(each, steps, ledger) for each in item]
    first, *rest = steps
    value = item.get(first) if isinstance(item, dict) else None
    if value is None:
        return item
    if isinstance(value, str) and any(value.startswith(prefix) for prefix in PREFIXES):
        value = ledger.store.find(value) or value
    return {**item, first: _expand(value, rest, ledger)}
