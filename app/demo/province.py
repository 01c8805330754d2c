"""The demonstration province: the real nine bureaus of Bến Tre in 2024, and invented schools, people and cases."""

import csv
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from importlib.resources import files

from app.core.ids import new_id
from app.core.time import VIETNAM
from app.demo.commitments import DemoCommitments
from app.demo.learners import SCHOOLS, DemoLearners
from app.demo.reports import DemoReports
from app.demo.rosters import DemoRosters
from app.demo.transfers import DemoTransfer
from app.models.accounts import User
from app.models.cases.incidents import Incident
from app.models.units import Unit
from app.schemas.cases.child_cases import AssessmentIn, ClosureIn, PlanDecisionIn, PlanIn
from app.schemas.cases.incidents import IncidentTransitionIn, PersonIn, SeverityIn
from app.schemas.intakes.forwardings import ForwardingIn
from app.schemas.intakes.intakes import IntakeForm
from app.schemas.intakes.set_asides import SetAsideIn
from app.schemas.proposals import GuardedAct, ProposalIn
from app.schemas.units import UnitDescription
from app.security.access.principal import Principal
from app.security.access.roles import Role
from app.services.cases.child_cases import CaseService
from app.services.cases.clocks import ClockService
from app.services.cases.closure_requirements import ClosureRequirements
from app.services.cases.custody import Custody
from app.services.cases.incidents import IncidentService
from app.services.cases.persons import PersonService
from app.services.intakes.forwardings import ForwardingService
from app.services.intakes.intakes import STAFF_LANE, IntakeService, record_intake
from app.services.intakes.set_asides import SetAsideService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.proposals.proposals import ProposalService
from app.services.units import UnitService

PASSWORD = "Demo-2024-An-Toan!"  # noqa: S105 — the demonstration's, printed at its start
ROUTES = {
    "acknowledged": ("acknowledge",),
    "assessing": ("acknowledge", "assess"),
    "assessed": ("acknowledge", "assess"),
    "intervening": ("acknowledge", "assess", "intervene"),
    "monitoring": ("acknowledge", "assess", "intervene", "monitor"),
    "closed": ("acknowledge", "assess", "intervene", "monitor", "close"),
    "dismissed": ("dismiss",),
}
ENDINGS = {"close": {"closing_reason": "safe_and_stable"}, "dismiss": {"dismissal_reason": "outside_scope"}}
# A grave case whose end its school proposes to the bureau.
PROPOSED = {
    "mh-008": ProposalIn(
        act=GuardedAct.CLOSE, closing_reason="safe_and_stable", reason="[Minh họa] Clip đã được gỡ, em đã ổn định"
    )
}
ASSESSED = AssessmentIn(
    harm={"harm_severity": "medium"}, capacity={"recovery": "medium"}, risk="medium", note="[Minh họa] Đánh giá ban đầu"
)
PLANNED = PlanIn.model_validate(
    {
        "goal": "[Minh họa] Trẻ an tâm đi học lại",
        "steps": [{"service": "counselling", "description": "[Minh họa] Tư vấn mỗi tuần"}],
    }
)
REVIEWED = AssessmentIn(
    harm={"harm_severity": "low"}, capacity={"recovery": "high"}, risk="low", note="[Minh họa] Rà soát"
)
CLOSED = ClosureIn(no_longer_at_risk=True, is_stable=True, evidence="[Minh họa] Biên bản rà soát")


