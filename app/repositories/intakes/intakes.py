"""Queries of intakes."""

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select

from app.core.filters import values_of
from app.core.paging import Page, PageRequest
from app.models.cases.incidents import (
    Incident,
)
from app.models.intakes.forwardings import IntakeForwarding
from app.models.intakes.informants import Informant, InformantOpening
from app.models.intakes.intakes import AccusedUnit, Intake, IntakeFilter, IntakeLink, without_incident
from app.models.intakes.messages import Message
from app.models.intakes.set_asides import IntakeSetAside, is_set_aside, stands
from app.repositories.base import Repository
from app.repositories.filters import changed_at, of_unit
from app.security.access.listings import Asked, Listing
from app.security.access.scope import Range


class IntakeRepository(Repository[Intake]):
    model = Intake

    async def held(self, page: PageRequest, wanted: IntakeFilter) -> Page[Intake]:
        """Those held within the session's range."""
        return await HELD.page(self.session, page, values_of(wanted))

    async def counts(self, within: Range) -> list[tuple[str, bool, str | None, int]]:
        """By lane, whether they have an incident, and why they are set aside."""
        linked = IntakeLink.intake_id.is_not(None)
        counted = (
            select(Intake.lane, linked, IntakeSetAside.reason, func.count())
            .outerjoin(IntakeLink, IntakeLink.intake_id == Intake.id)
            .outerjoin(IntakeSetAside, and_(IntakeSetAside.intake_id == Intake.id, stands()))
            .where(within.covers(Intake.org_path))
        )
        rows = await self.session.execute(counted.group_by(Intake.lane, linked, IntakeSetAside.reason))
        counts = [(lane, is_linked, reason, count) for lane, is_linked, reason, count in rows]
        return sorted(counts, key=lambda row: (row[0], row[1], row[2] or ""))

    async def facts(self, intake_id: UUID) -> Intake | None:
        """Nothing of it is opened."""
        return await self.first(self.select().where(Intake.id == intake_id))

    async def lock(self, intake_id: UUID) -> None:
        """Lock an intake until commit: it is opened, linked, forwarded or set aside by one caller at a time."""
        await self.session.execute(select(Intake.id).where(Intake.id == intake_id).with_for_update())

    async def accused_units(self, intake_id: UUID) -> set[UUID]:
        return set(await self.rows(select(AccusedUnit.unit_id).where(AccusedUnit.intake_id == intake_id)))

    async def links(self, intake_ids: Sequence[UUID]) -> dict[UUID, UUID]:
        found = await self.rows(select(IntakeLink).where(IntakeLink.intake_id.in_(intake_ids)))
        return {link.intake_id: link.incident_id for link in found}

    async def link_of(self, intake_id: UUID) -> IntakeLink | None:
        return await self.first(select(IntakeLink).where(IntakeLink.intake_id == intake_id))

    async def of_incident(self, incident_id: UUID) -> list[Intake]:
        told = select(IntakeLink.intake_id).where(IntakeLink.incident_id == incident_id)
        return await self.rows(self.select().where(Intake.id.in_(told)))

    async def accused_no_more(self, intake_id: UUID, unit_ids: Collection[UUID]) -> None:
        """Forget units whose accused staff were named by mistake."""
        mistaken = (AccusedUnit.intake_id == intake_id, AccusedUnit.unit_id.in_(unit_ids))
        await self.session.execute(delete(AccusedUnit).where(*mistaken).execution_options(synchronize_session=False))

    async def accusing(self, unit_ids: Collection[UUID]) -> list[Intake]:
        """Waiting intakes that accuse staff of any of the units, and that were not destroyed."""
        return await self.rows(self._accusing(AccusedUnit.unit_id.in_(unit_ids)))

    async def accusing_within(self, org_path: str) -> list[Intake]:
        """Waiting intakes held within a path that accuse staff of any unit, and that were not destroyed."""
        return await self.rows(self._accusing(Range.under(org_path).covers(AccusedUnit.org_path)))

    def _accusing(self, accused: ColumnElement[bool]) -> Select[Intake]:
        accusing = Intake.id.in_(select(AccusedUnit.intake_id).where(accused))
        return self.select().where(accusing, without_incident(), Intake.destroyed_at.is_(None))

    async def count_of(self, incident_id: UUID, *, within_reach: bool = False) -> int:
        """The number of intakes; for a survivor, including those of the incidents merged into it."""
        counted = select(func.count()).select_from(IntakeLink).where(_of_event(incident_id))
        if within_reach:
            counted = counted.join(Intake, Intake.id == IntakeLink.intake_id)
        return await self.count(counted)

    async def informant(self, intake_id: UUID) -> Informant | None:
        return await self.one(select(Informant).where(Informant.intake_id == intake_id))

    async def openings(self, intake_id: UUID) -> list[InformantOpening]:
        query = select(InformantOpening).where(InformantOpening.intake_id == intake_id).order_by(InformantOpening.id)
        return await self.all(query)

    async def by_informants_phone(self, indexes: Collection[str]) -> list[UUID]:
        """The intakes whose informant left a number of the blind indexes, newest first; nothing of them is opened."""
        query = select(Informant.intake_id).where(
            or_(Informant.phone_index.in_(indexes), Informant.second_phone_index.in_(indexes))
        )
        return await self.rows(query.order_by(Informant.intake_id.desc()))

    async def visible(self, intake_ids: Collection[UUID]) -> list[UUID]:
        """Those of them that are within the session's reach, newest first."""
        query = select(Intake.id).where(Intake.id.in_(intake_ids)).order_by(Intake.id.desc())
        return await self.rows(query)

    async def informants_after(self, intake_id: UUID, limit: int) -> Sequence[Informant]:
        """Opened, in the order of their intakes' ids."""
        query = select(Informant).where(Informant.intake_id > intake_id).order_by(Informant.intake_id).limit(limit)
        return await self.all(query)

    async def by_receipt(self, digest: str) -> Intake | None:
        return await self.first(self.select().where(Intake.receipt_digest == digest))


