"""Files for spreadsheets: what they say, what they must never run, and what they cost."""

import csv
import io
import tracemalloc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from dashboard.exports import spelled
from dashboard.spreadsheets import Column, csv_pieces, safe, workbook_pieces
from lumira_db.currencies import units
from lumira_db.enums import OrderStatus
from lumira_db.queries.audit import AuditFilter
from lumira_db.queries.orders import OrderFilter

PARIS = ZoneInfo("Europe/Paris")
MOMENT = datetime(2026, 2, 1, 22, 30, 15, 123000, UTC)


@dataclass(frozen=True)
class Line:
    name: str
    cents: int | None = 4900
    at: datetime | None = MOMENT
    count: int = 1
    currency: str = "eur"


COLUMNS: tuple[Column[Line], ...] = (
    Column("Commande", lambda line: line.name),
    Column("Montant", lambda line: None if line.cents is None else units(line.cents, line.currency), "money"),
    Column("Payée", lambda line: line.at, "moment"),
    Column("Révisions", lambda line: line.count, "number"),
)


def as_csv(lines: Iterable[Line], language: str = "fr") -> str:
    return b"".join(csv_pieces(lines, COLUMNS, language=language, zone=PARIS)).decode()


def parsed(text: str, language: str = "fr") -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";" if language == "fr" else ",")
    )


def as_sheets(lines: Iterable[Line], **options: Any) -> list[Worksheet]:
    whole = b"".join(workbook_pieces(lines, COLUMNS, title="Commandes", zone=PARIS, **options))
    return load_workbook(io.BytesIO(whole)).worksheets


def test_a_french_csv_opens_in_a_french_excel() -> None:
    """Byte order mark, semicolons, decimal comma, Windows line ends, the moment in Paris with its offset."""
    assert as_csv([Line("LU260201-001")]) == (
        "\ufeffCommande;Montant;Payée;Révisions\r\nLU260201-001;49,00;2026-02-01T23:30:15+01:00;1\r\n"
    )


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    """Stripe counts yens and thousandths of dinars; both files say what was paid, and the sheet shows all of it."""
    lines = [Line("a"), Line("b", currency="jpy"), Line("c", currency="kwd"), Line("d", cents=0), Line("e", cents=-5)]
    assert [row[1] for row in parsed(as_csv(lines))[1:]] == ["49,00", "4900", "4,900", "0,00", "-0,05"]
    (sheet,) = as_sheets(lines)
    cells = [(row[1].value, row[1].number_format) for row in sheet.iter_rows(min_row=2)]
    two = "#,##0.00"
    assert cells == [(49, two), (4900, "#,##0"), (4.9, "#,##0.000"), (0, two), (-0.05, two)]


def test_an_english_csv_opens_in_an_english_excel() -> None:
    """Byte order mark, commas, decimal point."""
    assert as_csv([Line("LU260201-001")], "en") == (
        "\ufeffCommande,Montant,Payée,Révisions\r\nLU260201-001,49.00,2026-02-01T23:30:15+01:00,1\r\n"
    )


def test_amounts_are_exact_to_the_cent_and_what_is_missing_is_empty() -> None:
    """Also negative ones, and the largest that the contract's integer holds."""
    rows = parsed(as_csv([Line("a", 1, None), Line("b", -1005), Line("c", 2_147_483_647), Line("d", None)], "en"), "en")
    assert [row[1] for row in rows[1:]] == ["0.01", "-10.05", "21474836.47", ""]
    assert rows[1][2] == ""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_text_comes_back_from_a_csv_reader_as_it_was(language: str) -> None:
    """Separators of both languages, quotes, line ends, accents, emoji, right-to-left text, HTML."""
    names = ['d\'Arc; "Jeanne", dite', "deux\nlignes\r\nTrois", "José 🌙", "שלום", "<b>x</b>", " bords ", ""]
    rows = parsed(as_csv([Line(name) for name in names], language), language)
    assert [row[0] for row in rows[1:]] == names


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_other_languages_separator_opens_no_new_column(language: str) -> None:
    """A French Excel given an English file must not find a formula after a semicolon inside a name."""
    text = as_csv([Line("Ana;=1+1,=2+2")], language)
    assert '"Ana;=1+1,=2+2"' in text


