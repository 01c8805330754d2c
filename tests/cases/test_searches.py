"""What an officer types into the search, and what it finds. Units, cases and words are invented."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import fold, untelex
from app.core.time import local_date
from app.repositories.cases.searches import CodeParts, DateRange
from app.services.cases.search_words import read_code, read_date_range, words_of
from tests.factories.clock import parse_time
from tests.factories.http import API, ok, read_etag
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

VOWELS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
LETTERS = "bcdđghklmnpqrstvxBCDĐGHKLMNPQRSTVX" + "".join(
    unicodedata.normalize("NFC", v + tone)
    for v in VOWELS
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
)
VIETNAMESE = st.text(LETTERS + " 0123456789", max_size=30)


class TestFolding:
    @given(VIETNAMESE)
    def test_it_does_not_matter_how_marks_are_encoded_or_letters_written(self, text: str) -> None:
        for other in (unicodedata.normalize("NFD", text), text.upper(), text.lower(), f" {text.replace(' ', '   ')}\t"):
            assert fold(other) == fold(text)

    @given(VIETNAMESE)
    def test_what_is_left_is_plain_and_stays_as_it_is(self, text: str) -> None:
        assert fold(text).isascii()
        assert fold(fold(text)) == fold(text)

    def test_invisible_characters_and_the_letter_d_with_a_stroke(self) -> None:
        assert fold("Đường\u200b  Số\u00ad 3") == "duong so 3"

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("truowng", "truong"),
            ("truowngf", "truong"),
            ("truwowngf", "truong"),
            ("truowfng", "truong"),
            ("ddieenf", "dien"),
            ("bajo", "bao"),
            ("luwcj", "luc"),
            ("nwowcs", "nuoc"),
        ],
    )
    def test_a_slip_of_telex_is_seen_through(self, typed: str, meant: str) -> None:
        assert untelex(typed) == meant

    @pytest.mark.parametrize("word", ["truong", "thcs", "an", "dien", "xa", "tran", "xuan", "phuong"])
    def test_a_word_without_slips_stays(self, word: str) -> None:
        assert untelex(word) == word


class TestWords:
    @pytest.mark.parametrize("typed", ["5/9/2026", "05-09-2026", "5.9.2026", "2026-09-05", "ngày 5 tháng 9 năm 2026"])
    def test_a_day(self, typed: str) -> None:
        assert read_date_range(typed.split()) == DateRange(date(2026, 9, 5), date(2026, 9, 5))

    @pytest.mark.parametrize("typed", ["9/2026", "09-2026", "tháng 9/2026", "tháng 9 năm 2026"])
    def test_a_month(self, typed: str) -> None:
        assert read_date_range(typed.split()) == DateRange(date(2026, 9, 1), date(2026, 9, 30))

    def test_a_year_and_the_last_month_of_one(self) -> None:
        assert read_date_range(["2026"]) == DateRange(date(2026, 1, 1), date(2026, 12, 31))
        assert read_date_range(["12/2026"]) == DateRange(date(2026, 12, 1), date(2026, 12, 31))

    @pytest.mark.parametrize("typed", ["31/2/2026", "13/2026", "0/2026", "5/9/0026", "1850", "9999", "5/9", "111"])
    def test_no_day(self, typed: str) -> None:
        assert read_date_range([typed]) is None

    def test_a_code_part_needs_a_digit(self) -> None:
        """A name of five letters could be one: THANH."""
        assert read_code(["thanh"]) is None
        assert read_code(["7k3m9"]) == CodeParts(groups=("7K3M9",))
        assert read_code(["2026", "7k3m9"]) == CodeParts(year="2026", groups=("7K3M9",))

    @given(st.text(max_size=120))
    def test_any_query_is_parsed_without_an_error(self, text: str) -> None:
        words = words_of(text)
        read_code(words)
        read_date_range(words)


async def renamed(world: World, place: StaffedUnit, name: str, year: int = 2025, **more: str) -> None:
    head, path = await world.client("so.head"), f"{API}/units/{place.id}"
    body = {"name_vi": name, "effective_on": f"{year}-07-01", "decision_number": "05/QĐ-MẪU", **more}
    ok(await head.post(f"{path}/versions", body, headers={"If-Match": await read_etag(head, path)}), 201)


@pytest.fixture
async def bureau(world: World) -> StaffedUnit:
    return await create_unit(world, "bureau", "department")


@pytest.fixture
async def school(world: World, bureau: StaffedUnit) -> StaffedUnit:
    place = await create_unit(world, under=bureau.id)
    await renamed(world, place, "Trường THCS Ấp Điền Bịa", code=f"ma-{str(place.id)[-6:]}")
    return place


async def search(client: Client, q: str, **more: object) -> Any:
    return ok(await client.get(f"{API}/incidents", params={"q": q, **more}))


async def ids(client: Client, q: str) -> set[str]:
    return {item["id"] for item in (await search(client, q))["items"]}


async def case(client: Client, **fields: object) -> dict[str, Any]:
    intake = await client.create_intake(**fields)
    found: dict[str, Any] = ok(await client.incident(intake["incident_id"]))
    return found


class TestSearching:
    async def test_by_code_with_slips(self, school: StaffedUnit) -> None:
        mine, _ = await case(school.head), await case(school.head)
        year, first, second, check = mine["code"].split("-")
        for typed in (
            mine["code"],
            mine["code"].lower(),
            f"\u202d{mine['code']}\u202c",
            mine["code"].replace("0", "O", 1).replace("-", " − "),
            f"{year} {first} {second} {check}",
            f"{year}–{first}{second}{check}",
        ):
            assert await ids(school.head, typed) == {mine["id"]}
        for part in (f"{year}-{first}", f"{first} {second}".lower()):
            # Letters alone may be a name, and digits alone a number of another kind.
            digits = [c.isdigit() for c in part.removeprefix(year) if c.isalnum()]
            if any(digits) and not all(digits):
                assert await ids(school.head, part) == {mine["id"]}

    async def test_by_day_month_and_year_of_the_event(self, school: StaffedUnit) -> None:
        mine = await case(school.head, occurred_on="2024-09-05")
        await case(school.head, occurred_on="2024-10-01")
        for typed in ("5/9/2024", "05-09-2024", "9/2024", "tháng 9 năm 2024"):
            assert await ids(school.head, typed) == {mine["id"]}
        assert len(await ids(school.head, "2024")) == 2
        assert await ids(school.head, "6/9/2024") == set()

    async def test_an_undated_event_by_the_day_of_its_intake(self, school: StaffedUnit) -> None:
        mine = await case(school.head)
        day = local_date(parse_time(mine["created_at"]))
        assert mine["id"] in await ids(school.head, str(day.year))
        assert await ids(school.head, "2020") == set()

    @pytest.mark.parametrize(
        "typed",
        [
            "THCS Ấp Điền Bịa",
            "thcs ap dien bia",
            "bia DIEN  ap",
            "thcs aaps ddieenf",
            unicodedata.normalize("NFD", "Ấp Điền Bịa"),
            "Ấp \u00d0iền Bịa",
            "\u202dấp ðiền\u00a0bịa\u202c",
        ],
    )
    async def test_by_unit_however_its_name_is_typed(
        self, bureau: StaffedUnit, school: StaffedUnit, typed: str
    ) -> None:
        other = await create_unit(bureau.officer.world, under=bureau.id)
        mine = await case(school.head)
        await case(other.head)
        for form in ("NFC", "NFD"):
            assert await ids(bureau.officer, unicodedata.normalize(form, typed)) == {mine["id"]}

    async def test_by_unit_code_former_name_or_a_unit_above(
        self, world: World, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        mine = await case(school.head)
        assert await ids(bureau.officer, f"MA-{str(school.id)[-6:]}") == {mine["id"]}
        await renamed(world, school, "Trường Đổi Tên (mẫu)", year=2026)
        assert await ids(bureau.officer, "ap dien bia") == {mine["id"]}
        name = ok(await bureau.officer.get(f"{API}/units/{bureau.id}"))["name_vi"].removesuffix(" (mẫu)")
        assert mine["id"] in await ids(bureau.officer, name)

    async def test_by_state_and_category_in_either_language(self, school: StaffedUnit) -> None:
        violence = await case(school.head, group="school_violence")
        other = await case(school.head, group="social_evil")
        for typed in ("bao luc", "Bạo lực học đường", "bajo luwcj hojc dduwowngf", "school violence"):
            assert await ids(school.head, typed) == {violence["id"]}
        assert await ids(school.head, "tệ nạn xã hội") == {other["id"]}
        assert await ids(school.head, "mới tiếp nhận") == {violence["id"], other["id"]}
        assert await ids(school.head, "da dong") == set()

    async def test_by_a_form_of_the_event(self, school: StaffedUnit) -> None:
        mine = await case(school.head, forms=["mental_violence", "weapons"])
        await case(school.head, forms=["gambling"])
        assert await ids(school.head, "hung khi, vu khi") == {mine["id"]}

    async def test_all_of_it_binds_and_says_how_it_was_understood(
        self, bureau: StaffedUnit, school: StaffedUnit
    ) -> None:
        mine = await case(school.head, group="school_violence", occurred_on="2024-09-05")
        await case(school.head, group="social_evil", occurred_on="2024-09-05")
        answer = await search(bureau.officer, "bạo lực THCS ap dien bia tháng 9/2024")
        assert {item["id"] for item in answer["items"]} == {mine["id"]}
        parts = [(p["means"], p["position"], p["length"]) for p in answer["understood"]["parts"]]
        assert parts == [("category", 0, 2), ("unit", 2, 4), ("period", 6, 2)]
        assert "Bạo lực học đường" in {each["label_vi"] for each in answer["understood"]["parts"][0]["labels"]}

    async def test_unknown_words_find_nothing_and_are_reported_by_position(self, school: StaffedUnit) -> None:
        await case(school.head)
        response = await school.head.get(f"{API}/incidents", params={"q": "bạo lực zqkhongai zqnaoca"})
        answer = ok(response)
        assert (answer["items"], answer["understood"]["not_understood"]) == ([], [2, 3])
        assert "zq" not in response.text + str(response.headers)

    async def test_an_empty_search_finds_nothing_and_none_finds_all(self, school: StaffedUnit) -> None:
        await case(school.head)
        assert (await search(school.head, "  ,  "))["items"] == []
        everything = ok(await school.head.get(f"{API}/incidents"))
        assert len(everything["items"]) == 1
        assert everything["understood"] is None

    async def test_pages(self, school: StaffedUnit) -> None:
        incident_ids = {(await case(school.head))["id"] for _ in range(3)}
        first = await search(school.head, "bao luc", limit=2)
        rest = await search(school.head, "bao luc", limit=2, cursor=first["next_cursor"])
        assert {item["id"] for page in (first, rest) for item in page["items"]} == incident_ids
        wrong = await school.head.get(f"{API}/incidents", params={"q": "te nan", "cursor": first["next_cursor"]})
        assert wrong.status_code == 400


class TestSecrets:
    async def test_no_sealed_word_ever_matches(self, school: StaffedUnit) -> None:
        """Names, narratives and places are sealed: their words mean nothing here."""
        fields = {"narrative": "zqchuyenkin", "place": "zqnoikin", "children": [{"name": "Zqtenkin"}]}
        mine = await case(school.head, **fields)
        assert mine["summary"] == "zqchuyenkin"
        for word in ("zqchuyenkin", "zqnoikin", "Zqtenkin", "zqtenkin bao luc"):
            answer = await search(school.head, word)
            assert answer["items"] == []
            assert answer["understood"]["not_understood"] == [0]

    async def test_a_search_shows_facts_and_stays_within_reach(self, world: World, school: StaffedUnit) -> None:
        mine = await case(school.head, narrative="zqkin")
        stranger = await create_unit(world, under="bureau_b")
        for typed in (mine["code"], "thcs ap dien bia"):
            assert await ids(stranger.head, typed) == set()
        found = (await search(school.head, mine["code"]))["items"][0]
        assert not {"summary", "place"} & found.keys()

    async def test_a_partner_finds_what_is_shared_with_it(self, world: World, school: StaffedUnit) -> None:
        mine, other = await case(school.head), await case(school.head)
        agency = await create_unit(world, "agency", "department")
        assert await ids(agency.partner, mine["code"]) == set()
        ok(await share_incident(school.head, mine["id"], 1, grantee_unit_id=agency.id), 201)
        assert await ids(agency.partner, mine["code"]) == {mine["id"]}
        assert await ids(agency.partner, other["code"]) == set()


class TestUnits:
    async def test_the_directory_is_searched_the_same_way(self, school: StaffedUnit) -> None:
        async def found(q: str) -> set[str]:
            page = ok(await school.head.get(f"{API}/units", params={"q": q, "limit": 500}))
            return {unit["id"] for unit in page["items"]}

        for typed in ("ap dien bia", "Bịa THCS", "aaps ddieenf", "ap di", f"MA-{str(school.id)[-6:]}"):
            assert str(school.id) in await found(typed)
        assert await found("zqkhongco") == set()
