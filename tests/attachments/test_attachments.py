"""Attachments: who may add, see, fetch and destroy them."""

import asyncio
import io
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from PIL import Image

from app.repositories.attachments import AttachmentRepository
from app.security.access.scope import ALL
from app.services.attachments import AttachmentService
from tests.factories.accounts import create_integration_client
from tests.factories.attachments import (
    JPEG,
    MIB,
    create_attachment,
    create_link,
    destroy_attachment,
    drop_copy,
    fetch_link,
    list_attachments,
    release_attachment,
    request_link,
    stored_objects,
    upload_attachment,
)
from tests.factories.cases import set_severity
from tests.factories.http import API, assert_problem, ok
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.files.samples import CANARIES, MP4, TEXT, office, samples_with_metadata
from tests.world import Client, World

WITH_METADATA_ONLY = samples_with_metadata()


@pytest.fixture
async def incident(school: StaffedUnit) -> str:
    """One that is assessed, and not grave: its holder destroys its files."""
    incident_id = str((await school.head.create_intake())["incident_id"])
    ok(await set_severity(school.head, incident_id, "low"), 201)
    return incident_id


class TestAddingAFile:
    async def test_upload_is_listed_audited_and_downloaded_unchanged(self, school: StaffedUnit, incident: str) -> None:
        attachment = await create_attachment(school.counsellor, incident, title="Lời kể, bịa “để thử”")
        assert (attachment["kind"], attachment["size"], attachment["title"]) == (
            "text",
            len(TEXT),
            "Lời kể, bịa “để thử”",
        )
        assert await list_attachments(school.head, incident) == [attachment]
        assert ok(await school.head.get(f"{API}/attachments/{attachment['id']}")) == attachment
        event = ok(await school.head.get(f"{API}/incidents/{incident}/timeline"))[-1]
        assert (event["kind"], event["data"]) == (
            "attachment_added",
            {"attachment_id": attachment["id"], "kind": "text"},
        )
        assert (await fetch_link(school.head, await create_link(school.head, attachment["id"]))).content == TEXT

    async def test_empty_content_is_read_as_empty(self, world: World, school: StaffedUnit, incident: str) -> None:
        attachment = await create_attachment(school.head, incident)
        async with world.runtime.work(ALL) as work:
            (await AttachmentRepository(work.session).get(UUID(attachment["id"]))).size = 0
            await work.commit()
        answer = await fetch_link(school.head, await create_link(school.head, attachment["id"]))
        assert (answer.status_code, answer.content) == (200, b"")

    async def test_the_same_file_again_is_the_one_that_is_there(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident)
        before = await stored_objects(world)
        again = await upload_attachment(school.head, incident)
        assert (again.status_code, again.json()) == (200, attachment)
        assert await stored_objects(world) == before
        other = str((await school.head.create_intake())["incident_id"])
        assert (await create_attachment(school.head, other))["id"] != attachment["id"], (
            "in another incident it is another file"
        )

    async def test_twins_at_once_become_one(self, school: StaffedUnit, incident: str) -> None:
        uploaders = [school.head, school.counsellor] * 2
        answers = await asyncio.gather(*(upload_attachment(client, incident) for client in uploaders))
        assert {answer.status_code for answer in answers} <= {200, 201, 409, 503}
        assert len(await list_attachments(school.head, incident)) == 1

    @pytest.mark.parametrize("title", ["%ff", "%00", "a%0Ab", "a" * 201, "%20"])
    async def test_a_title_is_a_line_of_text(self, school: StaffedUnit, incident: str, title: str) -> None:
        headers = {"Content-Type": "text/plain", "Attachment-Title": title}
        path = f"{API}/incidents/{incident}/attachments"
        refused = await school.head.call("POST", path, content=TEXT, headers=headers)
        assert_problem(refused, 400, "bad_header", "header:Attachment-Title")
        assert "200 ký tự" in refused.json()["errors"][0]["detail"]
        assert refused.json()["errors"][0]["limit"] == 200

    async def test_who_cannot_upload(self, world: World, school: StaffedUnit, incident: str) -> None:
        neighbour = await create_unit(world)
        assert_problem(await upload_attachment(neighbour.head, incident), 404, "not_found")
        assert_problem(await upload_attachment(world.anonymous, incident), 401, "not_signed_in")
        assert_problem(await upload_attachment(school.teacher, incident), 403, "forbidden")
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=neighbour.id), 201)
        assert_problem(await upload_attachment(neighbour.head, incident), 403, "forbidden")
        assert await list_attachments(school.head, incident) == []


