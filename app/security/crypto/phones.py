"""Telephone numbers in one form (ITU-T E.164), so that different notations compare equal."""

import re
from collections.abc import Iterator
from typing import Final

REGION: Final = "VN"
RUN: Final = re.compile(r"[+(]*[0-9][0-9 ().-]*")
NEXT: Final = re.compile(r"[ .-]+(?=[(+0]|84)")
# Nine digits without their zero could be another number than one of Viet Nam.
WHOLE: Final = re.compile(r"\(?(\+|0|84)")


def numbers(text: str) -> list[str]:
    """The whole numbers in a text, in order: "0912 345 678 (mẹ) / 028 3822 1234" has two."""
    found = (number for run in RUN.findall(text) for number in _of_run(run))
    return list(dict.fromkeys(found))


def e164(text: str) -> str | None:
    """The number with its country code, "0912 345 678" → "+84912345678"; None if it is not one complete number."""
    found = numbers(text)
    return found[0] if len(found) == 1 else None


def national(number: str) -> str:
    """A number of `e164` as it is dialled in Viet Nam: "+84912345678" → "0912345678"."""
    return f"0{number[3:]}" if number.startswith("+84") else number


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
