"""Whoever is named in a text is found by the index of what texts quote: what it leaves out names nobody."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.queries.personal import pattern
from lumira_db.quotes import LONG, quotes

_RUNS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789", min_size=1, max_size=9)
_PAIRS = st.text("0123456789", min_size=2, max_size=2)
NAMES = st.one_of(
    st.builds("{}.{}@{}.fr".format, _RUNS, _RUNS, _RUNS),
    st.builds("{}%40{}.fr".format, _RUNS, _RUNS),
    st.lists(_PAIRS, min_size=4, max_size=6).map(" ".join),
    st.lists(_PAIRS, min_size=4, max_size=6).map(".".join),
    st.builds("+33 6 {} {} {} {}".format, _PAIRS, _PAIRS, _PAIRS, _PAIRS),
    st.builds("LUM-C-26-{:04d}".format, st.integers(0, 99_999)),
    st.builds("pi_{}".format, _RUNS),
    _RUNS,
)
AROUND = st.text("ab1 06.,-+@%_/:\"'()\n\u00e9\u200bZ", max_size=12)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, before=AROUND, after=AROUND, other=NAMES)
@example(name="06 12 34 56", before="1 ", after=" 78", other="a@b.fr")
@example(name="b@c.fr", before="a@", after="@d", other="12")
def test_a_text_that_names_somebody_is_filed_under_a_key_of_theirs(
    session: Session, name: str, before: str, after: str, other: str
) -> None:
    keys = quotes([name, other])
    for written in (f"{before}{name}{after}", json.dumps({"x": f"{before}{name}{after}"}, ensure_ascii=False)):
        named, filed = session.execute(
            text("SELECT CAST(:written AS text) ~* :pattern, desk.quoted(:written) && CAST(:keys AS integer[])"),
            {"written": written, "pattern": pattern((name,)), "keys": keys},
        ).one()
        assert keys is None or filed or not named


@pytest.mark.parametrize(
    ("names", "known"),
    [(["marie.dupont@example.org", "LUM-C-26-0042", "06 12 34 56 78", "pi_3Qabc"], True), (["initie"], False)],
)
def test_what_has_no_key_makes_every_text_be_read(names: list[str], known: bool) -> None:
    found = quotes(names)
    assert (found is not None) is known
    assert found is None or LONG in found


def test_a_very_long_text_is_read_by_whoever_looks(session: Session) -> None:
    assert session.scalar(text("SELECT desk.quoted(repeat('Marie 06 12 34 56 78 ', 5000))")) == [LONG]
    assert session.scalar(text("SELECT desk.quoted(NULL)")) == []
