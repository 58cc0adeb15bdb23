"""Chats and the Akashic record are unchecked JSON: every shape is shown, none fails, nothing is left out."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumira_db.journey_shapes import folded, moment_of, parse_domains, parse_history, parse_messages

SHAPES = json.loads((Path(__file__).parents[1] / "contract/json_shapes.json").read_text("utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["role", "content", "timestamp", "date", "summary", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_the_platforms_own_shapes_are_understood() -> None:
    asked, answered = parse_messages(SHAPES["ChatSession.messages"])
    assert (asked.speaker, answered.speaker) == ("client", "oracle")
    assert asked.at == datetime(2026, 2, 5, 18, tzinfo=UTC)
    assert not asked.rest
    relations, travail = parse_domains(SHAPES["AkashicRecord.domains"])
    assert (relations.domain, travail.domain) == ("relations", "travail")
    assert relations.summary.startswith("Premiers 300")
    [moment] = parse_history(SHAPES["AkashicRecord.history"])
    assert (moment.topic, moment.sentiment) == ("travail", "mixed")


@pytest.mark.parametrize("value", [None, [], {}, "", "du texte", 7, [None, "a", 7, ["b"]], {"a": 1}], ids=repr)
def test_foreign_shapes_are_shown_not_refused(value: Any) -> None:
    shown = " ".join(message.text + message.rest for message in parse_messages(value))
    if value not in (None, [], {}, ""):
        assert shown.strip()
    parse_domains(value)
    parse_history(value)


@given(JSON)
@settings(max_examples=200, deadline=None)
def test_no_document_breaks_a_parser(value: Any) -> None:
    for message in parse_messages(value):
        assert isinstance(message.text, str)
    parse_domains(value)
    parse_history(value)


def test_what_is_not_understood_is_kept_beside_the_rest() -> None:
    [message] = parse_messages([{"role": "tool", "content": {"a": 1}, "timestamp": "hier", "mood": "calm"}])
    assert message.speaker == "unknown"
    assert json.loads(message.rest) == {"timestamp": "hier", "mood": "calm", "role": "tool"}
    assert '"a": 1' in message.text


def test_moments_are_read_from_text_and_milliseconds() -> None:
    assert moment_of("2026-02-05T18:00:00") == moment_of(1770314400000) == datetime(2026, 2, 5, 18, tzinfo=UTC)
    assert moment_of("2026-02-30T00:00:00Z") is moment_of(True) is moment_of(10**30) is None


def test_searching_knows_no_accents_and_no_case() -> None:
    assert folded("ÉLÉGANCE Œuvre ǅ") == folded("élégance œuvre ǆ")
