"""The constants that both baselines write where an intake has words, keys and units of its own."""

from typing import Final
from uuid import UUID

UNIT: Final = UUID("01890000-0000-7000-8000-000000000001")
PATH: Final = "/1/"
SEALED: Final = "x" * 900
ANSWER: Final = "x" * 500
WRAPPED: Final = "x" * 80
BODY: Final = "x" * 700
DIGEST: Final = "0" * 64
CLOCKS: Final = ("acknowledge", "emergency_measures")
