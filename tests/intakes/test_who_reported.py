"""An auditor, a watcher and a stolen backup do not show when an anonymous caller wrote.

The list is in docs/security.md.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from app.core.ids import new_id
from app.core.time import grid_line, utc_now
from app.jobs.handlers import HANDLERS
from app.jobs.worker import Worker
from app.models.accounts import User
from app.repositories.cases.clocks import ClockRepository
from app.repositories.intakes.messages import MessageRepository
from app.repositories.units import UnitRepository
from app.security.access.criteria import scoped_models
from app.security.access.elevation import SEEING_PENDING, ElevationReason
from app.security.access.roles import Role
from app.security.access.scope import ALL, Scope
from app.services.cases.escalations import escalate_overdue
from app.services.platform.jobs import JobKind
from tests.factories.audit import seal_audit_log
from tests.factories.http import API, list_ids, ok
from tests.factories.intakes import (
    RECEIPTS,
    create_intake_with_receipt,
    create_public_intake,
    read_thread,
    reply_to_reporter,
    solved_challenge,
    write_by_receipt,
)
from tests.factories.jobs import drain
from tests.factories.notices import list_unread_notices
from tests.factories.units import StaffedUnit, create_unit
from tests.intakes.backup import Clue, clues_of, moments_in, read_backup
from tests.world import Client, World

ANNOUNCED = (JobKind.ANNOUNCE_INTAKES, JobKind.ANNOUNCE_MESSAGES, JobKind.ANNOUNCE_DANGER, JobKind.FAN_OUT)
HOUR = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANONYMOUS = {"create_public_intake", "write_reporter_message", "get_thread", "get_receipt_status"}
PAGE = Path(__file__).parents[2] / "docs" / "security.md"
PHONE = "0912 345 678"
WHAT = ("intakes", "clocks")
Seen = dict[str, tuple[str | None, str]]


async def send_everything(world: World, school: StaffedUnit, receipt: str, **more: object) -> None:
    """All that somebody without an account can do, with and without a solved challenge and a key."""
    form: dict[str, Any] = {
        "unit_id": str(school.id),
        "narrative": "Chuyện bịa",
        "children": [{"estimated_age": 9}],
        "accused": [{"kind": "staff", "unit_id": str(world.units["school_b1"])}, {"kind": "pupil"}],
        "informant": {"consent": True, "name": "Bà Bịa", "phone": PHONE},
        "wants_proof_of_receipt": True,
        **more,
    }
    message = {"receipt": receipt, "text": "Còn nữa (bịa)", **more}
    for path, body in ((f"{API}/public/intakes", form), (f"{RECEIPTS}/messages", message)):
        ok(await world.anonymous.post(path, body), 201)
        proven = body | {"proof": await solved_challenge(world)}
        ok(await world.anonymous.post(path, proven, headers={"Idempotency-Key": uuid4().hex}), 201)
    for path in ("thread", "status"):
        ok(await world.anonymous.post(f"{RECEIPTS}/{path}", {"receipt": receipt}))


def is_on_grid(at: datetime) -> bool:
    return at == grid_line(at)


def off_grid(clues: list[Clue], began: datetime, ended: datetime) -> list[str]:
    """The columns that hold a moment off the grid of the acts of a span, or of what expires after them."""
    first, last = began - timedelta(milliseconds=1), ended + timedelta(days=2)
    found = (clue for clue in clues if first <= clue.at <= last and not is_on_grid(clue.at))
    return sorted({f"{clue.table}.{clue.column}" for clue in found})


class TestThief:
    @pytest.mark.parametrize("danger", [False, True])
    async def test_no_row_of_an_anonymous_caller_holds_a_moment_off_the_grid(
        self, world: World, school: StaffedUnit, *, danger: bool
    ) -> None:
        receipt, intake_id = await create_intake_with_receipt(world, school)
        ok(await reply_to_reporter(school.head, intake_id, "Chưa đọc (bịa)"), 201)
        before = await asyncio.to_thread(read_backup, world)
        began = utc_now()
        await send_everything(world, school, receipt, immediate_danger=danger)
        ended = utc_now()
        clues = list(clues_of(before, await asyncio.to_thread(read_backup, world)))
        written = {"intake", "accused_unit", "informant", "clock", "message", "data_key", "audit_entry"}
        written |= {"job", "idempotency_key", "spent_proof"}
        assert {clue.table for clue in clues} >= written
        scoped = {str(model.__table__.name): model for model in scoped_models()}  # type: ignore[attr-defined]
        delayed = {name for name, model in scoped.items() if model.__visible_from__ is not None}
        assert {clue.table for clue in clues} & scoped.keys() == delayed
        listed = PAGE.read_text("utf-8")
        assert [clue.table for clue in clues if f"`{clue.table}`" not in listed] == []
        assert off_grid(clues, began, ended) == []

    async def test_the_search_finds_the_second_in_which_staff_wrote(self, world: World, school: StaffedUnit) -> None:
        before = await asyncio.to_thread(read_backup, world)
        began = utc_now()
        await school.head.create_intake()
        ended = utc_now()
        clues = list(clues_of(before, await asyncio.to_thread(read_backup, world)))
        assert {"intake.id", "intake.recorded_at", "audit_entry.body"} <= set(off_grid(clues, began, ended))


async def test_the_log_has_no_line_of_an_anonymous_request(
    world: World, school: StaffedUnit, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt, _ = await create_intake_with_receipt(world, school)
    await send_everything(world, school, receipt)
    logged = "".join(capsys.readouterr())
    assert "/public/" not in logged
    assert f"{API}/intakes" in logged


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(HOUR + timedelta(minutes=3, seconds=7, microseconds=123456), tick=False) as traveller:
        yield traveller


@dataclass
class Watch:
    """A school whose staff look at all that they may see, at any second, while the worker does what is due."""

    world: World
    time: time_machine.Traveller
    school: StaffedUnit
    auditor: Client
    receipt: str
    intake_id: str
    incident_id: str

    async def at(self, minute: int, second: int = 0) -> None:
        self.time.move_to(HOUR + timedelta(minutes=minute, seconds=second), tick=False)
        for client in (*self.school.people.values(), self.auditor):
            self.world.renew(client)
        await drain(Worker(self.world.runtime, {kind: HANDLERS[kind] for kind in ANNOUNCED}))
        async with self.world.runtime.work(ALL) as work:
            await escalate_overdue(work)
            await work.commit()
        await seal_audit_log(self.world)

    async def look(self) -> Seen:
        """Every list, count, ETag and notice of the school."""
        intake, incident = f"{API}/intakes/{self.intake_id}", f"{API}/incidents/{self.incident_id}"
        lists = [f"{API}/{name}" for name in ("intakes", "clocks", "notices", "incidents", "escalations")]
        paths = [f"{API}/intakes?{wanted}=true&limit=500" for wanted in ("unread", "in_danger")]
        paths += [intake, f"{intake}/messages", incident, f"{incident}/timeline", f"{incident}/clocks"]
        answers = {path: await self.school.head.get(path, params={"limit": 500}) for path in lists}
        answers |= {path: await self.school.head.get(path) for path in paths}
        seen = {path: (answer.headers.get("ETag"), answer.text) for path, answer in answers.items()}
        assert {answer.status_code for answer in answers.values()} == {200}
        return seen

    async def anonymous_entries(self) -> list[dict[str, Any]]:
        """What the school's auditor finds of callers without an account."""
        entries = ok(await self.auditor.get(f"{API}/audit/entries", params={"limit": 500}))["items"]
        return [entry for entry in entries if entry["about"] in ANONYMOUS]

    async def search(self) -> int:
        """How many intakes a search by the informant's telephone number finds."""
        body = {"phone": PHONE, "reason": "Mất biên nhận (bịa)"}
        return len(ok(await self.school.head.post(f"{API}/intakes/informant-search", body), 201)["intake_ids"])


