"""The audit log for auditors, and the part disclosed to a family."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.labels import LabelledBy
from app.core.states import StateMachine, Step
from app.schemas.base import Out

# Entries are sealed together within about a second.
AUDIT_FLOW = StateMachine(
    "audit_entry",
    "recorded",
    {"recorded": ("Chờ niêm phong", "Waiting to be sealed"), "sealed": ("Đã niêm phong", "Sealed")},
    (Step("prove", ("sealed",), "sealed", "Lấy bằng chứng", "Get the proof"),),
)


class AuditEntryOut(Out):
    id: UUID
    at: datetime
    actor_id: UUID | None
    role: Annotated[str, LabelledBy("role")] | None
    unit_id: UUID | None
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    about: str = Field(description="The operation, or the job of the worker")
    body: str = Field(
        description="Canonical JSON: what was opened and written, by table and id. Its SHA-256 is `digest`"
    )
    digest: str
    block: int | None = Field(description="The sealed block that holds it; null for about a second")


class AccessOut(Out):
    at: datetime
    role: str = Field(description="The actor's role; `system` where nobody acted")
    unit_kind: Annotated[str, LabelledBy("unit_kind")] | None
    about: str
    wrote: bool = Field(description="Whether something was changed, rather than only read")


class AuditProofOut(Out):
    entry_id: UUID
    leaf: str = Field(description="SHA-256 of 0x00 and the body")
    position: int
    path: list[str] = Field(description="Siblings from the leaf to the root (RFC 6962)")
    block: int
    count: int
    previous: str
    root: str
    sealed_at: str = Field(description="As it was hashed")
    signature: str = Field(
        description="Ed25519 over the block's hash: the hexadecimal SHA-256 of the canonical JSON of block, count,"
        " previous, root and sealed_at"
    )
