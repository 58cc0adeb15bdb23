"""The plain text of the studio's HTML, for readings of which nothing else is left."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "title", "template", "noscript"})
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "dd", "div", "dl", "dt", "figcaption", "figure", "footer",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
    }
)  # fmt: skip
_LINES = frozenset({"br", "li", "tr"})
_HTML_SPACE = re.compile(r"[ \t\n\r\f]+")


class _Text(HTMLParser):
    """Collects what a browser would show as text, with a newline or two where a block ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_HTML_SPACE.sub(" ", data))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag in _LINES:
            self.parts.append("\n")


def plain_text(html: str) -> str:
    """The words of an HTML fragment, paragraphs apart; scripts and styles are dropped.

    Markup that the parser gives up on is returned as it is rather than lost.
    """
    parser = _Text()
    try:
        parser.feed(html)
        parser.close()
    except AssertionError:  # html.parser on broken "<![" declarations
        return html
    lines = [line.strip(" ") for line in "".join(parser.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n ")