async def create_auditor(world: World, school: StaffedUnit) -> Client:
    name = f"auditor.{uuid4().hex[:8]}"
    async with world.runtime.work(ALL) as work:
        unit = await UnitRepository(work.session).get(school.id)
        work.session.add(
            User(
                id=new_id(),
                unit_id=unit.id,
                org_path=unit.org_path,
                username=name,
                full_name="Người Thử Kiểm Tra",
                role=Role.AUDITOR,
                password_hash="none",
                must_change_password=False,
                created_at=work.now,
            )
        )
        await work.commit()
    return await world.fresh_client(name)


@pytest.fixture
async def watch(world: World, time: time_machine.Traveller) -> Watch:
    """Three minutes past the hour, with a dialogue under way."""
    school = await create_unit(world)
    receipt, intake_id = await create_intake_with_receipt(world, school)
    incident_id = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)["id"]
    ok(await reply_to_reporter(school.head, intake_id, "Chưa đọc (bịa)"), 201)
    watch = Watch(world, time, school, await create_auditor(world, school), receipt, intake_id, incident_id)
    await watch.at(3, 8)
    return watch


class TestWatcher:
    async def test_nothing_changes_until_the_next_quarter(self, world: World, watch: Watch) -> None:
        first, anonymous = await watch.look(), await watch.anonymous_entries()
        for minute, second in ((3, 9), (7, 0), (12, 31), (14, 28)):
            await watch.at(minute, second)
            await send_everything(world, watch.school, watch.receipt)
            await watch.at(minute, second + 1)
            assert await watch.look() == first, (minute, second)
            assert await watch.anonymous_entries() == anonymous, (minute, second)
        await watch.at(14, 59)
        assert (await watch.look(), await watch.anonymous_entries(), await watch.search()) == (first, anonymous, 0)
        await watch.at(15)
        shown = await watch.look()
        intake, incident = f"{API}/intakes/{watch.intake_id}", f"{API}/incidents/{watch.incident_id}"
        changed = {f"{API}/intakes", f"{API}/clocks", f"{API}/notices", intake, f"{intake}/messages", incident}
        changed.add(f"{API}/intakes?unread=true&limit=500")
        assert {path for path in shown if shown[path] != first[path]} == changed
        assert len(await watch.anonymous_entries()) > len(anonymous)
        assert await watch.search() == 8

    async def test_what_is_shown_stays_as_it_is_for_a_quarter(self, world: World, watch: Watch) -> None:
        await send_everything(world, watch.school, watch.receipt)
        await watch.at(15)
        shown = await watch.look()
        await send_everything(world, watch.school, watch.receipt)
        await watch.at(29, 59)
        assert await watch.look() == shown

    async def test_nothing_is_committed_at_its_own_moment(self, world: World, watch: Watch) -> None:
        """A commit that ends after the quarter would be seen to be late, so its rows wait for the next."""
        await watch.at(14, 31)
        before = await list_ids(watch.school.head, "intakes")
        await create_public_intake(world, unit_id=str(watch.school.id), narrative="Bịa", immediate_danger=False)
        await watch.at(15)
        assert await list_ids(watch.school.head, "intakes") == before
        await watch.at(30)
        assert len(await list_ids(watch.school.head, "intakes") - before) == 1

    async def test_no_moment_that_staff_ever_read_is_off_the_grid(self, world: World, watch: Watch) -> None:
        await watch.at(5)
        await send_everything(world, watch.school, watch.receipt)
        await watch.at(15, 1)
        texts = [text for _, text in (await watch.look()).values()]
        sent = HOUR + timedelta(minutes=5)
        assert [at for text in texts for at in moments_in(text) if sent <= at < HOUR + timedelta(minutes=15)] == []

    async def test_staff_mark_only_what_they_see_as_read(self, world: World, watch: Watch) -> None:
        await send_everything(world, watch.school, watch.receipt)
        path = f"{API}/intakes/{watch.intake_id}"
        ok(await watch.school.head.post(f"{path}/messages/read"), 204)
        await watch.at(15)
        assert ok(await watch.school.head.get(path))["unread_messages"] == 2

    async def test_code_that_acts_beyond_a_scope_sees_no_more(self, world: World, watch: Watch) -> None:
        async def count(reason: ElevationReason) -> int:
            async with world.runtime.work(Scope(), write=False) as work, work.elevated(reason):
                return await MessageRepository(work.session).count_of_reporter(UUID(watch.intake_id))

        ok(await write_by_receipt(world, watch.receipt, "Cứu em (bịa)"), 201)
        await send_everything(world, watch.school, watch.receipt)
        seen = {reason: await count(reason) for reason in ElevationReason}
        assert {reason for reason in seen if seen[reason] == 3} == SEEING_PENDING
        assert set(seen.values()) == {1, 3}

    async def test_the_reporter_sees_everything_at_once(self, world: World, watch: Watch) -> None:
        await send_everything(world, watch.school, watch.receipt)
        entries = await read_thread(world, watch.receipt)
        assert [entry["kind"] for entry in entries] == ["system", "system", "staff", "reporter", "reporter"]


