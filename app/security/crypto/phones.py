"""Telephone numbers in one form (ITU-T E.164), so that different notations compare equal."""

import re
from typing import Final

FILLING: Final = re.compile(r"[ ().-]")
# National numbers of Viet Nam by Circular 22/2014/TT-BTTTT, since 2018: nine digits for mobile numbers, ten beginning
# with 2 for fixed ones. Short numbers such as 111 belong to no person.
VIETNAMESE: Final = re.compile(r"\+84(?:[35789][0-9]{8}|2[0-9]{9})")
FOREIGN: Final = re.compile(r"\+(?!84)[1-9][0-9]{7,14}")


def e164(text: str) -> str | None:
    """The number with its country code, "0912 345 678" → "+84912345678"; None if it is not a complete number."""
    number = FILLING.sub("", text)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    elif number.startswith("0"):
        number = f"+84{number[1:]}"
    elif number.startswith("84"):
        number = f"+{number}"
    if number.startswith("+840"):
        number = f"+84{number[4:]}"
    return number if VIETNAMESE.fullmatch(number) or FOREIGN.fullmatch(number) else None


def national(number: str) -> str:
    """A number of `e164` as it is dialled in Viet Nam: "+84912345678" → "0912345678"."""
    return f"0{number[3:]}" if number.startswith("+84") else number
