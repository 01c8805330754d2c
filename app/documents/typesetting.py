"""Typesetting with typst: values as JSON into a template, the same bytes from the same values."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias

from app.documents.letters import FONTS, coded, drawn

# Where a font draws a letter alone and not beside its neighbours, all but these are printed as code points.
BEYOND_FONTS = re.compile(
    "[^\n\t -~\u00a0-\u00ac\u00ae-\u017f\u01a0-\u01b0\u1ea0-\u1ef9\u2013\u2014\u2018-\u201d\u2022\u2026"
    "\u20ab\u2264\u2265]"
)

Json: TypeAlias = "str | int | list[Json] | dict[str, Json] | None"


def typeset(template: Path, name: str, values: Mapping[str, Json], day: date) -> bytes:
    """PDF/A-2b of the template, which reads the values as `sys.inputs` of that name.

    An emoji is printed as its name, an invisible character or one that no font draws as its code point, "[U+202E]".
    Raises RuntimeError, without quoting the values, if typesetting fails.
    """
    import typst

    for printed in (drawn, plainly):
        with suppress(typst.TypstError):
            return typeset_as(printed, template, name, values, day)
    raise RuntimeError("the document could not be typeset")  # typst's own message may quote the text


def plainly(text: str) -> str:
    """The text in the letters that every font draws, whatever stands beside them."""
    return BEYOND_FONTS.sub(lambda found: coded(found[0]), drawn(text))


def typeset_as(
    printed: Callable[[str], str], template: Path, name: str, values: Mapping[str, Json], day: date
) -> bytes:
    """As `typeset`, with every text as `printed` writes it; raises TypstError."""
    import typst

    pdf = typst.compile(
        template,
        root=template.parent,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="a-2b",
        sys_inputs={name: json.dumps(_printed(dict(values), printed))},
        timestamp=datetime.combine(day, time(), UTC),
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave no single document")
    return pdf


def _printed(value: Json, printed: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return printed(value)
    if isinstance(value, dict):
        return {key: _printed(item, printed) for key, item in value.items()}
    if isinstance(value, list):
        return [_printed(item, printed) for item in value]
    return value