class TestUpdatedSince:
    async def test_it_answers_by_the_hour(self, world: World, watch: Watch) -> None:
        """Whatever moment is asked for, two reports of one hour come together or not at all."""
        schools = [await create_unit(world) for _ in range(2)]
        for minute, school in zip((4, 44), schools, strict=True):
            await watch.at(minute)
            await create_public_intake(world, unit_id=str(school.id), narrative="Bịa", immediate_danger=False)
        await watch.at(240)
        for school in schools:
            world.renew(school.head)
        answers = []
        for minute in range(-60, 240, 5):
            since = (HOUR + timedelta(minutes=minute, seconds=30)).isoformat()
            lists = ((school.head, what) for school in schools for what in WHAT)
            answers.append([bool(await list_ids(head, what, updated_since=since)) for head, what in lists])
        assert (answers[0], answers[-1]) == ([True] * 4, [False] * 4)
        assert all(len(set(answer)) == 1 for answer in answers)

    async def test_a_message_changes_its_intake_by_the_hour(self, world: World, watch: Watch) -> None:
        head, changes = watch.school.head, []
        await watch.at(125)
        assert await list_ids(head, "intakes", updated_since=utc_now().isoformat()) == set()
        ok(await world.anonymous.post(f"{RECEIPTS}/messages", {"receipt": watch.receipt, "text": "Còn nữa (bịa)"}), 201)
        await watch.at(400)
        for minute in range(0, 400, 5):
            since = (HOUR + timedelta(minutes=minute)).isoformat()
            changes.append((minute, watch.intake_id in await list_ids(head, "intakes", updated_since=since)))
        last = max(minute for minute, is_found in changes if is_found)
        assert last == 195, "the hour from 120 on, with a quarter and the thirty seconds of the grid"

    async def test_who_asks_from_its_last_poll_misses_nothing(self, world: World, watch: Watch) -> None:
        school, found = await create_unit(world), set[str]()
        last = HOUR + timedelta(minutes=20)
        await watch.at(20)
        for minute in range(21, 121):
            await watch.at(minute, 45)
            form = {"unit_id": str(school.id), "narrative": "Bịa", "immediate_danger": False}
            if minute % 7 == 0 or minute in {59, 60, 89}:
                await create_public_intake(world, **form)
            world.renew(school.head)
            found |= await list_ids(school.head, "intakes", updated_since=last.isoformat())
            last = utc_now()
        await watch.at(150)
        world.renew(school.head)
        found |= await list_ids(school.head, "intakes", updated_since=last.isoformat())
        assert found == await list_ids(school.head, "intakes") != set()


