"""Webhooks and their deliveries."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError
from typing_extensions import TypeAliasType

from app.core.labels import LabelledBy
from app.core.states import state_of
from app.models.notices.kinds import NOTICES
from app.schemas.base import UNIT_ID, In, Instant, OneLine, Out, Patch, example
from app.schemas.notices.flow import WEBHOOK_FLOW

Url = Annotated[OneLine, StringConstraints(min_length=8, max_length=500, pattern=r"^https?://[\x21-\x7e]+$")]


class _Defined:
    """Lists in the document the kinds that areas defined: none is there yet when this module is imported."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"enum": sorted(NOTICES)}


def _check_defined(kind: str) -> str:
    if kind not in NOTICES:
        raise PydanticKnownError("enum", {"expected": ", ".join(f"'{each}'" for each in sorted(NOTICES))})
    return kind


NoticeKind = TypeAliasType("NoticeKind", Annotated[str, AfterValidator(_check_defined), _Defined()])
Kinds = Annotated[list[NoticeKind], Field(max_length=50, description="Kinds of notices to send; all if empty")]
DeliveryState = Annotated[Literal["pending", "delivered", "dead"], LabelledBy("delivery_state")]


class WebhookIn(In):
    model_config = example(unit_id=UNIT_ID, url="https://ung-dung.example.vn/athd")

    unit_id: UUID = Field(description="Whose notices are sent")
    url: Url = Field(examples=["https://he-thong.example.vn/athd"])
    kinds: Kinds = Field(default_factory=list)


class WebhookPatch(Patch):
    model_config = example(state="paused")

    kept: ClassVar[frozenset[str]] = frozenset({"url", "kinds", "state"})

    url: Url | None = None
    kinds: Kinds | None = None
    state: Annotated[Literal["active", "paused"], LabelledBy("webhook_state")] | None = None


class WebhookOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    url: str
    kinds: list[Annotated[str, LabelledBy("notice_kind")]]
    state: Annotated[str, state_of(WEBHOOK_FLOW)] = Field(description="disabled: the receiver answered 410 Gone")
    created_at: datetime
    version: int = Field(description="Rises when a person changes it or a 410 disables it, and with no delivery")


class WebhookSecretOut(WebhookOut):
    secret: str = Field(description="Shown once: base64 behind `whsec_`")


class DeliveryOut(Out):
    id: UUID = Field(description="The `webhook-id` of every attempt")
    sequence: int
    kind: str
    state: DeliveryState = Field(
        description="pending: also while the webhook is paused or disabled, until it is active"
    )
    attempts: int
    next_at: datetime | None = Field(description="When it is tried next; null once it is over, or stopped by a 410")
    last_status: int | None = Field(description="The last answer's status; 0 where there was none")
    delivered_at: datetime | None
    created_at: datetime


class ReplayIn(In):
    model_config = example(since="2026-10-01T00:00:00Z")

    since: Instant = Field(description="Everything from then on is delivered once more, under the ids it had")


class ReplayOut(Out):
    count: int


class MessageBodyOut(Out):
    """The message sent: ids and codes, never text of a case."""

    type: str = Field(examples=["notice.escalated"])
    timestamp: datetime
    data: dict[str, str | int | None]
