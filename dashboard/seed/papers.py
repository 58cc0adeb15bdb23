"""The PDFs of the newest deliveries, so that a link to one opens it; older ones are not in the bucket."""

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

from dashboard.seed.moments import in_paris
from dashboard.seed.orders import Made


class Papers:
    """Remembers the newest ``count`` deliveries that left, and renders them as the worker does."""

    def __init__(self, count: int) -> None:
        self._newest: deque[tuple[str, Made]] = deque(maxlen=count)

    def note(self, made: Made, delivery: dict[str, Any]) -> None:
        """Take a delivery into account."""
        if delivery["state"] in {"SENT", "CONFIRMING", "FAILED"}:
            self._newest.append((delivery["pdf_key"], made))

    def rendered(self) -> Iterator[tuple[str, bytes]]:
        """Key and PDF of each."""
        if not self._newest:
            return
        from dashboard.documents.document import ReadingDocument, level_name
        from dashboard.documents.pdf import render_pdf
        from lumira_db.reading import parse

        for key, made in self._newest:
            row, person = made.row, made.person
            document = ReadingDocument(
                order_number=row["orderNumber"],
                level=row["level"],
                level_name=level_name(row["level"]),
                client_name=f"{person.first} {person.last}".strip(),
                first_name=person.first,
                date=in_paris(made.steps.decided or made.planned.at).date(),
                reading=parse(json.loads(row["generatedContent"])),
            )
            yield key, render_pdf(document)