class TestAuditor:
    async def test_entries_and_proofs_name_no_moment_off_the_grid(self, world: World, watch: Watch) -> None:
        known = {entry["id"] for entry in await watch.anonymous_entries()}
        for minute in (4, 9):
            await watch.at(minute)
            await send_everything(world, watch.school, watch.receipt)
            await watch.school.head.create_intake()
        await watch.at(15)
        fresh = [entry for entry in await watch.anonymous_entries() if entry["id"] not in known]
        assert {entry["about"] for entry in fresh} == {"create_public_intake", "write_reporter_message"}
        line = HOUR + timedelta(minutes=15)
        for entry in fresh:
            proof = ok(await watch.auditor.get(f"{API}/audit/entries/{entry['id']}/proof"))
            assert datetime.fromisoformat(proof["sealed_at"]) == line
            assert datetime.fromisoformat(entry["at"]) == line
            moments = [*moments_in(str(entry)), *moments_in(str(proof))]
            assert [at for at in moments if at > HOUR and not is_on_grid(at)] == []
        assert len({entry["block"] for entry in fresh}) == 1


class TestImmediateDanger:
    async def test_it_is_shown_at_once_and_marked(self, world: World, watch: Watch) -> None:
        before = await list_ids(watch.school.head, "intakes")
        await create_public_intake(world, unit_id=str(watch.school.id), narrative="Bịa", immediate_danger=True)
        (intake_id,) = await list_ids(watch.school.head, "intakes") - before
        intake = ok(await watch.school.head.get(f"{API}/intakes/{intake_id}"))
        assert intake["immediate_danger"] is True
        assert "immediate_danger" not in intake["content"]
        ok(await write_by_receipt(world, watch.receipt, "Cứu em (bịa)"), 201)
        messages = ok(await watch.school.head.get(f"{API}/intakes/{watch.intake_id}/messages"))
        assert [(each["text"], each["immediate_danger"]) for each in messages][-1] == ("Cứu em (bịa)", True)

    async def test_the_holder_and_the_level_above_are_notified_at_once(self, world: World, watch: Watch) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        for _ in range(3):
            receipt = (await create_public_intake(world, unit_id=str(school.id), narrative="Bịa"))["receipt"]
        ok(await write_by_receipt(world, receipt, "Cứu em (bịa)"), 201)
        await watch.at(3, 9)
        for client in (school.head, bureau.officer):
            (notice,) = await list_unread_notices(client, "immediate_danger")
            assert notice["data"] == {"holder_id": str(school.id), "intakes": 3, "messages": 1}

    async def test_further_ones_are_counted_in_the_unread_notice(self, world: World, watch: Watch) -> None:
        bureau = await create_unit(world, "bureau", "department")
        school = await create_unit(world, under=bureau.id)
        for second in (9, 10):
            await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
            await watch.at(3, second)
        (notice,) = await list_unread_notices(school.head, "immediate_danger")
        assert notice["data"]["intakes"] == 2
        ok(await school.head.post(f"{API}/notices/{notice['id']}/read"))
        await create_public_intake(world, unit_id=str(school.id), narrative="Bịa")
        await watch.at(3, 11)
        (notice,) = await list_unread_notices(school.head, "immediate_danger")
        assert notice["data"]["intakes"] == 3


