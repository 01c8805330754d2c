"""Problems as documented in OpenAPI (RFC 9457)."""

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    pointer: str = Field(description="RFC 6901 pointer into the body, or a parameter's name")
    code: str
    detail: str
    limit: float | None = Field(None, description="The number that the value exceeds or falls short of")
    allowed: list[str] | None = Field(None, description="The members, parameters or words that this place accepts")
    code_list: str | None = Field(None, description="The code list that has the accepted codes")


class ProblemOut(BaseModel):
    model_config = ConfigDict(title="Problem", extra="allow")

    type: str = Field(description="Address of the problem's page, in Vietnamese and English")
    title: str
    status: int
    code: str = Field(description="Stable; program against this")
    detail: str | None = None
    instance: str
    request_id: str
    errors: list[FieldProblem] | None = None
    limit: float | None = Field(
        None, description="With `body_too_large` and `uri_too_long`: the greatest number of bytes"
    )
    state: str | None = Field(None, description="With `wrong_state`: the present state")
    open_steps: list[str] | None = Field(None, description="With `wrong_state`: the steps that the state is open to")


class ProblemTypeOut(BaseModel):
    type: str
    code: str
    status: int
    title_vi: str
    title_en: str
