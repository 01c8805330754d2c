"""Mailboxes that receive the number of a unit's unread notices."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.record_headers import Created, Tagged
from app.api.http.routing import Route
from app.models.notices.mailboxes import Mailbox
from app.schemas.base import ListOut
from app.schemas.notices.mailboxes import MailboxIn, MailboxOut
from app.security.access.roles import Act, Resource
from app.services.notices.mailboxes import MailboxService, address_of
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/mailboxes", tags=["webhooks"], route_class=Route)
reader = Depends(May(Act.READ, Resource.WEBHOOK))
manager = Depends(May(Act.MANAGE, Resource.WEBHOOK))
SHOWN = ("id", "unit_id", "every_minutes", "sent_at", "created_at", "version")


def _out(work: UnitOfWork, mailbox: Mailbox) -> MailboxOut:
    return MailboxOut(**{name: getattr(mailbox, name) for name in SHOWN}, address=address_of(work, mailbox))


@router.get("", dependencies=[reader])
async def list_mailboxes(paging: PagingDep, work: WorkDep) -> ListOut[MailboxOut]:
    """List mailboxes of the caller's unit and its subordinates."""
    found = await MailboxService(work).page(paging.page)
    return paging.listed(found, lambda each: _out(work, each))


@router.post("", status_code=201, dependencies=[manager, Idempotent])
async def create_mailbox(body: MailboxIn, headers: Created, work: WorkDep) -> MailboxOut:
    """Register an office's email address for counts of a unit's unread notices, at most once per `every_minutes`."""
    mailbox = await MailboxService(work).create(body)
    headers.locate(f"/mailboxes/{mailbox.id}")
    headers.tag(mailbox.version)
    return _out(work, mailbox)


@router.get("/{mailbox_id}", dependencies=[reader])
async def get_mailbox(mailbox_id: UUID, headers: Tagged, work: WorkDep) -> MailboxOut:
    """One mailbox."""
    mailbox = await MailboxService(work).get(mailbox_id)
    headers.tag(mailbox.version)
    return _out(work, mailbox)


@router.delete("/{mailbox_id}", status_code=204, dependencies=[manager])
async def remove_mailbox(mailbox_id: UUID, tag: IfMatch, work: WorkDep) -> None:
    """Remove a mailbox; it receives no further email."""
    service = MailboxService(work)
    mailbox = await service.get(mailbox_id)
    check_tag(tag, entity_tag(mailbox.version))
    await service.remove(mailbox)