class TestClocks:
    async def test_they_count_from_the_hour_and_not_from_when_staff_see_it(self, world: World, watch: Watch) -> None:
        await watch.at(5)
        await create_public_intake(world, unit_id=str(watch.school.id), narrative="Bịa", immediate_danger=False)
        await watch.at(15)
        clocks = ok(await watch.school.head.get(f"{API}/clocks", params={"limit": 500}))["items"]
        (clock,) = [clock for clock in clocks if clock["rule_code"] == "attend_intake"]
        assert datetime.fromisoformat(clock["started_at"]) == HOUR
        assert datetime.fromisoformat(clock["due_at"]) == HOUR + timedelta(hours=24)

    async def test_one_that_is_over_before_staff_see_the_intake_escalates_then(
        self, world: World, watch: Watch
    ) -> None:
        await watch.at(5)
        receipt = (
            await create_public_intake(world, unit_id=str(watch.school.id), narrative="Bịa", immediate_danger=False)
        )["receipt"]
        async with world.runtime.work(ALL) as work:
            for clock in await ClockRepository(work.session).rows(ClockRepository(work.session).select()):
                if clock.org_path == (await UnitRepository(work.session).get(watch.school.id)).org_path:
                    clock.due_at = HOUR
            await work.commit()

        async def is_raised() -> bool:
            return bool(ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))["raised_above"])

        await watch.at(14, 59)
        assert not await is_raised()
        await watch.at(15)
        assert await is_raised()