class DemoProvince:
    """Deterministic for a seed, except unguessable keys and ids."""

    def __init__(self, work: UnitOfWork, seed: int) -> None:
        self.work = work
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 — invented data, no secret
        self.units: dict[str, Unit] = {}
        self.users: dict[str, User] = {}

    async def build(self) -> None:
        if await UnitService(self.work).any_exist():
            return
        await self._found_units()
        await self._create_users()
        await self._count_pupils()
        learners = DemoLearners(self._as, self.users, self.seed)
        await learners.build()
        await DemoCommitments(self._as, tuple(SCHOOLS)).build()
        await DemoTransfer(self.work, self._as_at).build(learners.entered[0])
        await self._take_in_cases()
        await self._take_in_strays()
        await DemoReports(self.work, self._as_at, self.units, self.users, self.random.randrange(1 << 30)).build()

    async def _found_units(self) -> None:
        service = UnitService(self.work)
        for row in rows("units"):
            parent = self.units.get(row["parent_key"])
            self.units[row["key"]] = await self._found(service, row, parent)
        await self.work.flush()

    async def _found(self, service: UnitService, row: dict[str, str], parent: Unit | None) -> Unit:
        description = UnitDescription(
            name_vi=row["name_vi"],
            name_en=row["name_en"] or None,
            code=row["code"] or None,
            levels=row["levels"].split(";") if row["levels"] else [],
            ownership=row["ownership"] or None,
            remote=row["remote"] == "true",
            effective_on=date.fromisoformat(row["valid_from"]),
            decision_number=row["decision_number"] or "minh họa",
        )
        return await service.create_unchecked(row["kind"], parent, description)

    async def _create_users(self) -> None:
        password_hash = await self.work.runtime.passwords.hash(PASSWORD)
        for row in rows("users"):
            unit = self.units[row["unit_key"]]
            user = User(
                unit_id=unit.id,
                org_path=unit.org_path,
                username=row["username"],
                full_name=row["full_name"],
                role=row["role"],
                password_hash=password_hash,
                must_change_password=False,
                created_at=self.work.now,
            )
            self.users[user.username] = user
            self.work.session.add(user)
        await self.work.flush()

    async def _count_pupils(self) -> None:
        schools = [
            (self.units[row["key"]], row["levels"].split(";"))
            for row in rows("units")
            if row["kind"] == "school" and row["levels"]
        ]
        await DemoRosters(self.work, self.seed, self.users["so.chuyenvien"].id).count(schools)

    async def _take_in_cases(self) -> None:
        for row in rows("incidents"):
            await self._take_in(row)

    async def _take_in(self, row: dict[str, str]) -> None:
        intakes, incidents = IntakeService(self.work), IncidentService(self.work)
        unit = self.units[row["unit_key"]]
        people = [_person(text) for text in row["people"].split(";") if text]
        form = IntakeForm(
            group=row["group"],
            forms=row["forms"].split(";") if row["forms"] else [],
            location=row["location"],
            occurred_on=date.fromisoformat(row["occurred_on"]),
            narrative=row["narrative_vi"],
        )
        decision = await Custody(self.work).assign(unit, [])
        received = datetime.combine(form.occurred_on or self.work.today, time(8), VIETNAM)
        received += timedelta(minutes=self.random.randrange(600))
        _, incident = await intakes.record_for_unit(unit, decision, form, row["source_channel"], received)
        for person in people:
            await PersonService(self.work).add(incident, person)
        await incidents.judge(incident, SeverityIn(severity=row["severity"], reason="Minh họa"))
        for action in ROUTES.get(row["state"], ()):
            if action == "close" and not await ClosureRequirements(self.work).are_met(incident):
                await self._see_through(incident)
            # The department's head ends a grave case, as the level above.
            acting = IncidentService(self._as_head()) if action in ENDINGS else incidents
            step = IncidentTransitionIn(action=action, reason="Minh họa", **ENDINGS.get(action, {}))
            await acting.transition(incident, step)
        if row["key"] in PROPOSED:
            officer = self._as(f"{row['unit_key']}.canbo")
            await ProposalService(officer).propose(
                await IncidentService(officer).get(incident.id), PROPOSED[row["key"]]
            )

    async def _take_in_strays(self) -> None:
        """Intakes of the department that name no unit: forwarded, set aside or waiting."""
        department, head = self.units["so"], self._as_head()
        for row in rows("intakes"):
            form = IntakeForm(group=row["group"], narrative=row["narrative_vi"])
            intake = record_intake(self.work, form, None, department, STAFF_LANE, row["source_channel"])
            await self.work.flush()
            await ClockService(self.work).wait(intake)
            if row["forwarded_to"]:
                to = ForwardingIn(unit_id=self.units[row["forwarded_to"]].id, reason="Minh họa", accuses_nobody=True)
                await ForwardingService(head).forward(intake.id, to)
            if row["set_aside_reason"]:
                aside = SetAsideIn(reason=row["set_aside_reason"], note="Minh họa")
                await SetAsideService(head).set_aside(intake.id, aside)

    async def _see_through(self, incident: Incident) -> None:
        """Take each victim's case to its closure, with the decisions of the department's head."""
        service, head = CaseService(self.work), CaseService(self._as_head())
        for person in await PersonService(self.work).of(incident):
            if person.role != "victim":
                continue
            case = await service.open(incident, person.id)
            await service.assess(case, ASSESSED)
            plan = await service.submit_plan(case, PLANNED)
            await head.decide(case, plan, PlanDecisionIn(decision="approve"))
            await service.assess(case, REVIEWED)
            await head.close(case, CLOSED)

    def _as_head(self) -> UnitOfWork:
        return self._as("so.lanhdao")

    def _as_at(self, username: str, at: datetime) -> UnitOfWork:
        """As `_as`, at a moment of the past."""
        work = self._as(username)
        work.now = at
        return work

    def _as(self, username: str) -> UnitOfWork:
        """The same unit of work with one of the users as its actor."""
        user = self.users[username]
        principal = Principal(user.id, Role(user.role), user.unit_id, user.org_path, new_id(), user.full_name)
        return UnitOfWork(self.work.session, self.work.scope, principal, self.work.runtime)


def _person(text: str) -> PersonIn:
    role, kind, sex, age = text.split("/")
    return PersonIn(role=role, kind=kind, sex=sex or "unknown", estimated_age=int(age) if age else None)


def rows(name: str) -> Iterator[dict[str, str]]:
    text = files("app.demo").joinpath(f"data/{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())
