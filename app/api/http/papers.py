"""Papers: answers that are a PDF."""

from typing import Any

from fastapi import Response

from app.api.http.answer_headers import NAMED
from app.api.http.routing import content

PDF = "application/pdf"


def answers_paper(*problems: int) -> dict[str, Any]:
    """The options of a route whose success is a paper."""
    return {
        "response_class": Response,
        "responses": content(PDF, "string") | {code: {} for code in problems},
        "openapi_extra": NAMED,
    }


def paper(pdf: bytes, name: str) -> Response:
    """`name` holds numbers and codes and no person: file names end up in histories and on shared screens."""
    return Response(pdf, media_type=PDF, headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'})
