"""Telephone numbers in one form (ITU-T E.164), so that different notations compare equal."""

import re
from collections.abc import Iterator
from typing import Final

from app.core.text import dialled

REGION: Final = "VN"
RUN: Final = re.compile(r"[+(]*[0-9][0-9 ().-]*")
SERVICE: Final = re.compile(r"1[89]00\b|1[89]00\d")
NEXT: Final = re.compile(r"[ .-]+(?=[(+0]|84)")
# Nine digits without their zero could be another number than one of Viet Nam.
WHOLE: Final = re.compile(r"\(?(\+|0|84)")


def numbers(text: str) -> list[str]:
    """The whole numbers in a text, in order: "0912 345 678 (mẹ) / 028 3822 1234" has two."""
    found = (number for run in RUN.findall(dialled(text)) for number in _of_run(run))
    return list(dict.fromkeys(found))


def office_numbers(text: str) -> list[str]:
    """The whole numbers in a text, or the one service number that it is, "1800 1567": that of an office may be one."""
    import phonenumbers

    said = dialled(text)
    try:
        service = phonenumbers.parse(said, REGION)
    except phonenumbers.NumberParseException:
        return numbers(said)
    is_service = SERVICE.match(said) and phonenumbers.is_valid_number(service)
    return [phonenumbers.format_number(service, phonenumbers.PhoneNumberFormat.E164)] if is_service else numbers(said)


def national(number: str) -> str:
    """A number in its one form as it is dialled in Viet Nam: "+84912345678" → "0912 345 678"."""
    import phonenumbers

    form = phonenumbers.PhoneNumberFormat
    kind = form.NATIONAL if number.startswith("+84") else form.INTERNATIONAL
    return phonenumbers.format_number(phonenumbers.parse(number, REGION), kind)


def _of_run(run: str) -> list[str]:
    """Where the run is no number, it may be several beside one another."""
    return list(_matched(run)) or [number for part in NEXT.split(run) for number in _matched(part)]


def _matched(text: str) -> Iterator[str]:
    import phonenumbers
    from phonenumbers import PhoneNumberType

    # Short and service numbers belong to no person.
    personal = (
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
    )
    for match in phonenumbers.PhoneNumberMatcher(text, REGION, leniency=phonenumbers.Leniency.VALID):
        if WHOLE.match(match.raw_string) and phonenumbers.number_type(match.number) in personal:
            yield phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
