"""Nothing that only looks empty passes for text: one meaning of "blank" for every member, parameter and header."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, TypeAdapter, ValidationError

from app import schemas
from app.core.text import is_blank
from app.main import create_app
from app.schemas.base import In
from tests.factories.http import API, assert_problem, ok
from tests.factories.units import StaffedUnit
from tests.world import World, settings_for

BLANKS = {
    "nothing": "",
    "spaces": " \t\r\n\u00a0\u202f\u3000\u2028\x85",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800\ufffc",
    "directions": "\u200e\u200f\u061c\u202a\u202c\u202d\u202e\u2066\u2069",
    "marks": "\u0301\u0323\u034f\u20e3",
    "selectors and tags": "\ufe0f\ufe0e\U000e0100\U000e0041\U000e007f",
    "controls": "\x01\x1f\x7f",
    "unassigned": "\u2065\ufff0\U000e0fff",
}
LONG = {f"{name}, many": (blank or " ") * 30 for name, blank in BLANKS.items()}
# Read from a stored report, whose members were judged when it came, or opened as it was stored.
NOT_SENT = {"InformantOut"}


def bodies() -> Iterator[type[BaseModel]]:
    modules = [importlib.import_module(each.name) for each in pkgutil.walk_packages(schemas.__path__, "app.schemas.")]
    found = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    yield from sorted((each for each in found if issubclass(each, In)), key=lambda each: each.__qualname__)


def has_text(hint: Any) -> bool:
    return hint is str or any(has_text(each) for each in get_args(hint))


def members() -> list[Any]:
    return [
        pytest.param(Annotated[info.annotation, info], id=f"{body.__name__}.{name}")
        for body in bodies()
        if body.__name__ not in NOT_SENT
        for name, info in body.model_fields.items()
        if has_text(info.annotation) or any(map(has_text, info.metadata))
    ]


def parameters(app: FastAPI) -> Iterator[tuple[str, Any]]:
    for context in iter_route_contexts(app.routes):
        if not isinstance(context.original_route, APIRoute):
            continue
        waiting = [context.dependant]
        while waiting:
            one = waiting.pop()
            waiting += one.dependencies
            for field in (*one.query_params, *one.path_params):
                if has_text(field.field_info.annotation):
                    yield f"{context.path} {field.alias}", field


def accepted(kind: Any, value: object) -> list[object]:
    """What a member makes of a value, or of a list or an object of it; nothing where it is refused."""
    made = []
    for sent in (value, [value], {value: value}):
        try:
            made.append(TypeAdapter(kind).validate_python(sent))
        except ValidationError:
            continue
    return made


@pytest.mark.parametrize("kind", members())
def test_no_member_of_a_body_takes_a_blank_for_text(kind: Any) -> None:
    for name, blank in (BLANKS | LONG).items():
        assert [each for each in accepted(kind, blank) if each is not None] == [], name


def test_no_parameter_takes_a_blank_for_text(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path, None))
    asked = dict(parameters(app))
    assert len(asked) > 10
    for name, field in asked.items():
        if name.rsplit(" ", 1)[1] in OPAQUE or name in ADDRESSES:
            continue
        for blank in (BLANKS | LONG).values():
            for sent in (blank, [blank]):
                read, faults = field.validate(sent, {}, loc=("query",))
                assert faults or read == "", name


# Signed by the application, so that nothing else is read as one.
OPAQUE = {"cursor", "token"}
# A page's address: there is none for what is no code.
ADDRESSES = {"/problems/{code} code"}


@pytest.mark.parametrize("blank", BLANKS.values(), ids=BLANKS)
class TestOverHttp:
    async def test_a_report_of_nothing_is_no_report(self, world: World, school: StaffedUnit, blank: str) -> None:
        for path, client in ((f"{API}/public/intakes", world.anonymous), (f"{API}/intakes", school.head)):
            body = {"narrative": blank} | ({"source_channel": "in_person"} if client is school.head else {})
            assert_problem(await client.post(path, body), 422, "string_too_short", "/narrative")

    async def test_nor_a_reason_a_name_a_title_or_a_search(self, world: World, school: StaffedUnit, blank: str) -> None:
        incident = (await school.head.create_intake())["incident_id"]
        path = f"{API}/incidents/{incident}"
        person = {"role": "witness", "name": blank}
        assert_problem(await school.head.post(f"{path}/persons", person), 422, "string_too_short", "/name")
        hold = await school.head.post(f"{path}/holds", {"reason": blank})
        assert_problem(hold, 422, "string_too_short", "/reason")
        assert ok(await school.head.get(f"{API}/incidents", params={"q": blank}))["items"] == []
        schools = await world.anonymous.get(f"{API}/public/units", params={"q": blank})
        assert_problem(schools, 422, "string_too_short", "q")
        headers = {"Content-Type": "text/plain", "Attachment-Title": quote(blank)}
        sent = await school.head.call("POST", f"{path}/attachments", content=b"x", headers=headers)
        assert_problem(sent, 400, "bad_header")


@pytest.mark.parametrize("seen", ["a", "đ", "👍", "...", "0", "ក", "❤️", "\u200bx", "ё", "中"])
def test_what_is_seen_is_text(seen: str) -> None:
    assert not is_blank(seen)


TITLES = {
    "Ảnh màn hình 2026-09-05 lúc 8.15.00\u202fSA": "Ảnh màn hình 2026-09-05 lúc 8.15.00 SA",
    "Ảnh\u00a0chụp\ufeff": "Ảnh chụp",
    "\u202aghi âm.m4a\u202c": "ghi âm.m4a",
    "Gia đình 👨‍👩‍👧 ❤️": "Gia đình 👨‍👩‍👧 ❤️",
    "Ðơn trình báo": "Đơn trình báo",
    "tên\u00adtệp": "têntệp",
    "Tên 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f": (
        "Tên 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
    ),
}


@pytest.mark.parametrize(("written", "title"), TITLES.items())
async def test_a_title_that_a_system_wrote_is_cleaned_and_taken(school: StaffedUnit, written: str, title: str) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}/attachments"
    headers = {"Content-Type": "text/plain", "Attachment-Title": quote(written)}
    made = ok(await school.head.call("POST", path, content=b"Loi ke bia", headers=headers), 201)
    assert made["title"] == title


async def test_a_title_as_it_stands_in_the_header_is_read_as_utf8(school: StaffedUnit) -> None:
    path = f"{API}/incidents/{(await school.head.create_intake())['incident_id']}/attachments"
    headers = {"Content-Type": b"text/plain", "Attachment-Title": "Ảnh chụp".encode()}
    made = ok(await school.head.call("POST", path, content=b"Loi ke bia", headers=headers), 201)
    assert made["title"] == "Ảnh chụp"


async def test_words_of_a_report_stay_as_they_were_said(school: StaffedUnit) -> None:
    said = "Dòng một\n\nDòng\u00a0hai 👨‍👩‍👧\nភាសា\u200bខ្មែរ"
    intake = await school.head.create_intake(narrative=f"\u200b\u2066 {said} \u2069\ufeff")
    assert ok(await school.head.get(f"{API}/intakes/{intake['id']}"))["content"]["narrative"] == said
