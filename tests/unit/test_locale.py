"""Every person is spoken to in their own language, money, numbers and moments included."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from string import Formatter
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest

from dashboard.locale import (
    _,
    ago,
    choose_language,
    day,
    duration,
    exact,
    get_language,
    labels,
    money,
    ngettext,
    number,
    refusal_text,
    set_language,
    short_moment,
)
from dashboard.locale.tables import TABLES
from lumira_db import errors
from lumira_db.actor import Role
from lumira_db.enums import DeliveryFormat, InsightCategory, OrderStatus, PathActionType, UserStatus
from lumira_db.errors import Amount, ClaimHeld, ClientBlocked, ForbiddenTransition, InvalidInput, NotPermitted, Refusal
from lumira_db.permissions import LABELS, Permission
from lumira_db.personal import REACHED
from lumira_db.states import DeliveryState, RefundState, VersionOrigin

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 2, 1, 10, 21, tzinfo=UTC)
# The no-break spaces: before ":" and units, and before ";" and between thousands.
NB, THIN = "\u00a0", "\u202f"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    """Each test begins, and leaves the process, in French."""
    set_language("fr")
    yield
    set_language("fr")


def _both(say: object) -> tuple[str, str]:
    """What ``say`` says in French and in English."""
    assert callable(say)
    set_language("fr")
    in_french = say()
    set_language("en")
    return in_french, say()


def test_a_text_is_said_in_the_language_of_the_person() -> None:
    """French from the catalogue, English from the code."""
    assert _both(lambda: _("Take next")) == ("Prendre la suivante", "Take next")


def test_an_unknown_text_is_said_as_it_is() -> None:
    """A client's own words pass through translation unchanged."""
    assert _both(lambda: _("Une phrase à moi")) == ("Une phrase à moi", "Une phrase à moi")
    assert _("") == ""


@pytest.mark.parametrize(
    ("count", "in_french", "in_english"),
    [
        (0, "{count} mot", "{count} words"),
        (1, "{count} mot", "{count} word"),
        (2, "{count} mots", "{count} words"),
        (-1, "{count} mot", "{count} words"),
    ],
)
def test_counting_follows_each_language(count: int, in_french: str, in_english: str) -> None:
    """0 is singular in French and plural in English."""
    assert _both(lambda: ngettext("{count} word", "{count} words", count)) == (in_french, in_english)


def test_a_counted_text_can_be_said_without_a_count() -> None:
    """The singular of an entry with two forms is found by itself, and an unknown one counts in its own words."""
    assert _("{count} word") == "{count} mot"
    assert [ngettext("{count} pomme", "{count} pommes", n) for n in (0, 2)] == ["{count} pomme", "{count} pommes"]


@pytest.mark.parametrize(
    ("preferred", "accepted", "chosen"),
    [
        ("en", "fr-FR,fr;q=0.9", "en"),
        ("fr", "en-GB", "fr"),
        (None, "en-GB,en;q=0.9,fr;q=0.8", "en"),
        (None, "de-DE, en;q=0.7, fr;q=0.3", "en"),
        (None, "FR-ca", "fr"),
        (None, "de", "fr"),
        (None, "", "fr"),
        (None, None, "fr"),
        ("de", "en", "en"),
        ("", "*;q=0.1", "fr"),
    ],
)
def test_the_language_is_chosen_once(preferred: str | None, accepted: str | None, chosen: str) -> None:
    """The person's own choice, else the browser's first that we speak, else French."""
    assert choose_language(preferred, accepted) == chosen


def test_an_unknown_language_is_french() -> None:
    """Whatever a cookie or an address asks for, something is spoken."""
    for asked in ("de", "", "EN", "fr"):
        set_language(asked)
        assert get_language() == "fr"


