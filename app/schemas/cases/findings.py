"""What an accusation of staff proved to be."""

from typing import Annotated, Literal

from pydantic import Field

from app.core.labels import LabelledBy
from app.schemas.base import Flag, In, Line, Narrative, example

Finding = Annotated[Literal["corrected", "cleared"], LabelledBy("finding")]


class FindingIn(In):
    model_config = example(finding="corrected", reason="Nêu nhầm người: trùng tên (ví dụ)")

    finding: Finding = Field(
        description="corrected: named by mistake, and all of the case comes down to its unit; cleared: the incident"
        " alone comes down, and what shows who accused stays above"
    )
    reason: Line
    summary: Narrative | None = Field(
        None, description="The words that a cleared unit reads in place of the intake's; required where it comes down"
    )
    names_no_informant: Flag = Field(
        default=False, description="Confirms that no part of the incident says who reported it; required as `summary`"
    )