class TestLimits:
    async def test_what_is_checked_whole_must_fit_the_window(self, school: StaffedUnit, incident: str) -> None:
        answer = await upload_attachment(school.head, incident, office("word/document.xml") + bytes(32 * MIB))
        assert_problem(answer, 413, "body_too_large")

    async def test_a_body_that_does_not_say_its_length_is_cut_off_all_the_same(
        self, world: World, school: StaffedUnit, incident: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def endless() -> AsyncIterator[bytes]:
            yield MP4
            for _ in range(9):
                yield b"\0" * MIB

        monkeypatch.setitem(world.runtime.settings.__dict__, "attachment_limit_bytes", 8 * MIB)
        before = await stored_objects(world)
        answer = await upload_attachment(school.head, incident, endless(), "video/mp4")  # type: ignore[arg-type]
        assert_problem(answer, 413, "body_too_large")
        assert await stored_objects(world) == before

    async def test_an_incident_has_room_for_so_many_files_and_bytes(
        self, world: World, school: StaffedUnit, incident: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = world.runtime.settings
        monkeypatch.setitem(settings.__dict__, "attachments_per_incident", 2)
        await create_attachment(school.head, incident, b"one")
        monkeypatch.setitem(settings.__dict__, "attachments_per_incident_bytes", 10)
        assert_problem(await upload_attachment(school.head, incident, b"eight bytes"), 409, "attachments_full")
        attachment = await create_attachment(school.head, incident, b"two")
        assert_problem(await upload_attachment(school.head, incident, b"a"), 409, "attachments_full")
        ok(await destroy_attachment(school.head, attachment["id"]), 204)
        await create_attachment(school.head, incident, b"three")


class TestTiers:
    @pytest.mark.parametrize(
        ("tier", "variants", "masked"),
        [(2, ["shared"], {"title", "size", "sha256", "released_because"}), (3, ["shared"], set())],
    )
    async def test_a_partner_gets_the_copy_without_metadata_and_never_the_original(
        self, school: StaffedUnit, agency: StaffedUnit, incident: str, tier: int, variants: list[str], masked: set[str]
    ) -> None:
        attachment = await create_attachment(school.head, incident, JPEG, "image/jpeg", title="Ảnh bịa")
        assert attachment["variants"] == ["shared", "original"]
        assert_problem(await agency.partner.get(f"{API}/attachments/{attachment['id']}"), 404, "not_found")
        ok(await share_incident(school.head, incident, tier, grantee_unit_id=agency.id), 201)
        (seen,) = await list_attachments(agency.partner, incident)
        assert (seen["variants"], set(seen["masked"])) == (variants, masked)
        assert all(seen[name] is None for name in masked)
        assert_problem(await request_link(agency.partner, attachment["id"], "original"), 404, "not_found")
        copy = await fetch_link(agency.partner, await create_link(agency.partner, attachment["id"], "shared"))
        assert [word for word in CANARIES if word in copy.content] == []
        with Image.open(io.BytesIO(copy.content)) as image:
            assert (image.format, image.size) == ("JPEG", (48, 64))
        original = await fetch_link(school.head, await create_link(school.head, attachment["id"], "original"))
        assert original.content == JPEG

    @pytest.mark.parametrize("kind", WITH_METADATA_ONLY)
    async def test_what_has_no_such_copy_leaves_the_line_only_where_a_leader_released_it(
        self, school: StaffedUnit, agency: StaffedUnit, incident: str, bureau_a: Client, kind: str
    ) -> None:
        content = WITH_METADATA_ONLY[kind]
        attachment = await create_attachment(school.counsellor, incident, content, kind)
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        assert (await list_attachments(agency.partner, incident))[0]["variants"] == []
        for variant in ("original", "shared"):
            assert_problem(await request_link(agency.partner, attachment["id"], variant), 404, "not_found")
        assert (await fetch_link(bureau_a, await create_link(bureau_a, attachment["id"]))).content == content, (
            "its own line"
        )
        released = ok(await release_attachment(school.head, attachment["id"], "Công an cần bản gốc (bịa)"))
        assert released["released_because"] == "Công an cần bản gốc (bịa)"
        url = await create_link(agency.partner, attachment["id"])
        assert (await fetch_link(agency.partner, url)).content == content
        event = ok(await school.head.get(f"{API}/incidents/{incident}/timeline"))[-1]
        assert (event["kind"], event["reason"]) == ("attachment_released", "Công an cần bản gốc (bịa)")
        ok(await school.head.delete(f"{API}/attachments/{attachment['id']}/release"))
        assert_problem(await fetch_link(agency.partner, url), 404, "not_found")
        assert_problem(await request_link(agency.partner, attachment["id"]), 404, "not_found")

    @pytest.mark.parametrize("copy_state", ["too_large", "cut", "unreadable"])
    async def test_a_picture_without_a_copy_stays_in_its_line_and_is_never_shown(
        self,
        world: World,
        school: StaffedUnit,
        agency: StaffedUnit,
        incident: str,
        bureau_a: Client,
        bureau_b: Client,
        copy_state: str,
    ) -> None:
        picture = await create_attachment(school.head, incident, JPEG, "image/jpeg")
        await drop_copy(world, picture["id"], copy_state)
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        seen = ok(await school.head.get(f"{API}/attachments/{picture['id']}"))
        assert (seen["releasable"], seen["copy_state"], seen["variants"]) == (False, copy_state, ["original"])
        assert copy_state in [warning["code"] for warning in seen["warnings"]]
        for within in (school.head, bureau_a):
            original = await fetch_link(within, await create_link(within, picture["id"]))
            assert original.content == JPEG
            assert original.headers["Content-Type"] == "application/octet-stream"
            assert original.headers["Content-Disposition"].startswith("attachment; ")
            assert original.headers["X-Content-Type-Options"] == "nosniff"
        assert_problem(await release_attachment(school.head, picture["id"]), 409, "wrong_state")
        assert (await list_attachments(agency.partner, incident))[0]["variants"] == []
        for beyond in (agency.partner, bureau_b):
            for variant in ("original", "shared"):
                assert_problem(await request_link(beyond, picture["id"], variant), 404, "not_found")
        system = await create_integration_client(world, "department", "attachment:read")
        assert_problem(await request_link(system, picture["id"]), 404, "not_found")

    async def test_released_it_still_opens_at_tier_three_alone(
        self, school: StaffedUnit, agency: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident)
        ok(await release_attachment(school.head, attachment["id"]))
        ok(await share_incident(school.head, incident, 2, grantee_unit_id=agency.id), 201)
        assert (await list_attachments(agency.partner, incident))[0]["variants"] == []
        assert_problem(await request_link(agency.partner, attachment["id"]), 404, "not_found")

    async def test_who_may_release_and_what(
        self, world: World, school: StaffedUnit, agency: StaffedUnit, incident: str
    ) -> None:
        attachment, neighbour = await create_attachment(school.head, incident), await create_unit(world)
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        assert_problem(await release_attachment(school.counsellor, attachment["id"]), 403, "forbidden")
        assert_problem(await release_attachment(agency.partner, attachment["id"]), 403, "forbidden")
        assert_problem(await release_attachment(neighbour.head, attachment["id"]), 404, "not_found")
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=neighbour.id), 201)
        assert_problem(await release_attachment(neighbour.head, attachment["id"]), 403, "forbidden")
        assert_problem(await neighbour.head.delete(f"{API}/attachments/{attachment['id']}/release"), 403, "forbidden")
        assert_problem(await release_attachment(school.head, attachment["id"], " "), 422, "string_too_short", "/reason")
        picture = await create_attachment(school.head, incident, JPEG, "image/jpeg")
        assert_problem(await release_attachment(school.head, picture["id"]), 409, "wrong_state")
        ok(await destroy_attachment(school.head, attachment["id"]), 204)
        assert_problem(await release_attachment(school.head, attachment["id"]), 409, "wrong_state")

    async def test_at_tier_one_there_is_no_file(self, school: StaffedUnit, agency: StaffedUnit, incident: str) -> None:
        attachment = await create_attachment(school.head, incident)
        ok(await share_incident(school.head, incident, 1, grantee_unit_id=agency.id), 201)
        assert await list_attachments(agency.partner, incident) == []
        assert_problem(await agency.partner.get(f"{API}/attachments/{attachment['id']}"), 404, "not_found")
        assert_problem(await request_link(agency.partner, attachment["id"], "shared"), 404, "not_found")

    async def test_the_levels_above_see_it_and_the_neighbour_does_not(
        self, world: World, school: StaffedUnit, incident: str, bureau_a: Client, department: Client, bureau_b: Client
    ) -> None:
        attachment = await create_attachment(school.head, incident)
        for above in (bureau_a, department):
            assert (await fetch_link(above, await create_link(above, attachment["id"]))).content == TEXT
        assert_problem(await request_link(bureau_b, attachment["id"]), 404, "not_found")
        assert_problem(await bureau_b.get(f"{API}/incidents/{incident}/attachments"), 404, "not_found")
        assert_problem(await request_link(await world.client("so.auditor"), attachment["id"]), 403, "forbidden")


