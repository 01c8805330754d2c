"""Search for an informant by the complete phone number: with a reason, notified upward, within the line only.

All of it is invented.
"""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from app.models.audit import AuditEntry
from app.models.intakes.informants import Informant, InformantSearch
from app.repositories.privacy.shredding import ShreddingRepository
from app.security.access.scope import ALL
from app.security.crypto.blind_index import BYTES, BlindIndex
from app.security.crypto.keys import KeyRing
from app.services.intakes.informants import InformantService
from app.services.intakes.intakes import phone_columns, phone_indexes
from app.services.privacy.shredding import replay_ledger
from tests.factories.canaries import dump_database
from tests.factories.http import API, assert_problem, ok
from tests.factories.intakes import create_public_intake
from tests.factories.privacy import create_ended_case, destroy_due_records, set_retention_periods
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

SEARCH = f"{API}/intakes/informant-search"
NUMBERS = iter(range(910_000_000, 920_000_000, 7919))
REASON = "Người báo tin gọi lại, mất biên nhận (bịa)"


@pytest.fixture
def phone() -> str:
    """A number that nobody else has, as people write it."""
    digits = f"0{next(NUMBERS)}"
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


async def left_by(client: Client, phone: str) -> str:
    """An intake whose informant left a number."""
    return str((await client.create_intake(informant={"consent": True, "name": "Bà Bịa", "phone": phone}))["id"])


async def search(client: Client, phone: str, reason: str = REASON) -> httpx.Response:
    return await client.post(SEARCH, {"phone": phone, "reason": reason})


async def found(client: Client, phone: str) -> list[str]:
    intake_ids: list[str] = ok(await search(client, phone), 201)["intake_ids"]
    return intake_ids


async def notices(client: Client) -> list[dict[str, Any]]:
    page = ok(await client.get(f"{API}/notices", params={"limit": 500}))
    return [each["data"] for each in page["items"] if each["kind"] == "informant_searched"]


class TestFinding:
    async def test_the_number_finds_its_intakes_however_it_is_written(self, world: World, school: StaffedUnit) -> None:
        phone = "0987 000 111"
        first = await left_by(school.head, phone)
        await create_public_intake(
            world, unit_id=str(school.id), narrative="Bịa", informant={"consent": True, "phone": "0987000111"}
        )
        for written in (
            "0987000111",
            "098.700.0111",
            "+84 987 000 111",
            "84987000111",
            "0084987000111",
            "+84(0)987000111",
        ):
            both = await found(school.head, written)
            assert len(both) == 2, written
            assert first in both

    async def test_neither_a_part_of_it_nor_a_neighbour_does(self, school: StaffedUnit, phone: str) -> None:
        await left_by(school.head, phone)
        assert await found(school.head, phone[:-1] + str((int(phone[-1]) + 1) % 10)) == []
        for part in (phone[:-1], phone[-4:], "111", "+84", phone + "0"):
            assert_problem(await search(school.head, part), 422, "not_a_phone_number", "/phone")

    async def test_incomplete_number_is_stored_but_not_found(self, school: StaffedUnit) -> None:
        intake_id = await left_by(school.head, "4321")
        opened = ok(await school.head.post(f"{API}/intakes/{intake_id}/informant", {"reason": REASON}))
        assert opened["phone"] == "4321"

    @pytest.mark.parametrize(
        "copied",
        [
            "\u202d{}\u202c",
            "tel:{}",
            "{}\u00a0(mẹ)",
            "\u2066{}\u2069\u200b",
            "Zalo: {}",
        ],
    )
    async def test_a_number_copied_from_a_chat_is_taken_and_found(
        self, school: StaffedUnit, phone: str, copied: str
    ) -> None:
        intake_id = await left_by(school.head, copied.format(phone.replace(" ", "\u2013")))
        assert await found(school.head, copied.format(phone)) == [intake_id]
        opened = ok(await school.head.post(f"{API}/intakes/{intake_id}/informant", {"reason": REASON}))
        assert opened["numbers"] == ["+84" + phone.replace(" ", "")[1:]]
        assert opened["phone"].isprintable()
        assert "tel:" not in opened["phone"]

    @pytest.mark.parametrize("between", ["/", " / ", ", ", "; ", "\n", " - ", " (mẹ) / "])
    async def test_two_numbers_stay_two_and_either_finds_the_intake(
        self, school: StaffedUnit, phone: str, between: str
    ) -> None:
        other = f"0{next(NUMBERS)}"
        intake_id = await left_by(school.head, f"{phone}{between}{other}")
        for one in (phone, other, f"{other} / {phone}"):
            assert await found(school.head, one) == [intake_id]
        opened = ok(await school.head.post(f"{API}/intakes/{intake_id}/informant", {"reason": REASON}))
        assert opened["numbers"] == [f"+84{phone.replace(' ', '')[1:]}", f"+84{other[1:]}"]

    async def test_another_line_finds_nothing(self, world: World, school: StaffedUnit, phone: str) -> None:
        intake_id = await left_by(school.head, phone)
        neighbour, away = await create_unit(world), await create_unit(world, under="bureau_b")
        for stranger in (neighbour.head, away.head, await world.client("phong_b.officer")):
            assert await found(stranger, phone) == []
        for above in ("phong_a.officer", "so.head"):
            assert await found(await world.client(above), phone) == [intake_id]

    async def test_nor_does_the_accused_unit(self, school: StaffedUnit, phone: str, bureau_a: Client) -> None:
        who = {"consent": True, "phone": phone}
        intake = await school.counsellor.create_intake(informant=who, accused=[{"kind": "staff", "name": "Người Bịa"}])
        assert await found(school.head, phone) == []
        assert await found(bureau_a, phone) == [intake["id"]]

    async def test_only_those_who_may_open_an_informant_search(
        self, world: World, school: StaffedUnit, phone: str
    ) -> None:
        for name in ("so.inspector", "so.auditor", "so.admin", "congan.partner"):
            assert_problem(await search(await world.client(name), phone), 403, "forbidden")
        assert_problem(await search(school.teacher, phone), 403, "forbidden")
        assert_problem(await search(world.anonymous, phone), 401, "not_signed_in")


