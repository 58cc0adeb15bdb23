"""The French catalogue says everything that the sources say, properly."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from dashboard.locale import extract, labels
from dashboard.views.cells import FLAGS
from dashboard.views.dossier import _BIRTH, _LIFE
from lumira_db import permissions
from lumira_db.checks import TEMPLATES
from lumira_db.reading import FIELD_LABELS, GROUP_LABELS

# The same word in both languages, or no words at all.
SAME_IN_BOTH = {
    "Experts",
    "+{months}",
    "Total",
    "{hours} h",
    "{hour} h",
    "{minutes} min",
    "{points} pts",
    "{subject} · {currency}",
    "{subject}, {grain} · {currency}",
    "{title}. {values}.",
    "{count} client",
    "{count} clients",
    "Action",
    "Client",
    "Clients",
    "Code",
    "Conclusion",
    "Conversations",
    "Conversion",
    "Date",
    "Description",
    "E-mail",
    "Expert",
    "Finances",
    "Insights",
    "Introduction",
    "Mantra",
    "Mode",
    "Messages",
    "Net",
    "Notes",
    "Oracle",
    "PDF",
    "Photos",
    "Question",
    "Section",
    "Support",
    "Test",
    "Type",
    "VIP",
    "Version {number} · {origin} · {author} · {moment}",
    "WhatsApp",
    "refId",
    "refIds",
    "{count} message",
    "{count} messages",
    "{number} · {author} · {moment}",
    "{problem}",
}


def _catalogue() -> Catalog:
    return read_po(BytesIO(extract.CATALOGUE.read_bytes()), locale="fr")


def _messages() -> list[Message]:
    return [message for message in _catalogue() if message.id]


def _english(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _french(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _pairs() -> Iterator[tuple[str, str]]:
    """Every French text with the English one that it stands for."""
    for message in _messages():
        yield from zip(_english(message), _french(message), strict=True)


def _placeholders(text: str) -> list[str]:
    return sorted(name for _literal, name, _spec, _conversion in Formatter().parse(text) if name is not None)


@cache
def _calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call of a marking function in the sources, with the name of its file."""
    files = [file for folder in extract.SOURCES for file in sorted((extract.ROOT / folder).rglob("*.py"))]
    return tuple(
        (f"{file.relative_to(extract.ROOT)}:{node.lineno}", node)
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "N_", "ngettext"}
    )


def _literals(call: ast.Call) -> list[str]:
    texts = call.args[:2] if getattr(call.func, "id", "") == "ngettext" else call.args[:1]
    return [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]


def test_every_text_of_the_sources_is_in_the_catalogue() -> None:
    """Whatever is marked in the code has an entry, and the catalogue holds nothing else."""
    used = {text for _place, call in _calls() for text in _literals(call)}
    listed = {text for message in _messages() for text in _english(message)}
    assert used - listed == set()
    assert listed - used == set()


def test_no_text_is_put_together_before_it_is_translated() -> None:
    """A text built from pieces could not be found in the catalogue; pieces are filled in afterwards."""
    whole = (ast.Constant, ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.IfExp)
    built = [place for place, call in _calls() if not isinstance(call.args[0], whole)]
    formatted = [
        place
        for place, call in _calls()
        if isinstance(call.args[0], ast.Call) and getattr(call.args[0].func, "attr", "") in {"format", "join"}
    ]
    assert built + formatted == []


def test_everything_is_translated() -> None:
    """No entry is empty or uncertain, and a text that counts has both forms."""
    assert list(extract.untranslated(extract.CATALOGUE.read_bytes())) == []
    assert [message.id for message in _messages() if message.fuzzy] == []
    assert all(len(_french(message)) == len(_english(message)) for message in _messages())


def test_plural_forms_follow_french() -> None:
    """0 and 1 are singular."""
    assert (_catalogue().num_plurals, _catalogue().plural_expr) == (2, "(n > 1)")


def test_placeholders_survive_translation() -> None:
    """Every text of a pair is filled with the same facts."""
    differing = [(one, other) for one, other in _pairs() if _placeholders(one) != _placeholders(other)]
    assert differing == []


def test_only_known_words_are_the_same_in_both_languages() -> None:
    """Anything else that equals the English was forgotten."""
    assert {english for english, french in _pairs() if english == french} == SAME_IN_BOTH


def test_extracting_again_changes_nothing() -> None:
    """The file is what the extraction makes of the sources: ``make messages`` leaves no difference."""
    content = extract.CATALOGUE.read_bytes()
    assert extract.updated(content) == content


