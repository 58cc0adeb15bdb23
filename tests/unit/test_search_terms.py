"""What somebody pasted is understood, whatever it is and wherever in it the telling part stands."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lumira_db.folding import distance, sound
from lumira_db.search_terms import MOST, TermKind, ref_id, understand

MESSAGE = """De : Hélène Le Goff <helene.legoff@orange.example>
À : contact@example.org
Objet : TR: ma lecture

Bonjour, je suis Hélène Le Goff, ma commande LUM-O-260130-001 (refId lum c 26 42) n'est pas arrivée.
Rappelez-moi au 06.12.34.56.78.
Cordialement,
Hélène Le Goff
Envoyé de mon iPhone"""


def forms(text: str, kind: TermKind) -> list[tuple[str, ...]]:
    return [term.forms for term in understand(text, year=26) if term.kind is kind]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
@example("\x00\ud800 @ . + -")
@example("9" * 400)
@example("(" * 300)
def test_no_text_can_make_it_fail_or_look_for_hundreds_of_things(text: str) -> None:
    terms = understand(text, year=26)
    assert all(any(form for form in term.forms) for term in terms)
    assert all(sum(term.kind is kind for term in terms) <= MOST for kind in TermKind)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 99),
    st.integers(0, 99_999),
    st.sampled_from(["LUM-C-{0}-{1}", "lum c {0} {1}", "lum_c_{0}_{1}", "LUM–C–{0}–{1}", "c {0} {1}", "LUM.C.{0}/{1}"]),
    st.sampled_from(["{}", "ref {} svp", "Bonjour,\nmon numéro : {}.\nMerci", "({})"]),
)
def test_a_ref_id_is_read_however_it_was_typed_and_wherever_it_stands(
    year: int, number: int, shape: str, around: str
) -> None:
    typed = around.format(shape.format(f"{year:02d}", number))
    assert (ref_id(f"{year:02d}", number),) in forms(typed, TermKind.REF_ID)


@settings(max_examples=100, deadline=None)
@given(st.integers(10_000_000, 99_999_999), st.sampled_from(["06", "+336", "00336", "+33 (0)6", "+33 6 "]))
def test_a_french_mobile_is_one_number_however_it_was_typed(digits: int, start: str) -> None:
    text = f"{start}{digits}"
    assert (f"6{digits}",) in forms(text, TermKind.PHONE)
    spaced = " ".join(text.replace(" ", "")[at : at + 2] for at in range(0, len(text), 2))
    if start == "06":
        assert (f"6{digits}",) in forms(spaced, TermKind.PHONE)


@settings(max_examples=100, deadline=None)
@given(st.integers(200101, 301231), st.integers(1, 999), st.integers(0, 2))
def test_each_form_of_order_number_names_all_three_the_typed_one_first(day: int, number: int, form: int) -> None:
    shapes = (f"LU{day}-{number:03d}", f"LU{day}{number:03d}", f"LUM-O-{day}-{number:03d}")
    (found,) = forms(f"commande {shapes[form].lower()}", TermKind.ORDER_NUMBER)
    assert set(found) == set(shapes)
    assert found[0].startswith("LUM") == (form == 2)


def test_a_whole_message_gives_everything_that_it_names() -> None:
    found = {(term.kind, term.forms[0]) for term in understand(MESSAGE, year=26)}
    assert {
        (TermKind.EMAIL, "helene.legoff@orange.example"),
        (TermKind.ORDER_NUMBER, "LUM-O-260130-001"),
        (TermKind.REF_ID, "LUM-C-26-0042"),
        (TermKind.PHONE, "612345678"),
        (TermKind.NAME, "helene"),
    } <= found
    assert [t.shown for t in understand(MESSAGE, year=26) if t.kind is TermKind.NAME] == ["Hélène Le Goff"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mme Dupont Marie", ("dupont", "marie")),
        ("la cliente O’Brien", ("o", "brien")),
        ("commande de Marie Dupont", ("marie", "dupont")),
        ("Jean-Luc MARTIN", ("jean", "luc", "martin")),
    ],
)
def test_titles_and_what_is_said_around_a_name_are_left_out(text: str, name: tuple[str, ...]) -> None:
    assert forms(text, TermKind.NAME) == [name]


def test_a_number_of_four_digits_may_be_the_end_of_a_phone_or_of_a_recent_ref_id() -> None:
    assert forms("0042", TermKind.DIGITS) == [("0042", "42")]
    assert forms("0042", TermKind.REF_ID) == [("LUM-C-26-0042", "LUM-C-25-0042", "LUM-C-24-0042")]


def test_mistakes_are_counted_a_swap_as_one_and_alike_sounding_words_share_their_sound() -> None:
    assert (distance("dupont", "dupnot"), distance("dupont", "dupond"), distance("", "abc")) == (1, 1, 3)
    assert sound("gauthier") == sound("gotier")
    assert sound("lefebvre") == sound("lefevre")
    assert sound("dupont") == sound("dupond") != sound("dumont")


@pytest.mark.parametrize(
    ("text", "kind", "form"),
    [
        ("LUM-C-2026-0042", TermKind.REF_ID, "LUM-C-26-0042"),
        ("lum c 20 26", TermKind.REF_ID, "LUM-C-20-0026"),
        ("LU 26 01 30 001", TermKind.ORDER_NUMBER, "LU260130-001"),
        ("marie,dupont@example.org", TermKind.EMAIL, "marie.dupont@example.org"),
        ("Mme Thévenot a appelé deux fois ce matin, elle attend toujours sa lecture, merci", TermKind.NAME, "thevenot"),
    ],
)
def test_a_year_in_full_a_spaced_day_a_slipped_dot_and_a_last_name_alone_are_understood(
    text: str, kind: TermKind, form: str
) -> None:
    assert form in [each for found in forms(text, kind) for each in found]
