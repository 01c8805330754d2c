"""The form of the code of a school year."""

import re
from typing import Final

from pydantic_core import PydanticCustomError

OF_THE_CENTURY: Final = re.compile(r"^20[0-9]{2}-20[0-9]{2}$")


def of_the_century(value: str) -> str:
    """Raises `school_year_form` (422), which shows the form, for a year that is not of this century."""
    if not OF_THE_CENTURY.fullmatch(value):
        text = {"vi": "Năm học có dạng 2026-2027", "en": "A school year has the form 2026-2027"}
        raise PydanticCustomError("school_year_form", "school_year_form", text)
    return value
