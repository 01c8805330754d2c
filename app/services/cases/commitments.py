"""Commitments after a violation: made of a pupil of an incident, answered by each party, followed up and ended.

They are of the case, not of a campaign: no teacher of a class and no list of the school shows them (Circular 19/2025,
art. 15; domain notes on commitments: "after a violation").
"""

from functools import partial
from typing import Final
from uuid import UUID

from app.core.problems import NOT_FOUND, invalid
from app.core.scoping import Tier
from app.documents.commitments.violations import ViolationPaper, render_violation_paper
from app.models.cases.commitments import ViolationCommitment
from app.models.cases.events import CaseEvent, EventKind
from app.models.cases.incidents import ACCUSED_ROLES, Incident, IncidentPerson, part_of
from app.repositories.cases.commitments import ViolationCommitmentRepository
from app.repositories.cases.disciplines import DisciplineRepository
from app.repositories.units import UnitRepository
from app.schemas.cases.commitments import (
    COMMITMENT_ANSWER_FLOW,
    VIOLATION_COMMITMENT_FLOW,
    CommitmentAnswerIn,
    ViolationCommitmentIn,
)
from app.services.cases.disciplines import PUPILS
from app.services.cases.incidents import IncidentService
from app.services.cases.persons import PersonService
from app.services.platform.unit_of_work import UnitOfWork

# Stands for the words that an act needs, where only the act is judged.
ANY: Final = "…"


class ViolationCommitmentService:
    def __init__(self, work: UnitOfWork) -> None:
        self.work = work
        self.commitments = ViolationCommitmentRepository(work.session)
        self.incidents = IncidentService(work)

    async def of_incident(self, incident: Incident) -> list[ViolationCommitment]:
        return await self.commitments.of_incident(incident.id)

    async def get(self, key: UUID) -> ViolationCommitment:
        """Raises `not_found` (404)."""
        return await self.commitments.get(key)

    async def tier(self, row: ViolationCommitment) -> Tier:
        return await self.incidents.tier(row, row.incident_id)

    async def make(self, incident: Incident, data: ViolationCommitmentIn) -> ViolationCommitment:
        """Ask each party for a commitment.

        Raises `merged` (409), `invalid` (422) for a person who took no part, or a measure of another pupil.
        """
        await self.incidents.check_unmerged(incident)
        person = await PersonService(self.work).get(incident, data.person_id)
        if person.role not in ACCUSED_ROLES or person.kind not in PUPILS:
            text = ("Chỉ lập với học sinh có hành vi vi phạm", "Only of a pupil who took part in the deed")
            raise invalid("/person_id", "no_violation", *text)
        await self._check_discipline(person, data.discipline_id)
        asked = {"state": COMMITMENT_ANSWER_FLOW.initial, "on": data.made_on.isoformat()}
        commitment = ViolationCommitment(
            **part_of(incident),
            state=VIOLATION_COMMITMENT_FLOW.initial,
            answers=[{"party": party, **asked} for party in dict.fromkeys(data.parties)],
            made_at=self.work.now,
            made_by=self.work.actor_id,
            **data.model_dump(exclude={"parties"}),
        )
        self.commitments.add(commitment)
        await self._note(commitment, CaseEvent.COMMITMENT_MADE)
        return commitment

    async def answer(self, row: ViolationCommitment, data: CommitmentAnswerIn) -> ViolationCommitment:
        """Record what one party says; a correction is a withdrawal first.

        Raises `invalid` (422) for a party that is not asked, `wrong_state` (409).
        """
        self._step(row, "answer")
        states = {each["party"]: each["state"] for each in row.answers}
        if data.party not in states:
            text = ("Bên này không được đề nghị ký", "This party is not asked to sign")
            raise invalid("/party", "party_not_asked", *text)
        state = COMMITMENT_ANSWER_FLOW.step(states[data.party], data.action).target
        answer = {"party": data.party, "state": state, "on": data.on.isoformat()}
        row.answers = [answer if each["party"] == data.party else each for each in row.answers]
        await self._note(row, CaseEvent.COMMITMENT_ANSWERED, party=data.party, state=state)
        return row

    async def end(self, row: ViolationCommitment, conclusion: str) -> ViolationCommitment:
        """End the follow-up with its conclusion. Raises `wrong_state` (409)."""
        row.state = self._step(row, "end", conclusion)
        row.ended_at, row.conclusion = self.work.now, conclusion
        await self._note(row, CaseEvent.COMMITMENT_ENDED)
        return row

    async def withdraw(self, row: ViolationCommitment, reason: str) -> ViolationCommitment:
        """Withdraw a mistaken commitment, which stays visible. Raises `wrong_state` (409)."""
        row.state = self._step(row, "withdraw", reason)
        row.withdrawn_at, row.conclusion = self.work.now, reason
        await self._note(row, CaseEvent.COMMITMENT_WITHDRAWN)
        return row

    async def check_act(self, row: ViolationCommitment, act: str) -> None:
        """Refuses an act as the act itself."""
        self._step(row, act, ANY)

    async def document(self, row: ViolationCommitment) -> bytes:
        """The paper to sign, as PDF. Raises `not_found` (404) without tier 3, `unavailable` (503) if it is busy."""
        if await self.tier(row) < Tier.IDENTITIES:
            raise NOT_FOUND()
        incident = await self.incidents.get(row.incident_id)
        person = await PersonService(self.work).get(incident, row.person_id)
        units = UnitRepository(self.work.session)
        names = await units.last_names([incident.unit_id] if incident.unit_id else [], self.work.today)
        school = names[incident.unit_id].name_vi if incident.unit_id else ""
        parties = [each["party"] for each in row.answers]
        paper = ViolationPaper(school, incident.code, person.name or "", row.text or "", parties, row.made_on)
        # Rendering waits in a queue, so it must not occupy a database connection.
        await self.work.commit_read()
        return await self.work.runtime.renderer.render(partial(render_violation_paper, paper))

    def _step(self, row: ViolationCommitment, act: str, reason: str | None = None) -> str:
        self.incidents.check_own(row)
        return VIOLATION_COMMITMENT_FLOW.step(row.state, act, reason).target

    async def _check_discipline(self, person: IncidentPerson, key: UUID | None) -> None:
        if key is None:
            return
        found = await DisciplineRepository(self.work.session).find(key)
        if found is None or found.person_id != person.id or found.withdrawn_at is not None:
            text = ("Học sinh không có hình thức kỷ luật này", "The pupil has no such measure")
            raise invalid("/discipline_id", "unknown_record", *text)

    async def _note(self, row: ViolationCommitment, kind: EventKind, **more: str) -> None:
        incident = await self.incidents.get(row.incident_id)
        self.incidents.add_event(incident, kind, {"person_id": str(row.person_id), **more})
        await self.work.flush()