class TestCustody:
    async def test_a_file_leaves_the_accused_unit_with_its_case(
        self, school: StaffedUnit, incident: str, bureau_a: Client
    ) -> None:
        attachment = await create_attachment(school.counsellor, incident)
        url = await create_link(school.head, attachment["id"])
        accused = {"role": "perpetrator", "kind": "staff", "name": "Người Bịa"}
        ok(await school.counsellor.post(f"{API}/incidents/{incident}/persons", accused), 201)
        assert_problem(await school.head.get(f"{API}/attachments/{attachment['id']}"), 404, "not_found")
        assert_problem(await request_link(school.head, attachment["id"]), 404, "not_found")
        assert_problem(await fetch_link(school.head, url), 404, "not_found")
        assert_problem(await destroy_attachment(school.head, attachment["id"]), 404, "not_found")
        assert (await fetch_link(bureau_a, await create_link(bureau_a, attachment["id"]))).content == TEXT


class TestTheLog:
    async def test_each_download_is_audited_with_its_reader(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.counsellor, incident)
        assert (await fetch_link(school.head, await create_link(school.head, attachment["id"]))).content == TEXT
        department = await world.client("so.head")
        query = {"incident_id": incident, "about": "get_attachment_content"}
        (entry,) = ok(await department.get(f"{API}/audit/entries", params=query))["items"]
        assert entry["actor_id"] == str(school.head.user_id)