DANGEROUS = ["=1+1", "+33600000001", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x", "\x0b=1+1"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_start_a_formula_is_a_text_in_csv(text: str) -> None:
    """An apostrophe goes before it; removing what cannot be printed does not bring a formula to the front."""
    (cell,) = [row[0] for row in parsed(as_csv([Line(text)]))[1:]]
    assert cell == "'" + text.replace("\x0b", "")


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_start_a_formula_is_a_text_in_a_workbook(text: str) -> None:
    """The cell is of the type string, and it says the same as in CSV."""
    cell = as_sheets([Line(text)])[0]["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("\r", "").replace("_x000D_", "") == "'" + text.replace("\x0b", "").replace("\r", "")


@pytest.mark.parametrize("text", ["Camille", "a=b", "1-1", "mailto:x", "https://example.org/a", "'quoted", "", "1234"])
def test_ordinary_texts_are_left_alone(text: str) -> None:
    """No link, no number, no apostrophe is made of them."""
    assert safe(text) == text
    cell = as_sheets([Line(text)])[0]["A2"]
    assert (cell.value or "") == text
    assert cell.hyperlink is None


@given(st.text())
def test_no_text_at_all_starts_a_formula(text: str) -> None:
    """Whatever it is made of."""
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize("text", ["<r><t>x</t></r>", "<r></sheetData></r>", "a\ufffe\uffff\x00\x1fb", "x" * 40_000])
def test_no_text_breaks_a_workbook(text: str) -> None:
    """Neither what looks like its own markup, nor what XML has no place for, nor more than a cell holds."""
    cell = as_sheets([Line(text)])[0]["A2"]
    assert cell.value == safe(text)[:32_767]


def test_a_workbook_holds_numbers_and_dates_that_can_be_counted_with() -> None:
    """Amounts in units with two decimals, moments as the clock in Paris showed them, the header frozen."""
    sheet = as_sheets([Line("LU260201-001", 4999)])[0]
    assert [cell.value for cell in sheet[1]] == ["Commande", "Montant", "Payée", "Révisions"]
    seen = MOMENT.astimezone(PARIS).replace(tzinfo=None)
    assert [cell.value for cell in sheet[2]] == ["LU260201-001", 49.99, seen, 1]
    assert sheet["B2"].number_format == "#,##0.00"
    assert sheet["C2"].is_date
    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b


def test_a_moment_before_a_workbooks_calendar_is_written_as_text() -> None:
    """Dirty data has such dates; the file has to be made all the same."""
    cell = as_sheets([Line("x", at=datetime(1815, 6, 18, tzinfo=UTC))])[0]["C2"]
    assert cell.value.startswith("1815-06-18T")


def test_a_full_sheet_is_followed_by_another_with_its_own_header() -> None:
    """No row is lost between them, and none comes twice."""
    sheets = as_sheets([Line(f"n{number}") for number in range(7)], sheet_rows=4)
    assert [sheet.title for sheet in sheets] == ["Commandes", "Commandes 2", "Commandes 3"]
    assert [sheet["A1"].value for sheet in sheets] == ["Commande"] * 3
    assert [cell.value for sheet in sheets for cell in sheet["A"][1:]] == [f"n{number}" for number in range(7)]


def test_an_exactly_full_sheet_opens_no_empty_one() -> None:
    """Three rows and the header fill a sheet of four."""
    assert len(as_sheets([Line(str(number)) for number in range(3)], sheet_rows=4)) == 1


@pytest.mark.parametrize("make", ["csv", "xlsx"])
def test_no_rows_make_a_file_with_its_header(make: str) -> None:
    """An empty file would look like a failure."""
    if make == "csv":
        assert parsed(as_csv([])) == [["Commande", "Montant", "Payée", "Révisions"]]
    else:
        assert [cell.value for cell in as_sheets([])[0][1]] == ["Commande", "Montant", "Payée", "Révisions"]


def lines(count: int) -> Iterator[Line]:
    return (Line(f"LU260201-{number:06d}", number) for number in range(count))


def peak(count: int, form: str) -> int:
    """The most memory that Python held while a file of ``count`` rows was made and thrown away, in bytes."""
    make = {
        "csv": lambda: csv_pieces(lines(count), COLUMNS, language="fr", zone=PARIS),
        "xlsx": lambda: workbook_pieces(lines(count), COLUMNS, title="Commandes", zone=PARIS),
    }[form]
    tracemalloc.start()
    try:
        for _ in make():
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("form", "rows"), [("csv", 1500), ("xlsx", 300)])
def test_four_times_the_rows_cost_no_more_memory(form: str, rows: int) -> None:
    """Rows go through; they are not gathered."""
    peak(100, form)
    assert peak(4 * rows, form) < 1.2 * peak(rows, form)


def test_an_abandoned_workbook_leaves_no_file_behind(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder goes with the generator."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    pieces = workbook_pieces(lines(2000), COLUMNS, title="Commandes", zone=PARIS)
    assert next(pieces) == b""
    assert len(list(tmp_path.iterdir())) == 1
    pieces.close()
    assert list(tmp_path.iterdir()) == []


def test_the_audit_names_what_the_filter_narrowed_in_plain_values() -> None:
    """Days as ISO dates, nothing for what was left open."""
    chosen = OrderFilter(statuses=(OrderStatus.PAID,), paid_from=date(2026, 1, 1), client="Camille")
    assert spelled(chosen) == {
        "statuses": (OrderStatus.PAID,),
        "paid_from": "2026-01-01",
        "client": "Camille",
        "sort": "created",
        "descending": True,
    }
    assert spelled(AuditFilter()) == {}
