"""Why a command does not start or run: one line that names the setting, and never its value."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.core.database import database_fault
from app.core.logging import where_raised
from app.core.problems import Problem
from app.core.settings import PREFIX, Settings

FIELD = re.compile(rf"\b({'|'.join(sorted(Settings.model_fields, key=len, reverse=True))})\b")
# What a server process ends with that cannot start: uvicorn's supervisor then ends too, and starts no other.
REFUSED_TO_START = 3
# What pydantic puts before the message of a validator.
RAISED = "Value error, "


class StartRefusedError(Exception):
    """The installation is not safe to serve, or lacks something. The message is one line with the setting's name."""


@contextmanager
def naming(setting: str) -> Iterator[None]:
    """What fails inside is the fault of `setting`. Raises StartRefusedError."""
    try:
        yield
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise StartRefusedError(f"{setting}: {_reason(error)}") from None


@contextmanager
def naming_database(settings: Settings) -> Iterator[None]:
    """A database that is away or refuses the role is the fault of its address. Raises StartRefusedError."""
    try:
        yield
    except Exception as error:
        fault = database_fault(error)
        if fault is None:
            raise
        raise StartRefusedError(f"{settings.database_setting}: {fault}") from None


def refusal(error: Exception) -> str:
    """The line for an operator."""
    if isinstance(error, ValidationError):
        return "; ".join(_faults(error))
    if isinstance(error, SettingsError):
        return f'{_named(str(error))}: not in the form of its default; a list is JSON, such as ["a"]'
    if isinstance(error, Problem):
        return f"{error.type.code}: {error.type.title.en}"
    if isinstance(error, StartRefusedError):
        return _line(str(error))
    return f"a defect of this software: {type(error).__name__} {where_raised(error)}"


def _faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        message = FIELD.sub(_variable, _line(fault["msg"].removeprefix(RAISED)))
        place = ".".join(map(str, fault["loc"]))
        if error.title == Settings.__name__:
            place = FIELD.sub(_variable, place)
        yield f"{place}: {message}" if place else message


def _named(text: str) -> str:
    found = FIELD.search(text)
    return _variable(found) if found else PREFIX


def _variable(field: re.Match[str]) -> str:
    return PREFIX + field[0].upper()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{error.strerror} ({Path(str(error.filename)).name})"
    if isinstance(error, LookupError):
        return "damaged"
    return _line(str(error)) or type(error).__name__


def _line(text: str) -> str:
    return " ".join(text.split())