class TestDestroying:
    async def test_a_tombstone_remains_and_the_content_is_gone(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        before = await stored_objects(world)
        attachment = await create_attachment(school.head, incident, JPEG, "image/jpeg", title="Ảnh bịa")
        url = await create_link(school.head, attachment["id"])
        ok(await destroy_attachment(school.head, attachment["id"], "Tải nhầm ảnh (bịa)"), 204)
        (left,) = await list_attachments(school.head, incident)
        assert (left["title"], left["sha256"], left["variants"]) == (None, None, [])
        assert left["destroyed_because"] == "Tải nhầm ảnh (bịa)"
        assert_problem(await request_link(school.head, attachment["id"]), 404, "not_found")
        assert_problem(await fetch_link(school.head, url), 404, "not_found")
        assert await stored_objects(world) == before
        event = ok(await school.head.get(f"{API}/incidents/{incident}/timeline"))[-1]
        assert (event["kind"], event["reason"]) == ("attachment_destroyed", "Tải nhầm ảnh (bịa)")
        ok(await destroy_attachment(school.head, attachment["id"], "lần nữa"), 204)
        assert (await list_attachments(school.head, incident)) == [left]

    async def test_only_who_decides_may_and_must_say_why(
        self, world: World, school: StaffedUnit, agency: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.counsellor, incident)
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        neighbour = await create_unit(world)
        assert_problem(await destroy_attachment(school.counsellor, attachment["id"]), 403, "forbidden")
        assert_problem(await destroy_attachment(agency.partner, attachment["id"]), 403, "forbidden")
        assert_problem(await destroy_attachment(neighbour.head, attachment["id"]), 404, "not_found")
        assert_problem(await destroy_attachment(school.head, attachment["id"], " "), 422, "invalid")
        assert_problem(await school.head.post(f"{API}/attachments/{attachment['id']}/destruction"), 422, "invalid")
        assert (await list_attachments(school.head, incident))[0]["destroyed_at"] is None

    async def test_its_keys_are_gone_from_the_row(self, world: World, school: StaffedUnit, incident: str) -> None:
        attachment = await create_attachment(school.head, incident)
        ok(await destroy_attachment(school.head, attachment["id"]), 204)
        async with world.runtime.work(ALL, write=False) as work:
            row = await AttachmentRepository(work.session).get(UUID(attachment["id"]))
            assert (row.keys, row.fingerprint, row.title) == (None, None, None)


async def test_a_row_cannot_hang_on_an_incident_of_another_unit(
    world: World, school: StaffedUnit, incident: str
) -> None:
    """The composite key: custody is where the incident is, on both engines."""
    attachment = await create_attachment(school.head, incident)
    async with world.runtime.work(ALL) as work:
        row = await AttachmentService(work).get(UUID(attachment["id"]))
        row.org_path = "/khac/"
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await work.commit()
