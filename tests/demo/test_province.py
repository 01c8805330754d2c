"""The demonstration province builds on both engines, once, and serves every role."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from app.core.ids import new_id
from app.core.paging import PageRequest
from app.demo.province import ROUTES, DemoProvince
from app.models.accounts import User
from app.models.cases.incidents import Incident, IncidentPerson, IncidentSeverity
from app.models.commitments.agreements import AgreementObligation, CommitmentAgreement
from app.models.commitments.campaigns import CommitmentCampaign
from app.models.commitments.classes import CommitmentCount
from app.models.intakes.intakes import Intake, IntakeLink
from app.models.intakes.set_asides import IntakeSetAside
from app.models.learners.classes import ClassTeacher, SchoolClass
from app.models.learners.enrolments import Enrolment
from app.models.learners.learners import Learner
from app.models.learners.transfers import TransferFilter
from app.models.proposals import Proposal
from app.models.reports.reports import Report
from app.models.school_years.roster_counts import RosterCount
from app.models.units import Unit, UnitVersion
from app.schemas.cases.flows import INCIDENT_FLOW
from app.schemas.reports.flow import REPORT_FLOW
from app.schemas.reports.issues import Audience, DocumentFormat
from app.security.access.principal import Principal
from app.security.access.roles import CLIENT_ROLES, Role
from app.security.access.scope import ALL, Scope
from app.services.learners.transfers import TransferService
from app.services.platform.unit_of_work import UnitOfWork
from app.services.reports.documents.documents import DocumentService
from app.services.setup.migrating import migrate
from app.services.setup.reference_data import load_reference_data
from app.services.setup.start import open_runtime
from app.services.work.work import WorkService
from tests.conftest import ENGINES
from tests.engines.databases import create_database
from tests.engines.postgres import Postgres
from tests.world import settings_for

CASES = 40
# Who seems to have moved has a record, a class and an enrolment at a third school.
MOVED = 1


@pytest_asyncio.fixture(params=ENGINES, scope="module")
async def work(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[UnitOfWork]:
    database = None
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres_server")
        database = create_database(server, "demo")
    settings = settings_for(tmp_path_factory.mktemp("demo"), database)
    settings.data_dir.mkdir(parents=True)
    await asyncio.to_thread(migrate, settings.owner_url)
    runtime = open_runtime(settings)
    async with runtime.work(ALL) as building:
        await load_reference_data(building)
        await DemoProvince(building, 42).build()
        await building.commit()
    async with runtime.work(ALL) as reading:
        yield reading
    await runtime.close()


async def count(work: UnitOfWork, model: type) -> int:
    return int(await work.session.scalar(select(func.count()).select_from(model)) or 0)


async def principal_of(work: UnitOfWork, username: str) -> Principal:
    user = (await work.session.scalars(select(User).where(User.username == username))).one()
    return Principal(user.id, Role(user.role), user.unit_id, user.org_path, new_id(), user.full_name)


async def test_there_are_nine_bureaus_and_sixty_schools_or_more(work: UnitOfWork) -> None:
    rows = (await work.session.execute(select(Unit.kind, func.count()).group_by(Unit.kind))).all()
    kinds = {row[0]: row[1] for row in rows}
    assert (kinds["ministry"], kinds["department"], kinds["bureau"]) == (1, 1, 9)
    assert kinds["school"] >= 60


async def test_two_schools_have_invented_learners_in_classes(work: UnitOfWork) -> None:
    names = list(await work.session.scalars(select(Learner.full_name)))
    assert len(names) == 60 + MOVED
    assert all("Minh Họa" in (name or "") for name in names)
    assert await count(work, Enrolment) == 60 + MOVED
    classes = list(await work.session.scalars(select(SchoolClass)))
    assert (len(classes), len({each.unit_id for each in classes})) == (4 + MOVED, 2 + MOVED)
    taught = set(await work.session.scalars(select(ClassTeacher.class_id)))
    assert len(taught) == 2
    left = list(await work.session.scalars(select(Learner.left_at).where(Learner.left_at.is_not(None))))
    assert len(left) == 4


async def test_a_learner_who_seems_to_have_moved_waits_for_the_old_school(work: UnitOfWork) -> None:
    said = {}
    for school in ("th.829.01", "th.829.02", "thcs.829.01"):
        principal = await principal_of(work, f"{school}.hieutruong")
        async with work.runtime.work(Scope.of(principal), principal, write=False) as acting:
            waiting = {each.kind.kind: each.waiting.count for each in await WorkService(acting).waiting()}
            sides = (await TransferService(acting).page(PageRequest(5, None), TransferFilter())).items
            said[school] = (waiting["learner_transfers_to_confirm"], [each.side for each in sides])
    assert said == {"th.829.01": (1, ["departure"]), "th.829.02": (0, ["arrival"]), "thcs.829.01": (0, [])}


async def test_a_campaign_is_half_way(work: UnitOfWork) -> None:
    assert await count(work, CommitmentCampaign) == 1
    totals = select(func.sum(CommitmentCount.owed), func.sum(CommitmentCount.settled), func.sum(CommitmentCount.signed))
    owed, settled, signed = (await work.session.execute(totals)).one()
    assert (owed, settled) == (2 * 56, 56)
    assert settled / 2 < signed < settled
    signatures = select(CommitmentAgreement.kind, func.count()).join(
        AgreementObligation, AgreementObligation.agreement_id == CommitmentAgreement.id
    )
    signatures = signatures.where(AgreementObligation.state == "signed").group_by(CommitmentAgreement.kind)
    assert dict((await work.session.execute(signatures)).all()) == {"school_police": 1, "teacher_principal": 3}


async def test_every_role_of_people_has_somebody(work: UnitOfWork) -> None:
    roles = set(await work.session.scalars(select(User.role).distinct()))
    assert roles == set(Role) - CLIENT_ROLES


async def test_users_stand_where_their_unit_stands(work: UnitOfWork) -> None:
    paths = {unit.id: unit.org_path for unit in await work.session.scalars(select(Unit))}
    users = {user.id: user for user in await work.session.scalars(select(User))}
    assert users
    assert {key: user.org_path for key, user in users.items()} == {k: paths[u.unit_id] for k, u in users.items()}


async def test_every_case_has_its_intake_persons_and_severity(work: UnitOfWork) -> None:
    cases = await count(work, Incident)
    assert cases >= CASES
    assert await count(work, IntakeLink) == await count(work, IncidentSeverity) == cases
    with_persons = set(await work.session.scalars(select(IncidentPerson.incident_id)))
    assert len(with_persons) == cases


async def test_intakes_that_name_no_unit_are_forwarded_set_aside_or_waiting(work: UnitOfWork) -> None:
    kinds = {unit.id: unit.kind for unit in await work.session.scalars(select(Unit))}
    linked = select(IntakeLink.intake_id)
    strays = list(await work.session.scalars(select(Intake).where(Intake.id.not_in(linked))))
    aside = set(await work.session.scalars(select(IntakeSetAside.intake_id)))
    stands = sorted(("aside" if stray.id in aside else kinds[stray.holder_id]) for stray in strays)
    assert stands == ["aside", "aside", "department", "school"]


async def test_cases_stand_in_states_of_the_flow(work: UnitOfWork) -> None:
    states = set(await work.session.scalars(select(Incident.state)))
    assert states <= set(INCIDENT_FLOW.states)
    assert {"received", "closed", "dismissed"} <= states
    for actions in ROUTES.values():
        state = INCIDENT_FLOW.initial
        for action in actions:
            state = INCIDENT_FLOW.step(state, action, "Bịa").target


async def test_the_end_of_a_grave_case_waits_for_the_decision_of_its_bureau(work: UnitOfWork) -> None:
    found = await work.session.execute(select(Proposal.act, Proposal.state, Incident.severity).join(Incident))
    assert [tuple(row) for row in found] == [("close", "proposed", "high")]


async def test_it_is_built_once(work: UnitOfWork) -> None:
    before = [await count(work, model) for model in (Unit, User, Incident)]
    await DemoProvince(work, 42).build()
    assert [await count(work, model) for model in (Unit, User, Incident)] == before


async def test_every_school_has_a_roster_count_of_each_of_its_levels(work: UnitOfWork) -> None:
    counts = list(await work.session.scalars(select(RosterCount)))
    levels = {(row.unit_id, level) for row in await work.session.scalars(select(UnitVersion)) for level in row.levels}
    for moment in (("2023-2024", "start"), ("2023-2024", "end"), ("2025-2026", "end")):
        counted = {(row.unit_id, row.school_level) for row in counts if (row.school_year, row.moment) == moment}
        assert counted == levels
    assert {row.source for row in counts} == {"[Minh họa] Số liệu giả định"}
    assert min(row.pupils for row in counts) > 0


async def test_the_departments_report_is_locked_and_those_of_bureaus_are_in_every_state(work: UnitOfWork) -> None:
    found = await work.session.execute(select(Unit.kind, Report.state).join(Unit, Unit.id == Report.unit_id))
    rows = {(kind, state) for kind, state in found}
    assert {state for kind, state in rows if kind == "bureau"} == set(REPORT_FLOW.states)
    assert {state for kind, state in rows if kind == "department"} == {"locked"}


async def test_the_departments_report_has_its_documents_and_a_form_for_the_public(work: UnitOfWork) -> None:
    principal = await principal_of(work, "so.lanhdao")
    acting = UnitOfWork(work.session, work.scope, principal, work.runtime)
    report = (await work.session.scalars(select(Report).where(Report.unit_id == principal.unit_id))).one()
    documents = DocumentService(acting)
    whole = json.loads((await documents.render(report, DocumentFormat.JSON, Audience.CHAIN)).content)
    public = json.loads((await documents.render(report, DocumentFormat.JSON, Audience.PUBLIC)).content)
    assert (whole["coverage"]["owed"], whole["coverage"]["reported"]) == (26, 12)
    assert "hidden" not in {figure["status"] for figure in whole["figures"]}
    assert "hidden" in {figure["status"] for figure in public["figures"]}
    pdf = await documents.render(report, DocumentFormat.PDF, Audience.CHAIN)
    assert pdf.content.startswith(b"%PDF")
