"""A file that is attached is what its content shows: taken with what people must know of it, or refused by name."""

from collections.abc import Iterator

import pytest

from app.core.problems import CATALOGUE
from app.integrations import images
from app.security.files.contents import KINDS
from tests.factories.attachments import (
    JPEG,
    MIB,
    create_attachment,
    create_link,
    fetch_link,
    list_attachments,
    release_attachment,
    request_link,
    stored_objects,
    upload_attachment,
)
from tests.factories.http import assert_problem, ok
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit
from tests.files.archives import ARCHIVES, HONEST
from tests.files.bombs import BOMBS, WITHOUT_COPY
from tests.files.pictures import SHOWN_RED, cut, noise
from tests.files.samples import CANARIES, FILMS_AND_VOICES, HEIC, PDF, TEXT, samples
from tests.world import Client, World

SAMPLES = samples()
REFUSALS = {"file_not_taken": 415, "file_refused": 422, "archive_unsafe": 422, "macros_refused": 422}
DECLARED = ("image/jpeg", "application/octet-stream", "text/html", "")


def declared() -> Iterator[tuple[str, str]]:
    """Each kind under a type that is not its own."""
    for number, kind in enumerate(SAMPLES):
        yield kind, DECLARED[number % len(DECLARED)]


def in_both_languages(client: Client, world: World) -> Iterator[Client]:
    for language in ("vi", "en"):
        yield Client(client.http, world, client.headers | {"Accept-Language": language})


class TestTaken:
    @pytest.mark.parametrize(("kind", "type_"), list(declared()))
    async def test_the_content_decides_whatever_is_declared(
        self, school: StaffedUnit, incident: str, kind: str, type_: str
    ) -> None:
        content = SAMPLES[kind]
        attachment = await create_attachment(school.head, incident, content, type_)
        assert (attachment["kind"], attachment["media_type"]) == (kind, KINDS[kind].media_type)
        answer = await fetch_link(school.head, await create_link(school.head, attachment["id"]))
        served = KINDS[kind].content_type if attachment["copy_state"] != "unreadable" else "application/octet-stream"
        assert (answer.content, answer.headers["Content-Type"]) == (content, served)

    @pytest.mark.parametrize("declared_", ["image/jpeg", "image/heif", "image/heic-sequence", "video/mp4"])
    async def test_a_heic_under_another_type_has_its_copy(
        self, school: StaffedUnit, incident: str, declared_: str
    ) -> None:
        attachment = await create_attachment(school.head, incident, HEIC, declared_)
        assert (attachment["kind"], attachment["copy_state"], attachment["releasable"]) == ("heic", "made", True)
        assert attachment["warnings"] == []

    @pytest.mark.parametrize("name", ["a second picture inside", "without its end marker", "pages of a TIFF"])
    async def test_a_picture_of_a_telephone_or_scanner_has_its_copy(
        self, school: StaffedUnit, incident: str, name: str
    ) -> None:
        kind, made = SHOWN_RED[name]
        content = made()
        attachment = await create_attachment(school.head, incident, content, "image/jpeg")
        assert (attachment["kind"], attachment["copy_state"]) == (kind, "made")
        copy = await fetch_link(school.head, await create_link(school.head, attachment["id"], "shared"))
        assert copy.content.startswith(b"\xff\xd8\xff")
        original = await fetch_link(school.head, await create_link(school.head, attachment["id"]))
        assert original.content == content

    async def test_a_photo_with_a_film_behind_it_is_as_large_as_a_film(
        self, school: StaffedUnit, incident: str
    ) -> None:
        content = JPEG + bytes(33 * MIB)
        attachment = await create_attachment(school.head, incident, content, "image/jpeg")
        assert (attachment["size"], attachment["copy_state"]) == (len(content), "made")
        assert attachment["shared_size"] < MIB

    @pytest.mark.parametrize("name", HONEST)
    async def test_an_office_file_of_another_writer_is_taken(
        self, school: StaffedUnit, incident: str, name: str
    ) -> None:
        made, kind = HONEST[name]
        assert (await create_attachment(school.head, incident, made(), "application/zip"))["kind"] == kind

    @pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + PDF, bytes(1000) + PDF, PDF + bytes(2048), PDF[:-8]])
    async def test_a_pdf_among_other_bytes_or_cut_is_taken(
        self, school: StaffedUnit, incident: str, content: bytes
    ) -> None:
        assert (await create_attachment(school.head, incident, content, "application/pdf"))["kind"] == "pdf"


