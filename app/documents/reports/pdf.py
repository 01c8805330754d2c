"""A report as PDF/A, the same bytes from the same snapshot."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from app.documents.reports.issues import Edition
from app.documents.reports.paper import KIND, paper
from app.documents.typesetting import Json, typeset
from app.schemas.reports.snapshots import Snapshot

TEMPLATE: Final = Path(__file__).with_name("report.typ")


def render_pdf(snapshot: Snapshot, edition: Edition) -> bytes:
    """The report on A4, in as many pages as it needs. Call it outside the event loop.

    Raises RuntimeError, without quoting the report, if rendering fails.
    """
    content = paper(snapshot, edition)
    values: dict[str, Json] = {
        "kind": KIND,
        "day": [content.day.year, content.day.month, content.day.day],
        "superior": content.superior,
        "issuer": content.issuer,
        "number": content.number,
        "place": content.place_and_date,
        "abstract": content.abstract,
        "subtitle": list(content.subtitle),
        "addressee": content.addressee,
        "signature": list(content.signature),
        "signer": content.signer,
        "recipients": list(content.recipients),
        "footer": content.footer,
        "body": [asdict(block) for block in content.body],
        "appendix": [asdict(block) for block in content.appendix],
    }
    return typeset(TEMPLATE, "paper", values, content.day)
