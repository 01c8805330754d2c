"""The documents of a report: which formats there are, and what renders each."""

from collections.abc import Callable
from typing import Final

from app.core.canonical_json import canonical
from app.documents.reports.issues import Edition
from app.schemas.reports.issues import DocumentFormat
from app.schemas.reports.snapshots import Snapshot

MEDIA_TYPES: Final = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    DocumentFormat.JSON: "application/json",
}


def render(kind: DocumentFormat, snapshot: Snapshot, edition: Edition) -> bytes:
    """The document: the same bytes from the same snapshot and edition. Call it outside the event loop.

    Raises RuntimeError, without quoting the report, if rendering fails.
    """
    return RENDERERS[kind](snapshot, edition)


def _pdf(snapshot: Snapshot, edition: Edition) -> bytes:
    from app.documents.reports.pdf import render_pdf

    return render_pdf(snapshot, edition)


def _docx(snapshot: Snapshot, edition: Edition) -> bytes:
    from app.documents.reports.word import render_docx

    return render_docx(snapshot, edition)


def _xlsx(snapshot: Snapshot, edition: Edition) -> bytes:
    from app.documents.reports.sheets import render_xlsx

    return render_xlsx(snapshot, edition)


RENDERERS: Final[dict[DocumentFormat, Callable[[Snapshot, Edition], bytes]]] = {
    DocumentFormat.PDF: _pdf,
    DocumentFormat.DOCX: _docx,
    DocumentFormat.XLSX: _xlsx,
    DocumentFormat.JSON: lambda snapshot, _: canonical(snapshot.members()).encode(),
}
