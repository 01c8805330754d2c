"""The form of the code of a school year."""

import re
from typing import Final

from pydantic_core import PydanticCustomError

SCHOOL_YEAR: Final = re.compile(r"^[0-9]{4}-[0-9]{4}$")
OF_THE_CENTURY: Final = re.compile(r"^20[0-9]{2}-20[0-9]{2}$")


def school_year_form(value: str, pattern: re.Pattern[str] = SCHOOL_YEAR) -> str:
    """Raises `school_year_form` (422), which shows the form."""
    if not pattern.fullmatch(value):
        text = {"vi": "Năm học có dạng 2026-2027", "en": "A school year has the form 2026-2027"}
        raise PydanticCustomError("school_year_form", "school_year_form", text)
    return value


def of_the_century(value: str) -> str:
    """Raises `school_year_form` (422) for a year that is not of this century."""
    return school_year_form(value, OF_THE_CENTURY)
