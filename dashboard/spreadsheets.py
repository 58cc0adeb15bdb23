"""Lists as files: rows become CSV or a workbook piece by piece, so that a million rows cost no memory.

CSV is written for the spreadsheet of the person who asks. A French Excel separates columns by semicolons and
writes decimals with a comma, an English one uses comma and point; both need the byte order mark to see UTF-8.
A text that a spreadsheet would run as a formula gets an apostrophe before it, in both formats.
"""

import re
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

Row = TypeVar("Row")
Kind = Literal["text", "number", "decimal", "share", "money", "moment"]
"""How a column's values are written: money is in units of its currency, with as many decimals as that has
(``lumira_db.currencies.units``), a share lies between 0 and 1, a moment is an aware datetime."""

SHEET_ROWS = 1_048_576
"""What a sheet holds, its header included."""
_PIECE = 64 * 1024
_STEP = 500
_FIRST_DAY = 1900  # a workbook counts its days from this year on

# XML has no place for these, and a text never needs them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# The full-width forms start a formula where the keyboard is Japanese.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
# XlsxWriter takes a text that begins and ends so for its own markup and writes it unescaped.
_MARKUP = "<r>"
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_NEEDS_QUOTES = re.compile('[",;\t\r\n]|^ | $')


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: its name in the person's language, and how a row's value is found and written."""

    title: str
    value: Callable[[Row], Any]
    kind: Kind = "text"
    width: int = 20


def csv_pieces(
    rows: Iterable[Row], columns: Sequence[Column[Row]], *, language: str, zone: ZoneInfo
) -> Generator[bytes, None, None]:
    """The rows as CSV (RFC 4180, UTF-8), in pieces of about 64 KB; moments as ISO 8601 in ``zone``."""
    separator, point = (";", ",") if language == "fr" else (",", ".")
    writers = [(column.value, _csv_writer(column.kind, zone, point)) for column in columns]
    lines = ["\ufeff" + separator.join(_quoted(safe(column.title)) for column in columns)]
    size = 0
    for row in rows:
        line = separator.join(write(value(row)) for value, write in writers)
        lines.append(line)
        size += len(line)
        if size >= _PIECE:
            yield _joined(lines)
            lines, size = [], 0
    if lines:
        yield _joined(lines)


def workbook_pieces(
    rows: Iterable[Row], columns: Sequence[Column[Row]], *, title: str, zone: ZoneInfo, sheet_rows: int = SHEET_ROWS
) -> Generator[bytes, None, None]:
    """The rows as an XLSX workbook, sheet after sheet; moments in ``zone``.

    The file is made in a folder that goes away with the generator. While it is being made, empty pieces come:
    places to stop at.
    """
    with TemporaryDirectory(prefix="lumira-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = _Workbook(path, columns, title, zone, sheet_rows)
        for count, row in enumerate(rows, start=1):
            book.add(row)
            if count % _STEP == 0:
                yield b""
        book.close()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A sheet of a workbook that holds several."""

    title: str
    rows: Iterable[Row]
    columns: Sequence[Column[Row]]


def book_pieces(tables: Sequence[Table[Any]], *, zone: ZoneInfo) -> Generator[bytes, None, None]:
    """Small tables as an XLSX workbook, one sheet each."""
    with TemporaryDirectory(prefix="lumira-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = _open_book(path)
        for number, table in enumerate(tables, start=1):
            # A sheet's name is short, and a few signs are not allowed in it.
            title = _SHEET_NAME.sub(" ", table.title)[:31].strip("' ") or str(number)
            sheet = _Workbook(path, table.columns, title, zone, SHEET_ROWS, book=book)
            for row in table.rows:
                sheet.add(row)
        book.close()
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece


def _open_book(path: Path) -> Any:
    import xlsxwriter  # only the first workbook pays for loading it

    return xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})


class _Workbook(Generic[Row]):
    """A workbook that keeps one row in memory; a full sheet is followed by another. ``book`` is one that is open."""

    def __init__(
        self,
        path: Path,
        columns: Sequence[Column[Row]],
        title: str,
        zone: ZoneInfo,
        sheet_rows: int,
        *,
        book: Any = None,
    ) -> None:
        self._book = book or _open_book(path)
        self._formats = {
            "head": self._book.add_format({"bold": True, "bottom": 1}),
            "money, 0": self._book.add_format({"num_format": "#,##0"}),
            "money, 2": self._book.add_format({"num_format": "#,##0.00"}),
            "money, 3": self._book.add_format({"num_format": "#,##0.000"}),
            "share": self._book.add_format({"num_format": "0.0%"}),
            "decimal": self._book.add_format({"num_format": "#,##0.0"}),
            "moment": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        self._columns = columns
        self._title = title
        self._zone = zone
        self._sheet_rows = sheet_rows
        self._sheets = 0
        self._begin_sheet()

    def add(self, row: Row) -> None:
        """Write the next row."""
        if self._line == self._sheet_rows:
            self._begin_sheet()
        for place, column in enumerate(self._columns):
            value = column.value(row)
            if value is not None:
                self._write(place, column.kind, value)
        self._line += 1

    def close(self) -> None:
        """Finish the file."""
        self._book.close()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, column.width)
            self._sheet.write_string(0, place, safe(column.title), self._formats["head"])
        self._line = 1

    def _write(self, place: int, kind: Kind, value: Any) -> None:
        if kind == "money":
            decimals = -value.as_tuple().exponent
            self._sheet.write_number(self._line, place, value, self._formats[f"money, {decimals}"])
        elif kind in ("number", "share", "decimal") and not isinstance(value, str):
            self._sheet.write_number(self._line, place, value, self._formats.get(kind))
        elif kind == "moment" and value.year >= _FIRST_DAY:
            local = value.astimezone(self._zone).replace(tzinfo=None)
            self._sheet.write_datetime(self._line, place, local, self._formats["moment"])
        else:
            # Never ``write``, which looks for formulas and links.
            text = _iso(value, self._zone) if kind == "moment" else str(value)
            self._sheet.write_string(self._line, place, safe(text))


def safe(text: str) -> str:
    """The text as no spreadsheet runs it: an apostrophe goes before whatever would start a formula."""
    printable = _UNPRINTABLE.sub("", text)
    return f"'{printable}" if printable.startswith((*_FORMULA, _MARKUP)) else printable


def _csv_writer(kind: Kind, zone: ZoneInfo, point: str) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if value is None:
            return ""
        if kind == "money":
            return f"{value:f}".replace(".", point)
        if kind == "moment":
            return _iso(value, zone)
        if kind in ("share", "decimal") and not isinstance(value, str):
            return f"{value:.4f}".replace(".", point)
        # The separator of the other language is quoted too: a column more could begin a formula.
        return str(value) if kind == "number" else _quoted(safe(str(value)))

    return write


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _joined(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode()


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