def test_threads_do_not_mix_their_languages() -> None:
    """Two people served at the same moment are each answered in their own language, every time."""
    turn = Barrier(2)

    def speak(language: str) -> set[str]:
        set_language(language)
        said = set()
        for _round in range(200):
            turn.wait(timeout=30)
            said.add(_("Approve") + money(490000, "eur"))
        return said

    with ThreadPoolExecutor(2) as pool:
        spoken = list(pool.map(speak, ("fr", "en")))
    assert spoken == [{f"Approuver4{THIN}900,00{NB}€"}, {"Approve€4,900.00"}]


def test_a_new_thread_speaks_french_until_somebody_chose() -> None:
    """A language chosen elsewhere does not reach it."""
    set_language("en")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(get_language).result() == "fr"


@pytest.mark.parametrize(
    ("cents", "currency", "in_french", "in_english"),
    [
        (490000, "eur", f"4{THIN}900,00{NB}€", "€4,900.00"),
        (4999, "EUR", f"49,99{NB}€", "€49.99"),
        (-1500, "eur", f"-15,00{NB}€", "-€15.00"),
        (0, "usd", f"0,00{NB}$US", "US$0.00"),
        (490000, "zzz", f"4{THIN}900,00{NB}ZZZ", "ZZZ4,900.00"),
        (490000, "", f"4{THIN}900,00", "4,900.00"),
        (490000, "  ", f"4{THIN}900,00", "4,900.00"),
        (490000, "xx!", f"4{THIN}900,00{NB}XX!", "XX!4,900.00"),
        (10**17 + 1, "eur", f"1{THIN}000{THIN}000{THIN}000{THIN}000{THIN}000,01{NB}€", "€1,000,000,000,000,000.01"),
    ],
)
def test_money(cents: int, currency: str, in_french: str, in_english: str) -> None:
    """Cents become an amount, to the cent; a currency that nobody knows is shown as it is written."""
    assert _both(lambda: money(cents, currency)) == (in_french, in_english)


def test_numbers_have_the_separators_of_the_language() -> None:
    """A thin no-break space and a comma, or a comma and a point."""
    assert _both(lambda: number(1234.5)) == (f"1{THIN}234,5", "1,234.5")
    assert _both(lambda: number(0)) == ("0", "0")


def test_moments_are_told_in_the_business_zone() -> None:
    """An hour later than UTC in winter, two in summer, and the day changes at Paris's midnight."""
    assert _both(lambda: exact(NOW, PARIS)) == ("dimanche 1 février 2026, 11:21", "Sunday 1 February 2026, 11:21")
    assert _both(lambda: short_moment(NOW, PARIS)) == ("1 févr. 2026, 11:21", "1 Feb 2026, 11:21")
    assert short_moment(datetime(2026, 7, 31, 22, 5, tzinfo=UTC), PARIS) == "1 Aug 2026, 00:05"
    assert _both(lambda: day(date(2026, 2, 1))) == ("1 février 2026", "1 February 2026")


@pytest.mark.parametrize(
    ("span", "in_french", "in_english"),
    [
        (timedelta(hours=-3), "il y a 3 heures", "3 hours ago"),
        (timedelta(days=2), "dans 2 jours", "in 2 days"),
        (timedelta(seconds=-1), "il y a 1 seconde", "1 second ago"),
        (timedelta(), "à l’instant", "just now"),
        (timedelta(milliseconds=400), "à l’instant", "just now"),
    ],
)
def test_how_far_a_moment_lies(span: timedelta, in_french: str, in_english: str) -> None:
    """Past and future in words, and no "in 0 seconds"."""
    assert _both(lambda: ago(NOW + span, NOW)) == (in_french, in_english)


def test_durations() -> None:
    """A span in its largest unit."""
    assert _both(lambda: duration(timedelta(hours=3, minutes=10))) == (f"3{NB}heures", "3 hours")
    assert _both(lambda: duration(timedelta())) == (f"0{NB}seconde", "0 seconds")