def test_what_the_sources_dropped_leaves_and_translations_stay() -> None:
    """An entry without a source goes; the translation of every other one is kept."""
    content = extract.CATALOGUE.read_bytes()
    stale = content + b'\nmsgid "Nobody says this"\nmsgstr "Personne ne le dit"\n'
    assert extract.updated(stale) == content


def test_a_new_text_is_named_until_it_is_translated() -> None:
    """An entry that lost its French, or one of its forms, is listed for the translator."""
    content = extract.CATALOGUE.read_text()
    lost = content.replace('msgstr[1] "{count} mots"', 'msgstr[1] ""').replace('msgstr "Fermer"', 'msgstr ""')
    assert set(extract.untranslated(lost.encode())) == {"{count} word", "Close"}


def test_the_extraction_writes_the_file_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From nothing it writes every text untranslated and fails; from a whole catalogue it succeeds silently."""
    whole, file = extract.CATALOGUE.read_bytes(), tmp_path / "lumira.po"
    monkeypatch.setattr(extract, "CATALOGUE", file)
    assert extract.main() == 1
    assert "To translate: Take next\n" in capsys.readouterr().out
    file.write_bytes(whole)
    assert extract.main() == 0
    assert capsys.readouterr().out == ""
    assert file.read_bytes() == whole


def test_references_name_files_of_the_project_without_lines() -> None:
    """A moved line or another machine makes no difference to the file."""
    references = re.findall(r"^#: (.+)$", extract.CATALOGUE.read_text(), re.MULTILINE)
    named = {name for line in references for name in line.split()}
    assert named
    assert [name for name in named if not (extract.ROOT / name).is_file() or name.startswith("/")] == []
    assert "Date:" not in extract.CATALOGUE.read_text()


# What French typography wants, as what must not be found.
FAULTS = {
    "a plain space before double punctuation": r"[ \t][:;!?»%€]",
    "no space before double punctuation": r"[^\s\u00a0\u202f][;!?»](?!\w)|\w:(?!\w)",
    "a plain space after an opening quotation mark": r"«[^\u00a0\u202f]",
    "a straight apostrophe or quotation mark, or an English one": r"['\"“”]",
    "three dots for an ellipsis": r"\.\.\.",
    "a double space, or one at an end": r"  |^\s|\s$",
    "a number without its space": r"\d,\d{3}|n° ",
    "no-break spaces that are the other way round": r"\u202f[:»]|«\u202f|\u00a0[;!?]",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_french_typography(fault: str) -> None:
    """The catalogue is free of this fault."""
    assert [french for _english_text, french in _pairs() if re.search(FAULTS[fault], french)] == []


def test_typography_faults_are_recognised() -> None:
    """The rules above find what they are meant to find."""
    wrong = ["Pourquoi ?", "Pourquoi?", "« Non »", "l'envoi", "Attendez...", "a  b", "1,000", "Motif\u202f: x"]
    assert [any(re.search(rule, text) for rule in FAULTS.values()) for text in wrong] == [True] * len(wrong)


def test_sentences_end_as_the_english_does() -> None:
    """A full stop, an ellipsis or a question mark at the end is there in both languages."""
    ends = [(one, other) for one, other in _pairs() if one[-1] in ".…?" and one[-1] != other[-1]]
    assert ends == []


def test_no_title_case() -> None:
    """French capitalises the first word alone; names keep theirs."""
    names = {
        "Lumira",
        "Desk",
        "WhatsApp",
        "JavaScript",
        "PDF",
        "RGPD",
        "SEPA",
        "France",
        "ZIP",
        "Stripe",
        "Ctrl",
        "S",
        "EUR",
        "Kaplan",
        "Meier",
        "JSON",
        "PNG",
        "SQL",
    }
    texts = [re.sub(r"(?:^\W*|[.:·}] )\w+", "", french) for _english_text, french in _pairs()]
    capitals = [text for text in texts if set(re.findall(r"\b[A-ZÀ-Þ]\w*", text)) - names]
    assert capitals == []


def test_deferred_texts_are_marked() -> None:
    """Every table of texts that the screens translate later is in the catalogue as a whole."""
    listed = {text for message in _messages() for text in _english(message)}
    tables = {
        "looks": [look.label for table in labels._ALL for look in table.values()],
        "domains and actions": [*labels.DOMAIN.values(), *labels.ACTION_TYPE.values()],
        "checks": list(TEMPLATES.values()),
        "reading": [*FIELD_LABELS.values(), *GROUP_LABELS.values()],
        "flags": [text for _icon, _tone, text in FLAGS.values()],
        "dossier": [text for _name, text in (*_BIRTH, *_LIFE)],
        "permissions": list(permissions.LABELS.values()),
    }
    assert {name: set(texts) - listed for name, texts in tables.items() if set(texts) - listed} == {}