class TestKeeping:
    async def test_a_reason_is_required(self, school: StaffedUnit, phone: str) -> None:
        assert_problem(await search(school.head, phone, " "), 422, "string_too_short", "/reason")
        assert_problem(await school.head.post(SEARCH, {"phone": phone}), 422, "missing", "/reason")

    async def test_each_search_is_recorded_with_its_reason(
        self, world: World, school: StaffedUnit, phone: str, bureau_a: Client
    ) -> None:
        missed = ok(await search(school.head, phone), 201)
        intake_id = await left_by(school.head, phone)
        hit = ok(await search(school.counsellor, phone), 201)
        for made, ids in ((missed, []), (hit, [intake_id])):
            stored = ok(await bureau_a.get(f"{SEARCH}/{made['id']}"))
            assert (stored["reason"], stored["intake_ids"]) == (REASON, ids)
        assert (hit["by_role"], hit["searched_by"]) == ("counsellor", str(school.counsellor.user_id))
        neighbour = await create_unit(world)
        assert_problem(await neighbour.head.get(f"{SEARCH}/{hit['id']}"), 404, "not_found")

    async def test_each_search_notifies_only_the_level_above(
        self, school: StaffedUnit, phone: str, bureau_a: Client, bureau_b: Client
    ) -> None:
        made = [ok(await search(school.head, phone), 201)]
        await left_by(school.head, phone)
        made.append(ok(await search(school.head, phone), 201))
        expected = {each["id"]: count for count, each in enumerate(made)}
        heard = {each["search_id"]: each["found"] for each in await notices(bureau_a) if each["search_id"] in expected}
        assert heard == expected
        for beside in (school.head, bureau_b):
            assert not expected.keys() & {each["search_id"] for each in await notices(beside)}

    async def test_the_audit_log_names_who_searched_and_never_the_number(
        self, world: World, school: StaffedUnit, phone: str
    ) -> None:
        await left_by(school.head, phone)
        made = ok(await search(school.head, phone), 201)
        async with world.runtime.work(ALL, write=False) as work:
            query = select(AuditEntry.body).where(AuditEntry.about == "search_informant")
            bodies = [body for body in await work.session.scalars(query) if made["id"] in body]
        (entry,) = [json.loads(body) for body in bodies if "insert" in body]
        assert entry["actor"] == str(school.head.user_id)
        assert entry["written"]["informant_search"] == {"insert": [made["id"]]}
        assert phone.replace(" ", "")[1:] not in bodies[0]

    async def test_url_never_contains_the_number(self, world: World, school: StaffedUnit, phone: str) -> None:
        answer = await school.head.post(f"{SEARCH}?phone={phone}", {"reason": REASON})
        assert answer.status_code in {400, 422}
        assert phone not in ok(await search(school.head, phone), 201).values()
        parameters = world.app.openapi()["paths"][SEARCH]["post"].get("parameters", [])
        assert not [each for each in parameters if each["in"] in {"query", "path"}]


