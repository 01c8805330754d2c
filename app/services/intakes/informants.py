"""Access to informants: one at a time, with a reason and a notice to the level above."""

from typing import Any
from uuid import UUID

from app.core.ids import case_code
from app.core.problems import NOT_FOUND, invalid
from app.models.intakes.informants import InformantOpening, InformantSearch
from app.models.intakes.intakes import Intake, part_of
from app.repositories.intakes.informants import InformantSearchRepository
from app.repositories.intakes.intakes import IntakeRepository
from app.security.crypto.phones import numbers
from app.services.intakes.intakes import phone_columns, phone_indexes
from app.services.intakes.notices import INFORMANT_OPENED, INFORMANT_SEARCHED
from app.services.notices.notices import NoticeService
from app.services.platform.unit_of_work import UnitOfWork

BATCH = 500


class InformantService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.intakes = IntakeRepository(work.session)
        self.searches = InformantSearchRepository(work.session)
        self.notices = NoticeService(work)

    async def open(self, intake_id: UUID, reason: str) -> dict[str, Any]:
        """The informant of an intake. Raises `not_found` (404) without an informant.

        Each access is recorded with its reason, and the level above the holder is notified.
        """
        intake = await self.intakes.get(intake_id)
        identity = await self.check_openable(intake)
        actor = self.work.actor
        self.intakes.add(
            InformantOpening(
                **part_of(intake),
                reason=reason,
                opened_at=self.work.now,
                opened_by=actor.id,
                by_role=actor.role,
                by_unit_id=actor.unit_id,
            )
        )
        await self.work.flush()
        data = {"intake_id": str(intake.id), "code": intake.code}
        await self.notices.notify_line(intake.org_path, INFORMANT_OPENED, None, data, only_above=True)
        return {**identity, "numbers": numbers(identity.get("phone", ""))}

    async def check_openable(self, intake: Intake) -> dict[str, Any]:
        """The informant's identity. Raises `forbidden` (403), `not_found` (404) without an informant."""
        self.work.check_writable(intake)
        informant = await self.intakes.informant(intake.id)
        if informant is None or informant.identity is None:
            raise NOT_FOUND()
        return informant.identity

    async def openings(self, intake_id: UUID) -> list[InformantOpening]:
        """Every access to the informant, in order."""
        await self.intakes.get(intake_id)
        return await self.intakes.openings(intake_id)

    async def search(self, phone: str, reason: str) -> InformantSearch:
        """Find intakes in the caller's scope by the informant's telephone number (blind index); of two, by either.

        Every search is recorded with its reason and without the number; the level above the caller is notified.
        Raises `invalid` (422).
        """
        indexes = phone_indexes(self.work, phone)
        if not indexes:
            raise invalid(
                "/phone", "not_a_phone_number", "Không phải số điện thoại đầy đủ", "It is no whole telephone number"
            )
        actor = self.work.actor
        search = InformantSearch(
            code=case_code(self.work.today.year),
            org_path=actor.org_path,
            reason=reason,
            found=[str(intake_id) for intake_id in await self.intakes.by_informants_phone(indexes)],
            cipher=self.work.new_cipher(),
            searched_at=self.work.now,
            searched_by=actor.id,
            by_role=actor.role,
            by_unit_id=actor.unit_id,
        )
        self.searches.add(search)
        data = {"search_id": str(search.id), "code": search.code, "found": len(search.found)}
        await self.notices.notify_line(actor.org_path, INFORMANT_SEARCHED, None, data, only_above=True)
        return search

    async def get_search(self, search_id: UUID) -> InformantSearch:
        return await self.searches.get(search_id)

    async def found_by(self, search: InformantSearch) -> list[UUID]:
        """The results of a search that are still in the caller's scope."""
        return await self.intakes.visible([UUID(intake_id) for intake_id in search.found])

    async def reindex(self) -> int:
        """Rebuild every blind index after a change of the master secret, one commit per batch; return the count."""
        done, last = 0, UUID(int=0)
        while informants := await self.intakes.informants_after(last, BATCH):
            for informant in informants:
                columns = phone_columns(self.work, (informant.identity or {}).get("phone"))
                for name, index in columns.items():
                    setattr(informant, name, index)
            done, last = done + len(informants), informants[-1].intake_id
            await self.work.commit()
        return done
