"""Every value that a person sees has a name, a tone and an icon, once, and never by accident another's."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import dashboard.components
from dashboard.alert_words import warned
from dashboard.components.tones import ICONS, TONES, level_icon
from dashboard.locale import set_language
from dashboard.locale.labels import (
    ACTION_TYPE,
    CHANNEL,
    CLIENT_STATUS,
    DELIVERY_STATE,
    DOMAIN,
    EVENT_STATE,
    FINDING_STATE,
    LEVELS,
    NOTICE_STATE,
    ORDER_STATUS,
    PAYMENT_STATE,
    PRODUCT_ORDER_STATUS,
    REFUND_REASON,
    REFUND_STATE,
    ROLE,
    VERSION_ORIGIN,
    Look,
    fact_label,
    label,
    level_name,
    level_tone,
    look_of,
)
from dashboard.views import badges, findings, products
from dashboard.views.cells import FLAGS
from dashboard.workflows.tasks import STEPS
from lumira_db.actor import Role
from lumira_db.commands.tasks import PERMISSIONS
from lumira_db.discretion import LABELS as INTIMATE
from lumira_db.enums import (
    DeliveryFormat,
    InsightCategory,
    OrderStatus,
    PathActionType,
    ProductLevel,
    ProductOrderStatus,
    UserStatus,
)
from lumira_db.payments import EventState
from lumira_db.permissions import LABELS, Permission
from lumira_db.queries.flags import CONDITIONS, Flag
from lumira_db.queries.limits import AlertRow
from lumira_db.states import (
    AlertKind,
    DeliveryState,
    FindingKind,
    FindingState,
    Intimate,
    NoticeState,
    PaymentState,
    ProductEvent,
    RefundReason,
    RefundState,
    TaskKind,
    VersionOrigin,
)
from tests.factories import NOON

LOOKS: list[tuple[type[Enum], Mapping[Any, Look]]] = [
    (OrderStatus, ORDER_STATUS),
    (ProductOrderStatus, PRODUCT_ORDER_STATUS),
    (UserStatus, CLIENT_STATUS),
    (DeliveryState, DELIVERY_STATE),
    (DeliveryFormat, CHANNEL),
    (Role, ROLE),
    (VersionOrigin, VERSION_ORIGIN),
    (RefundState, REFUND_STATE),
    (NoticeState, NOTICE_STATE),
    (PaymentState, PAYMENT_STATE),
    (EventState, EVENT_STATE),
    (FindingState, FINDING_STATE),
]
NAMES: list[tuple[type[Enum], Mapping[Any, Any]]] = [
    (InsightCategory, DOMAIN),
    (PathActionType, ACTION_TYPE),
    (RefundReason, REFUND_REASON),
    (Permission, LABELS),
    (Flag, FLAGS),
    (Flag, CONDITIONS),
    (FindingKind, findings.NAMES),
    (FindingKind, findings.STORIES),
    (ProductEvent, products.KINDS),
    (Intimate, INTIMATE),
]
VALUES = [value for kind, _ in LOOKS for value in kind]


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


@pytest.mark.parametrize(("kind", "table"), LOOKS + NAMES)
def test_a_table_covers_its_enum_and_nothing_else(kind: type[Enum], table: Mapping[Any, Any]) -> None:
    """A new value without a name fails here, not on somebody's screen."""
    assert list(table) == list(kind)
    assert all(type(value) is kind for value in table)


def test_every_task_can_be_started_by_somebody_and_done_by_the_worker() -> None:
    """A kind without its step or its permission fails here, not after somebody's click."""
    assert set(STEPS) == set(TaskKind), "STEPS of dashboard/workflows/tasks.py"
    assert set(PERMISSIONS) == set(TaskKind), "PERMISSIONS of lumira_db/commands/tasks.py"


def test_every_warning_says_what_it_warns_of() -> None:
    """A new kind must not go out in the words of another."""
    alerts = [AlertRow(1, kind, 2.0, 1.0, NOON.date(), NOON.date(), NOON) for kind in AlertKind]
    assert len({warned(alert).title for alert in alerts}) == len(AlertKind)


@pytest.mark.parametrize(("kind", "table"), LOOKS)
def test_no_two_values_of_a_kind_have_one_name(kind: type[Enum], table: Mapping[Any, Look]) -> None:
    """Colour never carries meaning alone: the names differ."""
    assert len({look.label for look in table.values()}) == len(kind)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_values_tone_and_icon_exist(value: Enum) -> None:
    """In the vocabulary of the components, and in Streamlit's badges."""
    look = look_of(value)
    assert look.tone in TONES
    assert look.icon in ICONS
    assert look.tone in badges._COLOURS
    assert look.icon in badges._ICONS


@pytest.mark.parametrize("flag", Flag)
def test_a_flags_tone_and_icon_exist(flag: Flag) -> None:
    """The same for what makes an order stand out."""
    icon, tone, text = FLAGS[flag]
    assert icon in ICONS
    assert icon in badges._ICONS
    assert tone in TONES
    assert tone in badges._COLOURS
    assert text


@pytest.mark.parametrize(("kind", "table"), LOOKS)
def test_a_value_gets_the_look_of_its_own_kind(kind: type[Enum], table: Mapping[Any, Look]) -> None:
    """An order that FAILED and a delivery that FAILED are the same text, and not the same thing."""
    assert all(look_of(value) is table[value] for value in kind)


def test_an_enum_without_looks_is_refused() -> None:
    """Rather than shown as some other enum's value."""
    with pytest.raises(KeyError):
        look_of(ProductLevel.INITIE)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_name_is_said_in_both_languages(value: Enum) -> None:
    """Never the constant itself."""
    for language in ("en", "fr"):
        set_language(language)
        assert label(value)
        assert label(value) != value.value


def test_every_icon_is_drawn() -> None:
    """Python's list of names is the browser's."""
    source = (Path(dashboard.components.__file__).parent / "shared" / "icons.js").read_text("utf-8")
    drawn = set(re.findall(r"^\s*\"?([a-z][a-z0-9-]*)\"?\s*:", source, re.MULTILINE))
    assert set(ICONS) <= drawn


def test_a_level_has_its_name_its_colour_and_its_bars() -> None:
    """The four are proper names, the same in every language."""
    assert LEVELS == {1: "Initié", 2: "Mystique", 3: "Profond", 4: "Intégrale"}
    assert [level_tone(level) for level in LEVELS] == ["level1", "level2", "level3", "level4"]
    assert {level_tone(level) for level in LEVELS} <= set(TONES)
    assert [level_icon(level) for level in LEVELS] == ["level1", "level2", "level3", "level4"]


@pytest.mark.parametrize("level", [0, 5, 7, -1, 2**31 - 1])
def test_an_unknown_level_is_shown_as_such(level: int) -> None:
    """The contract checks nothing: a level can hold anything."""
    assert level_name(level) == f"Unknown level ({level})"
    assert level_tone(level) == "neutral"
    assert level_icon(level) in ICONS


def test_the_facts_of_a_refusal_are_said_in_words() -> None:
    """Enums by their label, moments in full in Paris, numbers and None as they are."""
    assert fact_label(OrderStatus.AWAITING_VALIDATION) == "To validate"
    assert fact_label(datetime(2026, 2, 1, 22, 30, tzinfo=UTC)) == "Sunday 1 February 2026, 23:30"
    assert fact_label(3) == 3
    assert fact_label(None) is None
    assert fact_label("") == ""
