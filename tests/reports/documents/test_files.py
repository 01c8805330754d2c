"""Files of a report: evidence in its draft, and the scan of what was issued."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from app.models.reports.reports import Report
from app.security.access.scope import ALL
from tests.factories.attachments import JPEG, create_attachment, fetch_link, stored_objects, sweep_attachments
from tests.factories.http import API, assert_problem, ok
from tests.factories.privacy import YEAR, destroy_due_records, set_retention_periods
from tests.factories.report_files import (
    add_evidence,
    add_issued,
    create_chain_with_evidence,
    destroy_file,
    download,
    file_path,
    list_files,
)
from tests.factories.reports import Chain, act, begin, fill, submit
from tests.factories.units import StaffedUnit
from tests.files.samples import TEXT
from tests.world import World

RETURN = {"items": [{"item": "PROOF", "reason": "does_not_match", "text": "Thiếu (bịa)"}]}


@pytest.fixture
async def chain(world: World) -> Chain:
    """One school whose report is a draft."""
    chain = await create_chain_with_evidence(world)
    await begin(chain.schools[0].officer, chain.report(chain.schools[0]))
    return chain


@pytest.fixture
def school(chain: Chain) -> StaffedUnit:
    return chain.schools[0]


@pytest.fixture
def report(chain: Chain) -> str:
    return chain.report(chain.schools[0])


async def hand_in(school: StaffedUnit, report: str) -> None:
    ok(await fill(school.officer, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))
    ok(await submit(school.head, report))


class TestEvidence:
    async def test_it_is_listed_noted_and_downloaded_unchanged(self, school: StaffedUnit, report: str) -> None:
        file = ok(await add_evidence(school.officer, report, title="Biên bản, bịa"), 201)
        assert (file["purpose"], file["item"], file["number"], file["version_digest"]) == ("evidence", "PROOF", 1, None)
        assert (file["title"], file["size"], file["kind"]) == ("Biên bản, bịa", len(TEXT), "text")
        assert await list_files(school.head, report) == [file]
        assert ok(await school.head.get(file_path(file))) == file
        assert (await download(school.head, file)).content == TEXT
        event = ok(await school.head.get(f"{report}/timeline"))[-1]
        assert (event["kind"], event["data"]["file_id"]) == ("file_added", file["id"])

    async def test_the_same_file_again_is_the_one_that_is_there(
        self, world: World, school: StaffedUnit, report: str
    ) -> None:
        file = ok(await add_evidence(school.officer, report), 201)
        before = await stored_objects(world)
        again = await add_evidence(school.head, report)
        assert (again.status_code, again.json()) == (200, file)
        assert await stored_objects(world) == before

    async def test_a_picture_has_a_copy_without_metadata(self, school: StaffedUnit, report: str) -> None:
        file = ok(await add_evidence(school.officer, report, JPEG), 201)
        assert file["variants"] == ["shared", "original"]
        assert (await download(school.head, file, "shared")).headers["Content-Type"] == "image/jpeg"

    @pytest.mark.parametrize("item", ["SITUATION", "NONE"])
    async def test_it_is_for_an_item_that_asks_for_it(self, school: StaffedUnit, report: str, item: str) -> None:
        refused = await add_evidence(school.officer, report, item=item)
        assert_problem(refused, 422, "no_evidence_item", "item")

    async def test_it_is_seen_above_once_it_is_submitted(self, chain: Chain, school: StaffedUnit, report: str) -> None:
        file = ok(await add_evidence(school.officer, report), 201)
        above = chain.bureau.officer
        assert await list_files(above, report) == []
        assert_problem(await above.get(file_path(file)), 404, "not_found")
        assert_problem(await download(above, file), 404, "not_found")
        await hand_in(school, report)
        assert await list_files(above, report) == [file]
        assert (await download(above, file)).content == TEXT

    async def test_who_cannot_add_it(self, world: World, chain: Chain, school: StaffedUnit, report: str) -> None:
        assert_problem(await add_evidence(chain.bureau.officer, report), 403, "forbidden")
        assert_problem(await add_evidence(school.counsellor, report), 403, "forbidden")
        assert_problem(await add_evidence(world.anonymous, report), 401, "not_signed_in")
        neighbour = await create_chain_with_evidence(world)
        assert_problem(await add_evidence(neighbour.schools[0].head, report), 404, "not_found")
        assert await list_files(school.head, report) == []

    async def test_a_submitted_report_takes_none_and_a_returned_one_does(
        self, chain: Chain, school: StaffedUnit, report: str
    ) -> None:
        await hand_in(school, report)
        assert_problem(await add_evidence(school.officer, report), 409, "wrong_state")
        ok(await act(chain.bureau.officer, report, "return", RETURN))
        file = ok(await add_evidence(school.officer, report), 201)
        assert file["number"] == 2
        assert await list_files(chain.bureau.officer, report) == [], "the second version is a draft"

    async def test_a_report_has_room_for_so_many_files(
        self, world: World, school: StaffedUnit, report: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(world.runtime.settings.__dict__, "files_per_report", 1)
        ok(await add_evidence(school.officer, report), 201)
        assert_problem(await add_evidence(school.officer, report, b"another"), 409, "report_files_full")


class TestWhatWasIssued:
    async def test_it_is_bound_to_the_submitted_version(self, chain: Chain, school: StaffedUnit, report: str) -> None:
        await hand_in(school, report)
        digest = ok(await school.head.get(f"{report}/versions/1"))["digest"]
        file = ok(await add_issued(school.head, report), 201)
        assert (file["purpose"], file["number"], file["version_digest"], file["item"]) == ("issued", 1, digest, None)
        assert (await download(chain.bureau.officer, file)).content == TEXT

    async def test_a_draft_has_none(self, school: StaffedUnit, report: str) -> None:
        assert_problem(await add_issued(school.head, report), 409, "wrong_state")
        assert_problem(await add_issued(school.head, report, number=2), 404, "not_found")

    async def test_who_signs_adds_it(self, chain: Chain, school: StaffedUnit, report: str) -> None:
        await hand_in(school, report)
        assert_problem(await add_issued(school.officer, report), 403, "forbidden")
        assert_problem(await add_issued(chain.bureau.officer, report), 403, "forbidden")


class TestDestruction:
    async def test_a_mistaken_file_of_a_draft_leaves_a_tombstone(
        self, world: World, school: StaffedUnit, report: str
    ) -> None:
        before = await stored_objects(world)
        file = ok(await add_evidence(school.officer, report), 201)
        ok(await destroy_file(school.officer, file), 204)
        assert await stored_objects(world) == before
        (tombstone,) = await list_files(school.head, report)
        assert tombstone["destroyed_at"] is not None
        assert (tombstone["title"], tombstone["sha256"], tombstone["variants"]) == (None, None, [])
        assert_problem(await download(school.head, file), 404, "not_found")
        ok(await destroy_file(school.officer, file), 204)
        assert (await add_evidence(school.officer, report)).status_code == 201, "the same file may come again"

    async def test_what_was_submitted_stays(self, chain: Chain, school: StaffedUnit, report: str) -> None:
        file = ok(await add_evidence(school.officer, report), 201)
        await hand_in(school, report)
        assert_problem(await destroy_file(school.officer, file), 409, "wrong_state")
        assert_problem(await destroy_file(chain.bureau.officer, file), 403, "forbidden")
        ok(await act(chain.bureau.officer, report, "return", RETURN))
        assert_problem(await destroy_file(school.officer, file), 409, "wrong_state")

    async def test_of_a_report_whose_key_is_destroyed_nothing_opens(
        self, world: World, school: StaffedUnit, report: str
    ) -> None:
        file = ok(await add_evidence(school.officer, report), 201)
        await set_retention_periods(world)
        async with world.runtime.work(ALL) as work:
            locked = update(Report).where(Report.id == UUID(file["report_id"]))
            await work.session.execute(locked.values(state="locked", locked_at=work.now - 21 * YEAR))
            await work.commit()
        await destroy_due_records(world)
        (shown,) = await list_files(school.head, report)
        assert (shown["title"], shown["sha256"], shown["variants"]) == (None, None, [])
        assert_problem(await download(school.head, file), 404, "not_found")
        before = len(await stored_objects(world))
        await sweep_attachments(world, after=timedelta(days=2))
        assert len(await stored_objects(world)) == before - 1


class TestLinks:
    async def test_a_link_opens_a_file_of_its_own_kind_alone(
        self, school: StaffedUnit, report: str, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident)
        file = ok(await add_evidence(school.head, report), 201)
        made = ok(await school.head.post(f"{file_path(file)}/links", {"variant": "original"}), 201)
        token = made["url"].partition("?token=")[2]
        assert (await fetch_link(school.head, made["url"], Range="bytes=0-3")).content == TEXT[:4]
        for path in (f"{API}/attachments/{attachment['id']}", f"{API}/attachments/{file['id']}"):
            assert_problem(await fetch_link(school.head, f"{path}/content?token={token}"), 404, "not_found")

    async def test_it_ends_with_what_its_holder_may_see(self, world: World, school: StaffedUnit, report: str) -> None:
        file = ok(await add_evidence(school.head, report), 201)
        url = ok(await school.head.post(f"{file_path(file)}/links", {"variant": "original"}), 201)["url"]
        ok(await destroy_file(school.head, file), 204)
        assert_problem(await world.anonymous.http.get(url), 404, "not_found")
