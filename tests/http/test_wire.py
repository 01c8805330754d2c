"""What proxies, editors and other libraries do to a request on its way is understood."""

import gzip
import json
from codecs import BOM_UTF8
from unicodedata import normalize
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.docs.fault_codes import faults
from tests.factories.http import API, assert_problem, list_ids, ok, read_etag
from tests.factories.units import StaffedUnit
from tests.world import Client, World

FORM = {
    "source_channel": "in_person",
    "group": "school_violence",
    "narrative": "Chuyện bịa để thử",
    "children": [{"sex": "female", "estimated_age": 12}],
}
JSON = {"Content-Type": "application/json"}
OPEN = [
    "/openapi.json",
    "/problems",
    *(f"{API}/{name}" for name in ("hotlines", "competences", "code-lists", "labels")),
]


def moments(world: World) -> list[tuple[str, str]]:
    """Each query parameter that is a moment, with its path."""
    return [
        (path, parameter["name"])
        for path, item in world.app.openapi()["paths"].items()
        for parameter in item.get("get", {}).get("parameters", [])
        if parameter["in"] == "query" and "date-time" in json.dumps(parameter["schema"])
    ]


def as_sent(tag: str, form: str) -> str:
    return form.replace("TAG", tag.strip('"'))


class TestEntityTags:
    @pytest.mark.parametrize(
        "form",
        ['W/"TAG"', 'w/"TAG"', '"TAG-gzip"', 'W/"TAG-br"', '"0.1", "TAG"', 'W/"0.1" ,W/"TAG", ', '"TAG;gzip"'],
    )
    async def test_a_tag_that_a_proxy_changed_is_the_tag_that_was_read(self, school: StaffedUnit, form: str) -> None:
        incident = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
        read = await read_etag(school.head, incident)
        assert ok(await school.head.patch(incident, {"summary": "Bịa"}, as_sent(read, form)))["summary"] == "Bịa"

    async def test_any_tag_is_none_that_was_read(self, school: StaffedUnit) -> None:
        incident = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
        answer = await school.head.patch(incident, {"summary": "Bịa"}, "*")
        assert_problem(answer, 428, "precondition_required")

    @pytest.mark.parametrize("form", ['W/"TAG"', '"TAG-gzip"', '"0.1", W/"TAG"'])
    async def test_a_stale_tag_is_stale_however_it_is_written(self, school: StaffedUnit, form: str) -> None:
        incident = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}"
        read = await read_etag(school.head, incident)
        ok(await school.head.patch(incident, {"summary": "Một"}, read))
        assert_problem(await school.head.patch(incident, {"summary": "Hai"}, as_sent(read, form)), 412, "stale")
        assert ok(await school.head.get(incident))["summary"] == "Một"

    @pytest.mark.parametrize("form", ['W/"TAG"', '"TAG-gzip"', '"0.1",W/"TAG"', "*"])
    async def test_what_is_known_by_a_changed_tag_is_not_sent_again(self, world: World, form: str) -> None:
        read = (await world.anonymous.get(f"{API}/hotlines")).headers["ETag"]
        again = await world.anonymous.get(f"{API}/hotlines", headers={"If-None-Match": as_sent(read, form)})
        assert (again.status_code, again.content) == (304, b"")

    @pytest.mark.parametrize("form", ["TAG", '"0.1"', "", '"TAG', '"TAG" "0.1"'])
    async def test_what_is_not_known_is_sent(self, world: World, form: str) -> None:
        read = (await world.anonymous.get(f"{API}/hotlines")).headers["ETag"]
        assert ok(await world.anonymous.get(f"{API}/hotlines", headers={"If-None-Match": as_sent(read, form)}))


