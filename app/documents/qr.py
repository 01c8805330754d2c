"""QR codes as pictures for typesetting."""

from io import BytesIO
from typing import Final, Literal

# It is read with 15 % of it damaged, as paper that was folded is.
FOLDED: Final = "m"
# With 25 %, as a sheet that goes round and is scanned.
HANDLED: Final = "q"
QUIET_ZONE: Final = 4


def qr_svg(text: str, correction: Literal["m", "q"] = FOLDED) -> str:
    """The code as SVG, without a size of its own, in the smallest version that holds the text."""
    import segno

    drawn = BytesIO()
    segno.make(text, error=correction, micro=False).save(
        drawn, kind="svg", border=QUIET_ZONE, omitsize=True, xmldecl=False, nl=False
    )
    return drawn.getvalue().decode()