FACTS = {
    "role": Role.SUPPORT,
    "permission": LABELS[Permission.DECIDE],
    "id": "initie",
    "what": "This order",
    "source": OrderStatus.PAID,
    "target": OrderStatus.COMPLETED,
    "holder": "Ange",
    "until": NOW,
    "minimum": 5,
    "count": 2,
    "cause": "no confirmation is awaited",
    "client": "Zoé",
    "status": UserStatus.BANNED,
    "email": "zoe@example.org",
    "problem": "This is not an e-mail address.",
    "name": "Mes fidèles",
    "tables": "Note",
    "amount": Amount(2900, "eur"),
    "left": Amount(900, "eur"),
    "state": RefundState.SENT,
}


def _kinds(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)


@pytest.mark.parametrize("kind", list(_kinds(Refusal)), ids=lambda kind: kind.__name__)
def test_every_refusal_is_said_in_both_languages(kind: type[Refusal]) -> None:
    """Its sentence is translated, holds every fact, and no brace is left."""
    needed = [name for _text, name, _spec, _conversion in Formatter().parse(kind.template) if name]
    assert set(needed) <= set(FACTS), "give an example in FACTS"
    refusal = kind(**{name: FACTS[name] for name in needed})
    in_french, in_english = _both(lambda: refusal_text(refusal))
    assert in_french != in_english
    for said in (in_french, in_english):
        assert not set(said) & set("{}")
        assert all(str(FACTS[name]) in said for name in needed if name in {"holder", "email", "client", "minimum"})


def test_every_refusal_is_known_to_this_test() -> None:
    """All refusals are defined in one module, so the parametrisation above saw them."""
    assert {kind.__module__ for kind in _kinds(Refusal)} == {errors.__name__}


def test_facts_of_a_refusal_are_translated_too() -> None:
    """Statuses go by their label, causes by their sentence, moments by the business clock, names as they are."""
    assert refusal_text(ForbiddenTransition(source=OrderStatus.PAID, target=OrderStatus.COMPLETED)) == (
        f"Une commande «{NB}À lancer{NB}» ne peut pas passer à «{NB}Approuvée{NB}»."
    )
    assert refusal_text(NotPermitted(role=Role.SUPPORT, permission=LABELS[Permission.SEE_QUEUE])) == (
        f"Votre rôle (Support) ne permet pas ceci{NB}: voir la file."
    )
    assert refusal_text(ClaimHeld(holder="Ange {x}", until=NOW)) == (
        "Ange {x} travaille sur cette commande jusqu’au dimanche 1 février 2026, 11:21."
    )
    assert refusal_text(ClientBlocked(client="Zoé", status=UserStatus.BANNED)) == (
        f"Zoé (Banni){NB}: rien n’est envoyé à ce client."
    )
    assert refusal_text(InvalidInput(problem="This is not an e-mail address.")) == "Ce n’est pas une adresse e-mail."


@pytest.mark.parametrize(
    "kind",
    [OrderStatus, UserStatus, DeliveryState, DeliveryFormat, Role, VersionOrigin],
    ids=lambda kind: kind.__name__,
)
def test_every_value_has_a_name_of_its_own(kind: type[OrderStatus]) -> None:
    """No value of an enum is without a label, and no two of it share one, in either language."""
    for language in ("fr", "en"):
        set_language(language)
        assert len({labels.label(value) for value in kind}) == len(kind)


def test_domains_actions_and_levels_have_names() -> None:
    """Domains and actions are complete; an unknown level says its number in both languages."""
    assert set(labels.DOMAIN) == set(InsightCategory)
    assert set(labels.ACTION_TYPE) == set(PathActionType)
    assert _both(lambda: labels.level_name(2)) == ("Mystique", "Mystique")
    assert _both(lambda: labels.level_name(7)) == (f"Niveau 7{THIN}?", "Unknown level (7)")


def test_every_table_that_says_something_of_a_client_has_a_name() -> None:
    """Whoever hands out or erases what is kept about a person reads no names of tables."""
    assert {table.name for table in REACHED} <= TABLES.keys()
