"""Messages between reporter and staff; the reporter uses the receipt."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import (
    Anonymous,
    AnonymousIdempotent,
    AnonymousWork,
    Idempotent,
    LanguageDep,
    May,
    WorkDep,
)
from app.api.http.limits import Policy
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.api.intakes.reporter_texts import HAPPENED
from app.core.problems import Language
from app.schemas.intakes.intakes import ReceiptIn
from app.schemas.intakes.messages import (
    EntryOut,
    MessageIn,
    MessageKeptOut,
    MessageOut,
    ReporterMessageIn,
    ThreadOut,
)
from app.security.access.roles import Act, Resource
from app.services.intakes.messages import Entry, MessageService
from app.services.units import UnitService

router = APIRouter(
    prefix="/intakes/{intake_id}/messages",
    tags=[tag("messages", "The dialogue with a reporter who has no account")],
    route_class=Route,
)
public = APIRouter(
    prefix="/public/receipts",
    tags=["public"],
    route_class=Route,
    dependencies=[Depends(Anonymous(Policy.DIALOGUE))],
)
reader = Depends(May(Act.READ, Resource.INTAKE))
writer = Depends(May(Act.DECIDE, Resource.INTAKE))


@router.get("", dependencies=[reader])
async def list_messages(intake_id: UUID, work: WorkDep) -> list[MessageOut]:
    """List the messages between reporter and staff, in order."""
    return [MessageOut.shown(m, work.actor.case_tier) for m in await MessageService(work).of_intake(intake_id)]


@router.post("", status_code=201, dependencies=[writer, Idempotent])
async def write_message(intake_id: UUID, body: MessageIn, work: WorkDep) -> MessageOut:
    """Write to the reporter, who sees the level of the author and never a name; 409 for an intake recorded by staff."""
    return MessageOut.shown(await MessageService(work).write(intake_id, body.text), work.actor.case_tier)


@router.post("/read", status_code=204, dependencies=[writer])
async def mark_messages_read(intake_id: UUID, work: WorkDep) -> None:
    """Mark the reporter's messages as read; the reporter sees that they are read, but not by whom."""
    await MessageService(work).mark_read(intake_id)


@public.post("/thread", dependencies=[NoRecord], responses={404: {}})
async def get_thread(body: ReceiptIn, work: AnonymousWork, language: LanguageDep) -> ThreadOut:
    """Read the messages of an intake by its receipt in the body, with automatic events such as an escalation."""
    entries = await MessageService(work).thread(body.receipt)
    labels: dict[str, dict[Language, str]] = {
        kind.code: {"vi": kind.label_vi, "en": kind.label_en} for kind in await UnitService(work).kinds()
    }
    return ThreadOut(entries=[_shown(entry, language, labels) for entry in entries])


@public.post("/messages", status_code=201, dependencies=[AnonymousIdempotent, NoRecord], responses={404: {}})
async def write_reporter_message(body: ReporterMessageIn, work: AnonymousWork) -> MessageKeptOut:
    """Add a message to an intake, by its receipt. The caller's address is never stored."""
    return MessageKeptOut(at=(await MessageService(work).write_by_reporter(body)).written_at)


def _shown(entry: Entry, language: Language, labels: dict[str, dict[Language, str]]) -> EntryOut:
    return EntryOut(
        kind=entry.kind,
        code=entry.code,
        by=labels[entry.by_kind][language] if entry.by_kind else None,
        at=entry.at,
        text=HAPPENED[entry.code][language] if entry.code else entry.text,
        is_read=entry.is_read,
    )