def _held(asked: Asked) -> Select[Intake]:
    query = select(Intake).where(
        asked.within(Intake), *asked.among(lane=Intake.lane), *of_unit(asked, Intake.unit_id), *_updated(asked)
    )
    if "incident_id" in asked:
        query = query.where(Intake.id.in_(select(IntakeLink.intake_id).where(_of_event(asked["incident_id"]))))
    if "linked" in asked:
        query = query.where(~without_incident() if asked.flag("linked") else without_incident())
    if "set_aside" in asked:
        query = query.where(is_set_aside() if asked.flag("set_aside") else ~is_set_aside())
    if "in_danger" in asked:
        danger = or_(Intake.immediate_danger.is_(True), _has_unread(Message.immediate_danger.is_(True)))
        query = query.where(danger if asked.flag("in_danger") else ~danger)
    if "unread" in asked:
        query = query.where(_has_unread() if asked.flag("unread") else ~_has_unread())
    return query


def _of_event(incident_id: Any) -> ColumnElement[bool]:  # noqa: ANN401 — an id, or its name in a statement
    """The links of an incident; of a survivor, also those of the incidents merged into it."""
    merged = select(Incident.id).where(Incident.event_id == incident_id)
    return or_(IntakeLink.incident_id == incident_id, IntakeLink.incident_id.in_(merged))


def _updated(asked: Asked) -> list[ColumnElement[bool]]:
    """Recorded, opened as an incident or linked, set aside, forwarded, written on by its reporter, or destroyed."""
    if "updated_since" not in asked:
        return []
    moments = (
        (IntakeLink, IntakeLink.linked_at),
        (IntakeSetAside, IntakeSetAside.set_aside_at),
        (IntakeSetAside, IntakeSetAside.approved_at),
        (IntakeSetAside, IntakeSetAside.undone_at),
        (IntakeForwarding, IntakeForwarding.forwarded_at),
        (Message, Message.written_at),
    )
    parts = (
        select(model.intake_id).where(model.intake_id == Intake.id, *changed_at(asked, model, moment)).exists()
        for model, moment in moments
    )
    own = (*changed_at(asked, Intake, Intake.recorded_at), *changed_at(asked, Intake, Intake.destroyed_at))
    return [or_(*own, *parts)]


def _has_unread(*also: ColumnElement[bool]) -> ColumnElement[bool]:
    """Of a statement's intakes, whether the reporter wrote what nobody of the staff has read."""
    of_reporter = (Message.intake_id == Intake.id, Message.from_reporter.is_(True), Message.read_at.is_(None))
    return select(Message.id).where(*of_reporter, *also).exists()


HELD: Final = Listing(Intake, _held)
