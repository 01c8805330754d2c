"""Problems as documented in OpenAPI (RFC 9457)."""

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    pointer: str = Field(description="RFC 6901 pointer into the body, or a parameter's name")
    code: str
    detail: str


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


class ProblemTypeOut(BaseModel):
    type: str
    code: str
    status: int
    title_vi: str
    title_en: str