class TestJson:
    async def test_a_byte_order_mark_before_json_is_ignored(self, school: StaffedUnit) -> None:
        sent = BOM_UTF8 + json.dumps(FORM).encode()
        taken = ok(await school.head.call("POST", f"{API}/intakes", content=sent, headers=JSON), 201)
        shown = ok(await school.head.get(f"{API}/intakes/{taken['id']}"))
        assert shown["content"]["narrative"] == FORM["narrative"]

    @pytest.mark.parametrize(
        "body",
        [
            BOM_UTF8 * 2 + b"{}",
            b"{" + BOM_UTF8 + b"}",
            json.dumps(FORM).encode("utf-16"),
            json.dumps(FORM).encode("utf-32"),
            BOM_UTF8,
        ],
        ids=["two", "inside", "UTF-16", "UTF-32", "alone"],
    )
    async def test_other_marks_are_not_json(self, school: StaffedUnit, body: bytes) -> None:
        answer = await school.head.call("POST", f"{API}/intakes", content=body, headers=JSON)
        assert_problem(answer, 400, "malformed_json")


class TestInstants:
    @pytest.mark.parametrize("offset", ["+07:00", "+0700", "%2B07:00", " 07:00", "%2007:00", "-05:00", "Z"])
    async def test_an_offset_is_understood_encoded_or_not(self, world: World, school: StaffedUnit, offset: str) -> None:
        auditor = await world.client("so.auditor")
        asked = moments(world)
        assert {("/api/v1/clocks", "due_before"), ("/api/v1/audit/entries", "to")} <= set(asked)
        for path, name in asked:
            answer = await (school.head if "audit" not in path else auditor).get(
                f"{path}?{name}=2026-12-06T08:40:00.5{offset}"
            )
            assert answer.status_code == 200, (path, name, answer.text)

    async def test_an_unencoded_offset_is_the_same_moment(self, school: StaffedUnit) -> None:
        await school.head.create_intake()
        notices = ok(await school.head.get(f"{API}/clocks"))["items"]
        due = str(notices[0]["due_at"]).replace("Z", "")
        assert due
        for offset, encoded in (("+07:00", "%2B07:00"), ("+00:00", "Z")):
            pages = [await school.head.get(f"{API}/clocks?due_before={due}{each}") for each in (offset, encoded)]
            assert ok(pages[0])["items"] == ok(pages[1])["items"]

    @pytest.mark.parametrize(
        "value",
        ["2026-12-06", "2026-12-06 08:40", "2026-12-06T08:40:00", "2026-13-06T08:40:00Z", "2026-12-06T25:00Z", "T",
         "2026-12-06T08:40:00+7", "2026-12-06T08:40:00  07:00", "2026-12-06T08:40:00+99:00", "1e9T", "hôm nay T"],
    )  # fmt: skip
    async def test_a_moment_that_is_none_has_a_documented_code(self, school: StaffedUnit, value: str) -> None:
        answer = await school.head.get(f"{API}/clocks?due_before={quote(value)}")
        assert_problem(answer, 422, "invalid")
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["due_before"]
        assert {fault["code"] for fault in answer.json()["errors"]} <= faults().keys()