class TestTheDatabase:
    async def test_index_contains_neither_the_number_nor_a_guessable_hash(
        self, world: World, school: StaffedUnit, phone: str, tmp_path: Path
    ) -> None:
        intake_id = await left_by(school.head, phone)
        await found(school.head, phone)
        national = phone.replace(" ", "")[1:]
        texts = [f"{prefix}{national}" for prefix in ("", "0", "84", "+84", "informant.phone|+84")] + [phone]
        guesses = [text.encode() for text in texts[1:]]
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
            hashes = [hashlib.new(name, text.encode()).digest() for text in texts]
            guesses += [form for each in hashes for form in (each[:BYTES], each[:BYTES].hex().encode())]
        for content in dump_database(world, tmp_path / "copy.db"):
            assert not [guess for guess in guesses if guess in content]
        index = await self.index(world, intake_id)
        assert len(index or "") == 2 * BYTES
        assert any((index or "").encode() in content for content in dump_database(world, tmp_path / "again.db"))

    async def test_a_number_is_bound_to_its_column_and_its_key(self, tmp_path: Path) -> None:
        one, other = (KeyRing.open(tmp_path / name).secret("blind-index") for name in ("one", "other"))
        written = {
            *BlindIndex(one).of_phones("informant.phone", "0912345678"),
            *BlindIndex(one).of_phones("user.phone", "0912345678"),
            *BlindIndex(other).of_phones("informant.phone", "0912345678"),
        }
        assert len(written) == 3

    async def test_the_index_goes_with_the_informants_key(self, world: World, school: StaffedUnit) -> None:
        await set_retention_periods(world)
        record = await create_ended_case(school, years=2.5)
        assert await found(school.head, "0900000000") == [record.intake_id]
        await destroy_due_records(world)
        assert await self.index(world, record.intake_id) is None
        assert await found(school.head, "0900000000") == []

    async def test_one_that_a_restore_brought_back_goes_again(self, world: World, school: StaffedUnit) -> None:
        await set_retention_periods(world)
        record = await create_ended_case(school, years=2.5)
        await destroy_due_records(world)
        async with world.runtime.work(ALL) as work:
            await work.session.execute(
                update(Informant)
                .where(Informant.intake_id == UUID(record.intake_id))
                .values(**phone_columns(work, "0900000000 / 0911222333"))
                .execution_options(synchronize_session=False)
            )
            await work.commit()
        assert await found(school.head, "0911222333") == [record.intake_id]
        await replay_ledger(world.runtime)
        assert await found(school.head, "0911222333") == []
        assert await self.index(world, record.intake_id) is None

    async def test_new_master_secret_rebuilds_every_index(
        self, world: World, school: StaffedUnit, phone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        intake_id = await left_by(school.head, phone)
        before = await self.index(world, intake_id)
        monkeypatch.setattr(world.runtime.ring, "_master", KeyRing.open(tmp_path / "ring")._master)
        assert await self.reindexed(world) > 0
        assert await self.index(world, intake_id) not in {before, None}
        async with world.runtime.work(ALL, write=False) as work:
            assert await InformantService(work).intakes.by_informants_phone(phone_indexes(work, phone)) == [
                UUID(intake_id)
            ]
        monkeypatch.undo()
        await self.reindexed(world)
        assert await self.index(world, intake_id) == before

    async def test_reason_is_destroyed_with_the_search(self, world: World, school: StaffedUnit, phone: str) -> None:
        await set_retention_periods(world)
        made = ok(await search(school.head, phone), 201)
        async with world.runtime.work(ALL) as work:
            stored = await work.session.get_one(InformantSearch, UUID(made["id"]))
            stored.searched_at -= timedelta(days=6 * 366)
            await work.commit()
            (shred,) = await ShreddingRepository(work.session).keys_of("informant_search", UUID(made["id"]))
        await destroy_due_records(world)
        seen = ok(await school.head.get(f"{SEARCH}/{made['id']}"))
        assert (seen["reason"], seen["code"]) == (None, made["code"])
        async with world.runtime.work(ALL, write=False) as work:
            assert await ShreddingRepository(work.session).alive([shred.key_id]) == set()

    async def index(self, world: World, intake_id: str) -> str | None:
        async with world.runtime.work(ALL, write=False) as work:
            query = select(Informant.phone_index).where(Informant.intake_id == UUID(intake_id))
            value: str | None = await work.session.scalar(query)
            return value

    async def reindexed(self, world: World) -> int:
        async with world.runtime.work(ALL) as work:
            return await InformantService(work).reindex()
