"""``python -m dashboard.locale.extract``: keep the French catalogue in step with the sources.

Texts that the sources no longer hold leave the file, new ones enter it untranslated and are named. The file has no
dates and no line numbers: it changes exactly when a text, or the file that a text stands in, does.
"""

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("dashboard", "lumira_db", "pages")
CATALOGUE = Path(__file__).parent / "fr" / "LC_MESSAGES" / "lumira.po"

_WIDTH = 120
# Written by hand: Babel's own header holds the moment of the extraction.
_HEADER = r"""# The French of Lumira Desk.
msgid ""
msgstr ""
"Project-Id-Version: Lumira Desk\n"
"Language: fr\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""


def extracted() -> Catalog:
    """Every text of the sources, with the files that it stands in, and no translation."""
    found = Catalog(locale="fr")
    for file in sorted(file for folder in SOURCES for file in (ROOT / folder).rglob("*.py")):
        for text in _texts(file):
            found.add(text, locations=[(file.relative_to(ROOT).as_posix(), 0)])
    return found


def _texts(file: Path) -> Iterator[str | tuple[str, str]]:
    """The texts that a module marks. Found by syntax: Babel's own reading misses calls inside an f-string."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        match node:
            case ast.Call(ast.Name("_" | "N_"), [ast.Constant(str(text))]):
                yield text
            case ast.Call(ast.Name("ngettext"), [ast.Constant(str(one)), ast.Constant(str(many)), _]):
                yield one, many


def updated(before: bytes) -> bytes:
    """The catalogue with exactly the texts of the sources, and the translations that ``before`` has for them."""
    known, wanted = read_po(BytesIO(before), locale="fr"), extracted()
    for message in wanted:
        old = known.get(message.id) if message.id else None
        if old is not None and not old.fuzzy and old.pluralizable == message.pluralizable:
            message.string = old.string
    file = BytesIO()
    write_po(file, wanted, width=_WIDTH, omit_header=True, sort_output=True, include_lineno=False)
    return _HEADER.encode() + file.getvalue().strip() + b"\n"


def untranslated(content: bytes) -> Iterator[str]:
    """The English texts that have no French, or lack one of the forms."""
    for message in read_po(BytesIO(content), locale="fr"):
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id and not all(forms):
            yield message.id if isinstance(message.id, str) else message.id[0]


def main() -> int:
    """Update the file; 1 when something in it waits for a translation."""
    content = updated(CATALOGUE.read_bytes() if CATALOGUE.exists() else b"")
    CATALOGUE.write_bytes(content)
    waiting = list(untranslated(content))
    sys.stdout.writelines(f"To translate: {text}\n" for text in waiting)
    return 1 if waiting else 0


if __name__ == "__main__":
    sys.exit(main())