class TestWarnings:
    @pytest.mark.parametrize("kind", FILMS_AND_VOICES)
    async def test_who_uploads_a_film_or_voice_is_warned(self, school: StaffedUnit, incident: str, kind: str) -> None:
        attachment = await create_attachment(school.counsellor, incident, SAMPLES[kind], KINDS[kind].media_type)
        codes = [warning["code"] for warning in attachment["warnings"]]
        assert codes == ["not_for_kind", "place_and_identity"]
        assert all(warning["label_vi"] != warning["label_en"] for warning in attachment["warnings"])
        assert (attachment["copy_state"], attachment["releasable"]) == ("not_for_kind", False)
        assert await list_attachments(school.head, incident) == [attachment]

    @pytest.mark.parametrize("name", [*WITHOUT_COPY, "a cut picture"])
    async def test_an_original_without_a_copy_is_taken_and_stays_in_the_line(
        self, school: StaffedUnit, agency: StaffedUnit, incident: str, bureau_a: Client, name: str
    ) -> None:
        state, made = WITHOUT_COPY.get(name, ("cut", lambda: cut(noise(), 0.7)))
        content = made()
        attachment = await create_attachment(school.counsellor, incident, content, "image/jpeg")
        assert (attachment["copy_state"], attachment["releasable"]) == (state, False)
        assert ([warning["code"] for warning in attachment["warnings"]], attachment["variants"]) == (
            [state],
            ["original"],
        )
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        assert (await list_attachments(agency.partner, incident))[0]["variants"] == []
        for variant in ("original", "shared"):
            assert_problem(await request_link(agency.partner, attachment["id"], variant), 404, "not_found")
        if state != "not_for_kind":
            assert_problem(await release_attachment(school.head, attachment["id"]), 409, "wrong_state")
        answer = await fetch_link(bureau_a, await create_link(bureau_a, attachment["id"]))
        assert answer.content == content, "its own line"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_a_copy_of_a_picture_without_an_end_carries_nothing_but_pixels(
        self, school: StaffedUnit, incident: str
    ) -> None:
        content = JPEG.removesuffix(b"ZQTAILZQ").removesuffix(b"\xff\xd9")
        attachment = await create_attachment(school.head, incident, content, "image/jpeg")
        copy = await fetch_link(school.head, await create_link(school.head, attachment["id"], "shared"))
        assert [word for word in CANARIES if word in copy.content] == []


class TestRefused:
    @pytest.mark.parametrize("name", BOMBS)
    async def test_a_bomb_leaves_nothing(self, world: World, school: StaffedUnit, incident: str, name: str) -> None:
        before = await stored_objects(world)
        answer = await upload_attachment(school.head, incident, BOMBS[name](), "image/jpeg")
        assert REFUSALS.get(answer.json()["code"]) == answer.status_code
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    @pytest.mark.parametrize("name", ["a step upwards", "a letter with macros in a type without"])
    async def test_a_hostile_archive_is_refused_in_both_languages(
        self, world: World, school: StaffedUnit, incident: str, name: str
    ) -> None:
        before, (archive, code) = await stored_objects(world), ARCHIVES[name]
        titles = set()
        for reader in in_both_languages(school.head, world):
            answer = await upload_attachment(reader, incident, archive(), "text/plain")
            assert_problem(answer, 422, code)
            assert "word" not in answer.text
            titles.add(answer.json()["title"])
        assert titles == {CATALOGUE[code].title.vi, CATALOGUE[code].title.en}
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    async def test_what_was_found_is_named_in_both_languages(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        details = set()
        for reader in in_both_languages(school.head, world):
            answer = await upload_attachment(reader, incident, b"MZ\x90\0" + bytes(64), "image/jpeg")
            assert_problem(answer, 415, "file_not_taken")
            assert answer.json()["found"] == "program"
            assert "image/jpeg" in answer.headers["Accept"]
            details.add(answer.json()["detail"])
        assert details == {"Tìm thấy: chương trình chạy được", "Found: a program"}

    async def test_an_empty_file_is_a_failed_upload(self, world: World, school: StaffedUnit, incident: str) -> None:
        before = await stored_objects(world)
        assert_problem(await upload_attachment(school.head, incident, b"", "image/png"), 422, "file_refused")
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)

    async def test_a_form_is_no_file(self, school: StaffedUnit, incident: str) -> None:
        answer = await upload_attachment(school.head, incident, TEXT, "multipart/form-data; boundary=x")
        assert_problem(answer, 415, "unsupported_media_type")


class TestOverload:
    @pytest.mark.parametrize(("name", "value"), [("DEADLINE_S", 0.001), ("WAIT_S", 0.0)])
    async def test_a_busy_machine_asks_to_come_again_and_stores_nothing(
        self,
        world: World,
        school: StaffedUnit,
        incident: str,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        value: float,
    ) -> None:
        before = await stored_objects(world)
        monkeypatch.setattr(images, name, value)
        if name == "WAIT_S":
            monkeypatch.setattr(world.runtime.reception, "_images", images.ImageCleaner(at_once=0))
        answer = await upload_attachment(school.head, incident, JPEG, "image/jpeg")
        assert_problem(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        monkeypatch.undo()
        assert (await list_attachments(school.head, incident), await stored_objects(world)) == ([], before)
        assert (await create_attachment(school.head, incident, JPEG, "image/jpeg"))["copy_state"] == "made"