class TestMeaning:
    """An Idempotency-Key is bound to what the request means, however it is written."""

    @staticmethod
    async def send(client: Client, key: str, body: bytes) -> httpx.Response:
        return await client.call(
            "POST", f"{API}/intakes", content=body, headers=JSON | {"Idempotency-Key": key}
        )  # fmt: skip

    @pytest.mark.parametrize(
        "twin",
        [
            json.dumps(dict(reversed(FORM.items())), ensure_ascii=False).encode(),
            json.dumps(FORM, indent=4).encode(),
            normalize("NFD", json.dumps(FORM, ensure_ascii=False)).encode(),
            json.dumps(FORM | {"narrative": normalize("NFD", "Chuyện bịa để thử")}).encode(),
            BOM_UTF8 + json.dumps(FORM).encode(),
            json.dumps(FORM).replace("12", "12.0").encode(),
            json.dumps(FORM).replace("12", "1.2E+1").encode(),
        ],
        ids=["order", "blanks", "NFD", "escaped NFD", "mark", "12.0", "1.2E+1"],
    )
    async def test_the_same_act_written_otherwise_is_the_same(self, school: StaffedUnit, twin: bytes) -> None:
        key = uuid4().hex
        first = ok(await self.send(school.head, key, json.dumps(FORM, ensure_ascii=False).encode()), 201)
        again = await self.send(school.head, key, twin)
        assert ok(again, 201) == first
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(await list_ids(school.head, "intakes")) == 1

    @pytest.mark.parametrize(
        "other",
        [
            FORM | {"children": [{"sex": "female", "estimated_age": 13}]},
            FORM | {"children": [{"sex": "female", "estimated_age": 12}, {"estimated_age": 12}]},
            FORM | {"narrative": "Chuyen bia de thu"},
            FORM | {"narrative": "Chuyện bịa để thử "},
            FORM | {"immediate_danger": False},
        ],
        ids=["number", "one more", "diacritics", "blank", "a default"],
    )
    async def test_another_act_is_refused(self, school: StaffedUnit, other: dict[str, object]) -> None:
        key = uuid4().hex
        ok(await self.send(school.head, key, json.dumps(FORM).encode()), 201)
        answer = await self.send(school.head, key, json.dumps(other).encode())
        assert_problem(answer, 422, "idempotency_key_reused")

    async def test_the_order_of_an_array_is_meaning(self, school: StaffedUnit) -> None:
        key, children = uuid4().hex, [{"estimated_age": 11}, {"estimated_age": 12}]
        ok(await self.send(school.head, key, json.dumps(FORM | {"children": children}).encode()), 201)
        answer = await self.send(school.head, key, json.dumps(FORM | {"children": children[::-1]}).encode())
        assert_problem(answer, 422, "idempotency_key_reused")


class TestOpenJson:
    @pytest.mark.parametrize("path", OPEN)
    async def test_open_json_is_compressed_for_those_who_ask(self, world: World, path: str) -> None:
        plain = await world.anonymous.get(path, headers={"Accept-Encoding": "identity"})
        packed = await world.anonymous.get(path, headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.content == plain.content
        assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
        assert plain.headers["ETag"] != packed.headers["ETag"]
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert answer.headers["Cache-Control"] == "public, max-age=3600"

    @pytest.mark.parametrize("path", OPEN)
    @pytest.mark.parametrize("coding", ["identity", "gzip"])
    async def test_open_json_that_is_known_is_not_sent_again(self, world: World, path: str, coding: str) -> None:
        asked = {"Accept-Encoding": coding}
        tag = (await world.anonymous.get(path, headers=asked)).headers["ETag"]
        again = await world.anonymous.get(path, headers=asked | {"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        assert "Accept-Encoding" in again.headers["Vary"]

    @pytest.mark.parametrize(
        ("asked", "packed"),
        [("gzip", True), ("x-gzip", True), ("*", True), ("GZIP;q=0.1", True), ("", False), ("br", False),
         ("gzip;q=0", False), ("*, gzip;q=0", False), ("gzip;q=nhieu", False), (",;=", False)],
    )  # fmt: skip
    async def test_gzip_is_used_where_it_is_accepted(self, world: World, asked: str, packed: bool) -> None:  # noqa: FBT001
        answer = await world.anonymous.get("/problems", headers={"Accept-Encoding": asked})
        assert (answer.headers.get("Content-Encoding") == "gzip") is packed

    async def test_no_answer_with_personal_data_is_compressed(self, school: StaffedUnit) -> None:
        for _ in range(8):
            await school.head.create_intake(narrative="Chuyện bịa để thử. " * 100)
        intake = (await list_ids(school.head, "intakes")).pop()
        for path in ("intakes", "incidents", "notices", "clocks", f"intakes/{intake}", "units"):
            answer = await school.head.get(f"{API}/{path}", headers={"Accept-Encoding": "gzip"})
            assert ok(answer)
            assert "Content-Encoding" not in answer.headers
            assert answer.content[:2] != gzip.compress(b"")[:2]
