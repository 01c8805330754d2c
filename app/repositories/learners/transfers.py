"""Queries of transfers: a unit's own sides, and for the worker both sides and the records that may be one child's."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, update

from app.core.paging import Page, PageRequest
from app.core.vocabulary import IdentifierKind, TransferSide, TransferState
from app.models.learners.learners import Learner, LearnerIdentifier
from app.models.learners.transfers import LearnerTransfer, TransferFilter
from app.repositories.base import Repository
from app.security.access.listings import Asked, Listing

IS_WAITING: Final = LearnerTransfer.state == TransferState.WAITING


class TransferRepository(Repository[LearnerTransfer]):
    model = LearnerTransfer

    async def listed(self, page: PageRequest, wanted: TransferFilter) -> Page[LearnerTransfer]:
        return await LISTED.page(self.session, page, asdict(wanted))

    async def lock(self, transfer_id: UUID) -> LearnerTransfer | None:
        """A side as it stands now; no other transaction writes to it meanwhile."""
        query = self.select().where(LearnerTransfer.id == transfer_id).with_for_update()
        return await self.first(query.execution_options(populate_existing=True))

    async def learners(self, ids: Collection[UUID]) -> dict[UUID, Learner]:
        """Records, unopened."""
        return {each.id: each for each in await self.rows(select(Learner).where(Learner.id.in_(ids)))}

    async def of_enrolments(self, enrolment_ids: Collection[UUID]) -> dict[UUID | None, LearnerTransfer]:
        """The last arrival of each enrolment."""
        query = self.select().where(LearnerTransfer.enrolment_id.in_(enrolment_ids)).order_by(LearnerTransfer.id)
        return {each.enrolment_id: each for each in await self.rows(query)}

    async def states_of(self, upload_id: UUID, learner_ids: Collection[UUID]) -> dict[UUID, str]:
        """The states of the arrivals that an upload brought, by learner."""
        query = select(LearnerTransfer.learner_id, LearnerTransfer.state).order_by(LearnerTransfer.id)
        query = query.where(LearnerTransfer.upload_id == upload_id, LearnerTransfer.learner_id.in_(learner_ids))
        return await self.pairs(query)

    async def confirmed(self, learner_ids: Collection[UUID], since: datetime) -> set[UUID]:
        """Those of the learners of whom an arrival was confirmed since a moment."""
        query = select(LearnerTransfer.learner_id).where(LearnerTransfer.learner_id.in_(learner_ids))
        query = query.where(
            LearnerTransfer.side == TransferSide.ARRIVAL, LearnerTransfer.state == TransferState.CONFIRMED
        )
        return set(await self.rows(query.where(LearnerTransfer.ended_at >= since)))

    async def unsought(self, side: str, today: date, limit: int) -> list[LearnerTransfer]:
        """Sides of former days that wait and were not looked at today. Another worker's are left to it."""
        query = self.select().where(IS_WAITING, LearnerTransfer.side == side)
        query = query.where(LearnerTransfer.made_on < today)
        query = query.where(or_(LearnerTransfer.sought_on.is_(None), LearnerTransfer.sought_on < today))
        return await self.rows(query.order_by(LearnerTransfer.id).limit(limit).with_for_update(skip_locked=True))

    async def note_sought(self, ids: Collection[UUID], today: date) -> None:
        """It is no change of the record: its version stays."""
        noted = update(LearnerTransfer).where(LearnerTransfer.id.in_(ids)).values(sought_on=today)
        await self.session.execute(noted.execution_options(synchronize_session=False))

    async def expired(self, today: date, limit: int) -> list[LearnerTransfer]:
        """Arrivals whose last day is over."""
        query = self.select().where(IS_WAITING, LearnerTransfer.side == TransferSide.ARRIVAL)
        query = query.where(LearnerTransfer.waits_until < today).order_by(LearnerTransfer.id)
        return await self.rows(query.limit(limit).with_for_update(skip_locked=True))

    async def pair_of(self, transfer_id: UUID) -> dict[str, LearnerTransfer]:
        """Both sides as they stand now, locked in the order in which everybody locks them: the arrival first."""
        pair = await self.first(select(LearnerTransfer.pair_id).where(LearnerTransfer.id == transfer_id))
        query = self.select().where(LearnerTransfer.pair_id == pair).order_by(LearnerTransfer.side)
        found = await self.rows(query.with_for_update().execution_options(populate_existing=True))
        return {each.side: each for each in found}

    async def other_side(self, of: LearnerTransfer) -> LearnerTransfer | None:
        """The other side as it stands now, locked."""
        query = self.select().where(LearnerTransfer.pair_id == of.pair_id, LearnerTransfer.id != of.id)
        return await self.first(query.with_for_update().execution_options(populate_existing=True))

    async def with_departure(self, pairs: Collection[UUID]) -> set[UUID]:
        query = select(LearnerTransfer.pair_id).where(LearnerTransfer.pair_id.in_(pairs))
        return set(await self.rows(query.where(LearnerTransfer.side == TransferSide.DEPARTURE)))

    async def waiting_arrivals(self, learner_id: UUID) -> list[LearnerTransfer]:
        query = self.select().where(*_of(learner_id, TransferSide.ARRIVAL), IS_WAITING)
        return await self.rows(query.with_for_update().execution_options(populate_existing=True))

    async def waiting_departures(self, learner_ids: Collection[UUID]) -> list[LearnerTransfer]:
        """The departures that wait, of any of these records or of arrivals of theirs."""
        mine = select(LearnerTransfer.pair_id).where(LearnerTransfer.learner_id.in_(learner_ids))
        pairs = await self.rows(mine.where(IS_WAITING))
        query = self.select().where(LearnerTransfer.pair_id.in_(pairs), LearnerTransfer.side == TransferSide.DEPARTURE)
        return await self.rows(query.where(IS_WAITING).with_for_update())

    async def arrived(self, pairs: Collection[UUID]) -> dict[UUID, UUID]:
        """The record at the new unit, by pair."""
        query = select(LearnerTransfer.pair_id, LearnerTransfer.learner_id)
        return await self.pairs(
            query.where(LearnerTransfer.pair_id.in_(pairs), LearnerTransfer.side == TransferSide.ARRIVAL)
        )

    async def codes(self, learner_ids: Collection[UUID]) -> Sequence[tuple[UUID, str]]:
        """Learners, each with the blind index of a code of the ministry that it has now."""
        current = (LearnerIdentifier.learner_id.in_(learner_ids), LearnerIdentifier.valid_to.is_(None))
        return await self._coded(*current)

    async def with_codes(self, indexes: Collection[str]) -> Sequence[tuple[UUID, str]]:
        """The records of any unit that have, or had, one of these codes, each with its blind index."""
        return await self._coded(LearnerIdentifier.value_index.in_(indexes))

    async def _coded(self, *clauses: ColumnElement[bool]) -> list[tuple[UUID, str]]:
        query = select(LearnerIdentifier.learner_id, LearnerIdentifier.value_index).where(*clauses)
        query = query.where(LearnerIdentifier.kind == IdentifierKind.MOET, LearnerIdentifier.voided_at.is_(None))
        return [(holder, index) for holder, index in await self.session.execute(query) if index is not None]

    async def join(self, former: UUID, child: UUID) -> None:
        """Give the records of one child the key of another that is the same. Units that have others see no change."""
        joined = update(Learner).where(Learner.person_id == former)
        joined = joined.values(person_id=child, updated_at=Learner.updated_at)
        await self.session.execute(joined.execution_options(synchronize_session=False))


def _of(learner_id: UUID, side: str) -> tuple[ColumnElement[bool], ...]:
    return LearnerTransfer.learner_id == learner_id, LearnerTransfer.side == side


def _listed(asked: Asked) -> Select[LearnerTransfer]:
    clauses = (*asked.equal(side=LearnerTransfer.side), *asked.among(state=LearnerTransfer.state))
    return select(LearnerTransfer).where(*asked.ranged(LearnerTransfer), *clauses)


LISTED: Final = Listing(LearnerTransfer, _listed)
