"""Real cases under a clock that the test sets: HTTP and the worker, a second before a time is over and a second after.

A world of its own: what is written on another day must not meet the other tests. All of it invented.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
import time_machine
from sqlalchemy import delete

from app.core.time import utc_now
from app.jobs.handlers import HANDLERS
from app.jobs.worker import Worker
from app.models.platform.jobs import Job
from app.repositories.accounts import UserRepository
from app.security.access.scope import ALL
from app.services.platform.jobs import JobKind
from tests.conftest import ENGINES
from tests.factories.cases import list_clocks, set_severity, transition
from tests.factories.child_cases import CLOSURE, REVIEW, open_child_cases_with_severity, post_to_case
from tests.factories.http import API, assert_problem, ok
from tests.factories.intakes import create_public_intake
from tests.factories.jobs import drain
from tests.factories.notices import list_unread_notices
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World, open_world

WORKED = (JobKind.ESCALATE, JobKind.ANNOUNCE_INTAKES)
SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture(scope="module", params=ENGINES)
async def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    async with open_world(tmp_path_factory.mktemp(f"over-time-{request.param}"), server) as opened:
        yield opened


def moment(text: str) -> datetime:
    """A moment by the clocks of Việt Nam."""
    return datetime.fromisoformat(f"{text}+07:00")


@dataclass
class Scene:
    """A bureau and a school of its own, and the time, which stands still until it is moved."""

    world: World
    time: time_machine.Traveller
    bureau: StaffedUnit
    school: StaffedUnit

    async def at(self, when: datetime) -> None:
        """Move to a moment; everybody signs in anew, for a token lasts minutes."""
        self.time.move_to(when, tick=False)
        for place in (self.bureau, self.school):
            for name, client in place.people.items():
                place.people[name] = await self._again(client)

    async def later(self, **span: float) -> None:
        await self.at(utc_now() + timedelta(**span))

    async def work(self) -> None:
        """A worker that has just begun does what is due now."""
        async with self.world.runtime.work(ALL) as work:
            await work.session.execute(delete(Job).where(Job.kind == JobKind.ESCALATE))
            await work.commit()
        worker = Worker(self.world.runtime, {kind: HANDLERS[kind] for kind in WORKED})
        await worker.schedule()
        await drain(worker)

    async def _again(self, client: Client) -> Client:
        async with self.world.runtime.work(ALL, write=False) as work:
            user = await UserRepository(work.session).get(client.user_id)  # type: ignore[arg-type]
        return await self.world.fresh_client(user.username)


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(moment("2026-01-05T08:00:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
async def scene(world: World, time: time_machine.Traveller) -> Scene:
    bureau = await create_unit(world, "bureau", "department")
    return Scene(world, time, bureau, await create_unit(world, under=bureau.id))


@dataclass(frozen=True)
class ReportedCase:
    """An anonymous report, and the incident that the school opened from it."""

    scene: Scene
    receipt: str
    incident_id: str

    @property
    def path(self) -> str:
        return f"{API}/incidents/{self.incident_id}"

    async def escalated(self) -> list[tuple[str, str]]:
        """From which unit to which."""
        found = ok(await self.scene.bureau.officer.get(f"{self.path}/escalations"))
        return [(each["from_unit_id"], each["to_unit_id"]) for each in found]


async def is_raised(world: World, receipt: str) -> bool:
    """What the reporter sees by the receipt."""
    return bool(ok(await world.anonymous.post(f"{API}/public/receipts/status", {"receipt": receipt}))["raised_above"])


async def heard(scene: Scene, received: datetime, children: list[dict[str, Any]] | None = None) -> ReportedCase:
    """A critical case received at a moment and opened within minutes; its hourly clocks are met."""
    await scene.at(received)
    form = {"unit_id": str(scene.school.id), "narrative": "Bịa", "group": "child_abuse"}
    receipt = (await create_public_intake(scene.world, **form, children=children or [{"estimated_age": 9}]))["receipt"]
    await scene.later(minutes=5)
    head = scene.school.head
    (intake,) = ok(await head.get(f"{API}/intakes"))["items"]
    incident_id = ok(await head.post(f"{API}/intakes/{intake['id']}/incident"), 201)["id"]
    path = f"{API}/incidents/{incident_id}"
    ok(await transition(head, path, "acknowledge"))
    ok(await set_severity(head, incident_id, "critical"), 201)
    for done in ("family_notified", "protection_notified"):
        await record_act(head, path, done)
    return ReportedCase(scene, receipt, incident_id)


async def record_act(client: Client, path: str, act: str) -> None:
    ok(await client.post(f"{path}/acts", {"act": act, "done_at": utc_now().isoformat()}), 201)


async def runs_out(reported: ReportedCase, rule: str, due: datetime) -> None:
    """Nothing a second before; a second after, it is escalated, both units are notified, and the reporter sees it."""
    scene = reported.scene
    clock = (await list_clocks(scene.school.head, reported.incident_id))[rule]
    assert datetime.fromisoformat(clock["due_at"]) == due
    await scene.at(due - SECOND)
    await scene.work()
    assert (await reported.escalated(), await is_raised(scene.world, reported.receipt)) == ([], False)
    assert (
        await list_unread_notices(scene.school.head, "escalated")
        == await list_unread_notices(scene.bureau.officer, "escalated")
        == []
    )
    await scene.at(due + SECOND)
    await scene.work()
    assert await reported.escalated() == [(str(scene.school.id), str(scene.bureau.id))]
    for unit in (scene.school.head, scene.bureau.officer):
        (notice,) = await list_unread_notices(unit, "escalated")
        assert (notice["incident_id"], notice["data"]["clock"]) == (reported.incident_id, rule)
    assert await is_raised(scene.world, reported.receipt)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-02-16T20:00:00", "2026-02-17T08:00:00", id="eve of Tết"),
        # An anonymous report's time is rounded down to the hour; the legal deadline is never later for it.
        pytest.param("2026-03-10T23:30:00", "2026-03-11T11:00:00", id="night"),
        pytest.param("2026-03-13T16:30:00", "2026-03-14T04:00:00", id="Friday"),
        pytest.param("2026-11-23T18:00:00", "2026-11-24T06:00:00", id="23 November"),
    ],
)
async def test_twelve_hours_run_over_night_and_holidays(scene: Scene, received: str, due: str) -> None:
    """Decree 56/2017 art. 26.3; domain edge case 17."""
    case = await heard(scene, moment(received))
    await runs_out(case, "emergency_measures", moment(due))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # Off from 16 to 22 February; the 23rd is the first working day.
        pytest.param("2026-02-16T20:00:00", "2026-02-28T00:00:00", id="eve of Tết"),
        pytest.param("2026-03-10T23:30:00", "2026-03-18T00:00:00", id="night"),
        pytest.param("2026-03-13T16:30:00", "2026-03-21T00:00:00", id="Friday"),
        # The 24th is the Day of Vietnamese Culture, a holiday from 2026.
        pytest.param("2026-11-23T18:00:00", "2026-12-02T00:00:00", id="23 November"),
        pytest.param("2026-03-09T23:59:59", "2026-03-17T00:00:00", id="last second of a day"),
        pytest.param("2026-03-10T00:00:00", "2026-03-18T00:00:00", id="first second of a day"),
    ],
)
async def test_five_working_days_do_not_and_end_at_midnight_in_viet_nam(scene: Scene, received: str, due: str) -> None:
    """Decree 56/2017 art. 28.1; Civil Code arts. 147, 148. The zone is Asia/Ho_Chi_Minh, which is seven hours ahead."""
    case = await heard(scene, moment(received))
    await record_act(scene.school.head, case.path, "emergency_measures_taken")
    await runs_out(case, "support_plan", moment(due))


async def test_an_act_in_the_last_second_is_in_time(scene: Scene) -> None:
    case = await heard(scene, moment("2026-03-10T23:00:00"))
    await scene.at(moment("2026-03-11T10:59:59"))
    await record_act(scene.school.head, case.path, "emergency_measures_taken")
    await scene.later(seconds=2)
    await scene.work()
    assert (await list_clocks(scene.school.head, case.incident_id))["emergency_measures"]["state"] == "met"
    assert (await case.escalated(), await is_raised(scene.world, case.receipt)) == ([], False)


async def test_intake_unopened_for_a_day_is_escalated_and_shown_by_the_receipt(
    scene: Scene,
) -> None:
    received = moment("2026-02-16T20:00:00")
    await scene.at(received)
    form = {"unit_id": str(scene.school.id), "narrative": "Bịa", "immediate_danger": False}
    receipt = (await create_public_intake(scene.world, **form))["receipt"]
    await scene.later(minutes=15)
    await scene.work()
    (notice,) = await list_unread_notices(scene.school.head, "intakes_waiting")
    assert notice["data"] == {"unproven": 1}
    due = received + timedelta(hours=24)
    await scene.at(due - SECOND)
    await scene.work()
    assert not await is_raised(scene.world, receipt)
    assert len(await list_unread_notices(scene.school.head, "intakes_waiting")) == 1
    assert await list_unread_notices(scene.bureau.officer, "intakes_waiting") == []
    await scene.at(due + SECOND)
    await scene.work()
    assert await is_raised(scene.world, receipt)
    newest, _ = await list_unread_notices(scene.school.head, "intakes_waiting")
    (above,) = await list_unread_notices(scene.bureau.officer, "intakes_waiting")
    assert (newest["data"], above["data"]) == ({"unproven": 1, "late": 1}, {"raised": 1})


async def test_a_victim_who_turns_sixteen_meanwhile_is_a_child_throughout(scene: Scene) -> None:
    """Law on Children art. 1, on the day of the event; domain edge case 7."""
    case = await heard(
        scene, moment("2026-03-10T09:00:00"), [{"birth_date": "2010-03-12"}, {"birth_date": "2010-03-10"}]
    )
    head = scene.school.head
    persons = {p["birth_date"]: p for p in ok(await head.get(f"{case.path}/persons"))}
    opened = ok(await head.post(f"{case.path}/cases", {"person_id": persons["2010-03-12"]["id"]}), 201)
    ok(await transition(head, case.path, "intervene"))
    for day in ("2026-03-10", "2026-03-12", "2027-03-12"):
        await scene.at(max(moment(f"{day}T10:00:00"), utc_now()))
        head = scene.school.head
        persons = {p["birth_date"]: p["is_child"] for p in ok(await head.get(f"{case.path}/persons"))}
        assert persons == {"2010-03-12": True, "2010-03-10": False}
        assert ok(await head.get(f"{API}/cases/{opened['id']}"))["is_child"] is True
    assert_problem(await transition(head, case.path, "close", reason="Bịa"), 409, "open_cases")


@pytest.mark.parametrize("days", [30, 90])
async def test_missing_recurrence_check_of_one_child_is_escalated(scene: Scene, days: int) -> None:
    """Product, after Decree 56/2017 art. 30.1c."""
    await scene.at(moment("2026-03-11T09:00:00"))
    incident_id, (one, other) = await open_child_cases_with_severity(scene.school, "low", 2)
    for case_id in (one, other):
        ok(await post_to_case(scene.school.counsellor, case_id, "assessments", REVIEW), 201)
        ok(await post_to_case(scene.school.head, case_id, "closure", CLOSURE))
    path = f"{API}/incidents/{incident_id}"
    for action in ("acknowledge", "intervene", "close"):
        ok(await transition(scene.school.head, path, action, reason="Bịa"))
    closed_at, rule = utc_now(), f"recurrence_{days}"

    async def check(case_id: str, number: int = days) -> None:
        done = {"act": f"recurrence_checked_{number}", "done_at": utc_now().isoformat(), "case_id": case_id}
        ok(await scene.school.head.post(f"{path}/acts", done), 201)

    await scene.later(days=29)
    for case_id in (one, other):
        if days == 90:
            await check(case_id, 30)
    await check(one)
    await scene.at(closed_at + timedelta(days=days) - SECOND)
    await scene.work()
    assert await list_unread_notices(scene.bureau.officer, "escalated") == []
    await scene.at(closed_at + timedelta(days=days) + SECOND)
    await scene.work()
    for unit in (scene.school.head, scene.bureau.officer):
        (notice,) = await list_unread_notices(unit, "escalated")
        assert (notice["incident_id"], notice["data"]["clock"]) == (incident_id, rule)
    assert (await list_clocks(scene.school.head, incident_id))[rule]["state"] == "missed"
    await check(other)
    assert (await list_clocks(scene.school.head, incident_id))[rule]["state"] == "met_late"
