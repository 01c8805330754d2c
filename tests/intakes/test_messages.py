"""Messages by a receipt: both sides write, neither learns who the other is, and overdue replies are visible."""

import json
import runpy
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from sqlalchemy import select

from app.core.text import fold
from app.core.time import local_date, next_grid_line, utc_now
from app.models.intakes.messages import Message
from app.repositories.cases.clocks import ClockRepository
from app.security.access.scope import ALL
from app.security.receipts.signed_receipts import ReceiptSigner, receipt_hash
from app.services.cases.escalations import escalate_overdue
from app.services.notices.notices import announce_messages
from tests.factories.cases import dismiss, transition
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.intakes import (
    RECEIPTS,
    create_intake_with_receipt,
    create_public_intake,
    read_thread,
    reply_to_reporter,
    write_by_receipt,
)
from tests.factories.units import StaffedUnit
from tests.world import Client, World

SCRIPT = Path(__file__).parents[2] / "docs" / "verify_receipt.py"


async def test_both_sides_write_and_neither_learns_who_the_other_is(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    ok(await write_by_receipt(world, receipt, "Em sợ lắm (bịa)"), 201)
    ok(await reply_to_reporter(school.counsellor, intake_id, "Thầy cô đang xem xét (bịa)"), 201)
    entries = await read_thread(world, receipt)
    assert [(e["kind"], e["text"]) for e in entries if e["kind"] != "system"] == [
        ("reporter", "Em sợ lắm (bịa)"),
        ("staff", "Thầy cô đang xem xét (bịa)"),
    ]
    assert entries[-1]["by"] == "Cơ sở giáo dục"
    assert str(school.counsellor.user_id) not in str(entries)
    assert str(school.id) not in str(entries)
    seen = ok(await school.head.get(f"{API}/intakes/{intake_id}/messages"))
    assert [m["written_by"] for m in seen] == [None, str(school.counsellor.user_id)]


async def test_each_side_sees_that_the_other_has_read(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    assert (await read_thread(world, receipt))[-1]["is_read"] is False
    path = f"{API}/intakes/{intake_id}"
    assert ok(await school.head.get(path))["unread_messages"] == 1
    ok(await school.head.post(f"{path}/messages/read"), 204)
    assert ok(await school.head.get(path))["unread_messages"] == 0
    assert (await read_thread(world, receipt))[-1]["is_read"] is True
    ok(await reply_to_reporter(school.head, intake_id, "Bịa"), 201)
    assert ok(await school.head.get(f"{path}/messages"))[-1]["is_read"] is False
    await read_thread(world, receipt)
    assert ok(await school.head.get(f"{path}/messages"))[-1]["is_read"] is False
    with time_machine.travel(next_grid_line(utc_now())):
        world.renew(school.head)
        assert ok(await school.head.get(f"{path}/messages"))[-1]["is_read"] is True


async def test_what_happens_by_itself_stands_between(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    incident = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
    path = f"{API}/incidents/{incident['id']}"
    ok(await dismiss(school.head, path))
    assert [e["code"] for e in await read_thread(world, receipt)] == ["received", "taken_up", "closed"]
    assert (await read_thread(world, receipt, "en"))[1]["text"] == "Somebody is looking into it."
    ok(await transition(school.head, path, "reopen", reason="Bịa"))
    assert [e["code"] for e in await read_thread(world, receipt)] == ["received", "taken_up"]


async def test_both_answers_to_a_receipt_say_the_same(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)

    async def said() -> tuple[str, str]:
        last = [e["code"] for e in await read_thread(world, receipt)][-1]
        return last, ok(await world.anonymous.post(f"{RECEIPTS}/status", {"receipt": receipt}))["state"]

    assert await said() == ("received", "received")
    incident = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
    assert await said() == ("taken_up", "in_progress")
    path = f"{API}/incidents/{incident['id']}"
    ok(await dismiss(school.head, path))
    assert await said() == ("closed", "closed")
    ok(await transition(school.head, path, "reopen", reason="Bịa"))
    assert await said() == ("taken_up", "in_progress")


async def test_escalation_by_a_missed_clock_is_shown_automatically(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    async with world.runtime.work(ALL) as work:
        for clock in await ClockRepository(work.session).of_intake(UUID(intake_id)):
            clock.due_at = work.now
        await work.flush()
        await escalate_overdue(work)
        await work.commit()
    assert "raised_above" in [e["code"] for e in await read_thread(world, receipt)]


async def test_incident_shows_the_unread_count(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    incident = ok(await school.head.post(f"{API}/intakes/{intake_id}/incident"), 201)
    ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    assert ok(await school.head.incident(incident["id"]))["unread_messages"] == 1


async def test_intakes_of_danger_and_those_with_unread_messages_are_listed_apart(
    world: World, school: StaffedUnit, bureau_a: Client
) -> None:
    quiet = (await school.head.create_intake(open_incident=False))["id"]
    receipt, urgent = await create_intake_with_receipt(world, school)

    async def listed(client: Client, wanted: str, value: str = "true") -> set[str]:
        found = ok(await client.get(f"{API}/intakes", params={"limit": 500, wanted: value}))["items"]
        return {intake["id"] for intake in found} & {quiet, urgent}

    for client in (school.head, bureau_a):
        assert await listed(client, "in_danger") == {urgent}
        assert await listed(client, "in_danger", "false") == {quiet}
        assert await listed(client, "unread") == set()
    ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    for client in (school.head, bureau_a):
        assert await listed(client, "unread") == {urgent}
        assert await listed(client, "unread", "false") == {quiet}
    assert await listed(await world.client("b1.head"), "unread") == set()
    ok(await school.head.post(f"{API}/intakes/{urgent}/messages/read"), 204)
    assert await listed(bureau_a, "unread") == set()


async def test_many_messages_are_one_notice(world: World, school: StaffedUnit) -> None:
    receipt, _ = await create_intake_with_receipt(world, school)
    for _ in range(5):
        ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    async with world.runtime.work(ALL) as work:
        await announce_messages(work, {"unit_id": str(school.id)})
        await work.commit()
    found = ok(await school.head.get(f"{API}/notices", params={"limit": 500}))["items"]
    assert [n["data"] for n in found if n["kind"] == "messages_waiting"] == [{"unread": 5}]


async def test_a_wrong_receipt_finds_and_writes_nothing(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    wrong = " ".join(reversed(receipt.split()))
    assert_problem(await write_by_receipt(world, wrong, "Bịa"), 404, "not_found")
    assert_problem(await world.anonymous.post(f"{RECEIPTS}/thread", {"receipt": wrong}), 404, "not_found")
    assert ok(await school.head.get(f"{API}/intakes/{intake_id}/messages")) == []


async def test_invalid_receipts_do_not_slow_others(
    world: World, school: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt, _ = await create_intake_with_receipt(world, school)
    proofs = world.runtime.proof_of_work
    monkeypatch.setattr(proofs, "_seen", deque())
    monkeypatch.setattr(proofs, "_calm", 1)
    for _ in range(5):
        assert_problem(await write_by_receipt(world, "một hai ba bốn năm sáu bảy tám", "Bịa"), 404, "not_found")
    assert proofs.pressure() == 1
    for _ in range(2):
        ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    assert proofs.pressure() == 2


async def test_other_units_and_partners_cannot_see_the_dialogue(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    ok(await write_by_receipt(world, receipt, "Bịa"), 201)
    for name in ("b1.head", "congan.partner", "a1.teacher"):
        answer = await (await world.client(name)).get(f"{API}/intakes/{intake_id}/messages")
        assert answer.status_code in {403, 404}, name
    assert_problem(await reply_to_reporter(await world.client("b1.head"), intake_id, "Bịa"), 404, "not_found")
    assert len(ok(await (await world.client("phong_a.officer")).get(f"{API}/intakes/{intake_id}/messages"))) == 1


async def test_messages_about_the_head_stay_above_the_head(world: World, school: StaffedUnit) -> None:
    receipt = (
        await create_public_intake(world, unit_id=str(school.id), narrative="Bịa", accused=[{"kind": "school_leader"}])
    )["receipt"]
    ok(await write_by_receipt(world, receipt, "Thầy hiệu trưởng dọa em (bịa)"), 201)
    officer = await world.client("phong_a.officer")
    (intake_id,) = [each["id"] for each in await list_items(officer, "intakes") if each["unit_id"] == str(school.id)]
    assert len(ok(await officer.get(f"{API}/intakes/{intake_id}/messages"))) == 1
    assert_problem(await school.head.get(f"{API}/intakes/{intake_id}/messages"), 404, "not_found")
    ok(await reply_to_reporter(officer, intake_id, "Phòng đang xem xét (bịa)"), 201)
    assert (await read_thread(world, receipt))[-1]["by"] == "Phòng Giáo dục và Đào tạo"


async def test_staff_intake_has_no_reporter_to_write_to(school: StaffedUnit) -> None:
    intake = await school.head.create_intake()
    assert_problem(await reply_to_reporter(school.head, intake["id"], "Bịa"), 409, "wrong_state")


async def test_the_words_are_not_in_the_table(world: World, school: StaffedUnit) -> None:
    receipt, intake_id = await create_intake_with_receipt(world, school)
    ok(await write_by_receipt(world, receipt, "canhbaobimat"), 201)
    async with world.runtime.work(ALL, write=False) as work:
        (row,) = await work.session.scalars(select(Message).where(Message.intake_id == UUID(intake_id)))
        assert row.sealed
        assert "canhbaobimat" not in row.sealed


class TestProof:
    async def test_proof_is_optional_and_reveals_no_content(self, world: World, school: StaffedUnit) -> None:
        assert (await create_public_intake(world, narrative="Bịa"))["proof_of_receipt"] is None
        answer = await create_public_intake(world, narrative="Bịa", unit_id=str(school.id), wants_proof_of_receipt=True)
        payload = json.loads(answer["proof_of_receipt"]["payload"])
        assert set(payload) == {"v", "receipt_hash", "level", "day", "kid"}
        assert payload["level"] == "province"
        assert payload["receipt_hash"] == receipt_hash(answer["receipt"])

    async def test_a_short_script_checks_it_offline_and_no_altered_one_passes(
        self, world: World, tmp_path: Path
    ) -> None:
        answer = await create_public_intake(world, narrative="Bịa", wants_proof_of_receipt=True)
        keys = ok(await world.anonymous.get("/.well-known/receipt-keys.json"))
        good = answer["proof_of_receipt"]
        assert _checked(tmp_path, good, keys, answer["receipt"]).startswith("received on")
        assert _checked(tmp_path, good, keys, fold(answer["receipt"]).upper()).startswith("received on")
        assert _checked(tmp_path, good, keys, " ".join(reversed(answer["receipt"].split()))) == ""
        assert len(SCRIPT.read_text("utf-8").splitlines()) <= 20

    async def test_no_mutation_is_accepted(self, world: World, tmp_path: Path) -> None:
        answer = await create_public_intake(world, narrative="Bịa", wants_proof_of_receipt=True)
        keys = ok(await world.anonymous.get("/.well-known/receipt-keys.json"))
        good = answer["proof_of_receipt"]
        accepted = [
            candidate for candidate in _mutations(good) if _checked(tmp_path, candidate, keys, answer["receipt"])
        ]
        assert accepted == []
        assert len(list(_mutations(good))) >= 1_000

    async def test_proofs_outlive_the_key_that_made_them(self, world: World, tmp_path: Path) -> None:
        answer = await create_public_intake(world, narrative="Bịa", wants_proof_of_receipt=True)
        signer = ReceiptSigner(world.runtime.settings.keys_dir)
        former = signer.published()[-1]["kid"]
        kid = signer.rotate(local_date(utc_now()))
        keys = ok(await world.anonymous.get("/.well-known/receipt-keys.json"))
        assert [k["kid"] for k in keys["keys"]][-2:] == [former, kid]
        assert _checked(tmp_path, answer["proof_of_receipt"], keys, answer["receipt"]).startswith("received on")
        later = await create_public_intake(world, narrative="Bịa", wants_proof_of_receipt=True)
        assert json.loads(later["proof_of_receipt"]["payload"])["kid"] == kid


def _checked(folder: Path, proof: dict[str, str], keys: object, receipt: str) -> str:
    """What the script of the docs says; nothing where it refuses."""
    paths = [folder / "proof.json", folder / "receipt_keys.json"]
    for path, content in zip(paths, (proof, keys), strict=True):
        path.write_text(json.dumps(content), "utf-8")
    said, former = StringIO(), sys.argv
    sys.argv = [str(SCRIPT), *map(str, paths), *receipt.split()]
    try:
        with redirect_stdout(said):
            runpy.run_path(str(SCRIPT))
    except (SystemExit, InvalidSignature, ValueError, KeyError, StopIteration, TypeError):
        return ""
    finally:
        sys.argv = former
    return said.getvalue()


def _mutations(proof: dict[str, str]) -> Iterator[dict[str, str]]:
    """One character of payload or signature changed to another that may stand there."""
    for member in ("payload", "signature"):
        text = proof[member]
        for index, sign in enumerate(text):
            # The padding, and the last sign's unused bits, decode to the same signature.
            if member == "signature" and index >= len(text) - 3:
                continue
            for other in {"A", "b", "1", "0", "7"} - {sign}:
                yield {**proof, member: text[:index] + other + text[index + 1 :]}
