"""Guardians by upload: found by a number of the learner, the relation and the name. All invented."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.models.learners.learners import Guardian
from app.models.units import Unit
from app.security.access.scope import ALL
from tests.factories.http import API, ok
from tests.factories.learners import write
from tests.factories.units import StaffedUnit
from tests.factories.uploads import fates, list_errors, revert_upload, table, upload
from tests.world import World

LEARNERS = table(
    "Mã định danh,Họ và tên,Ngày sinh,Giới tính",
    "0000000031,Lê Thị Ân (mẫu),01/02/2015,Nữ",
    "0000000032,Trần Văn Bình (mẫu),03/04/2015,Nam",
)
HEAD = "Mã định danh,Quan hệ,Họ tên phụ huynh,Năm sinh,SĐT"
MOTHER = "0000000031,Mẹ,Phạm Thị Bịa,1988,0912 345 678"
FATHER = "0000000031,Bố,Lê Văn Bịa,1985,"


@pytest.fixture
async def taught(school: StaffedUnit) -> StaffedUnit:
    """A school with two learners."""
    assert fates(await upload(school.officer, LEARNERS, "learners")) == {"created": 2}
    return school


async def send(unit: StaffedUnit, *rows: str) -> dict[str, object]:
    return await upload(unit.officer, table(HEAD, *rows), "guardians", school_year=None)


async def guardians(world: World, unit_id: UUID) -> dict[str, Guardian]:
    async with world.runtime.work(ALL, write=False) as work:
        path = (await work.session.get_one(Unit, unit_id)).org_path
        rows = await work.session.scalars(select(Guardian).where(Guardian.org_path == path))
        return {each.relation: each for each in rows}


async def test_guardians_are_made_once(world: World, taught: StaffedUnit) -> None:
    done = await send(taught, MOTHER, FATHER, FATHER.replace("Bố", "Ông bà"))
    assert fates(done) == {"created": 3}, await list_errors(taught.officer, done)
    found = await guardians(world, taught.id)
    reached = {relation: each.has_contact_details for relation, each in found.items()}
    assert reached == {"mother": True, "father": False, "grandparent": False}
    sealed = found["mother"].sealed
    assert sealed is not None
    assert "345" not in sealed
    assert fates(await send(taught, MOTHER.replace("0912 345 678", "+84 912345678"), FATHER)) == {"same": 2}


async def test_another_number_is_a_change_and_is_taken_back(world: World, taught: StaffedUnit) -> None:
    await send(taught, MOTHER)
    before = (await guardians(world, taught.id))["mother"].phone_index
    done = await send(taught, MOTHER.replace("678", "679"))
    assert fates(done) == {"updated": 1}
    assert (await guardians(world, taught.id))["mother"].phone_index != before
    await revert_upload(taught.head, done)
    assert (await guardians(world, taught.id))["mother"].phone_index == before


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (MOTHER.replace("0000000031", "0000000099"), "unknown_learner"),
        (MOTHER.replace("0000000031", ""), "learner_unnamed"),
        (MOTHER.replace("Mẹ", "cô giáo"), "unknown_code"),
        (MOTHER.replace("0912 345 678", "912345678"), "not_a_phone"),
    ],
)
async def test_a_row_without_its_learner_is_refused(taught: StaffedUnit, row: str, code: str) -> None:
    assert [each for _, _, each in await list_errors(taught.officer, await send(taught, row))] == [code]


@pytest.mark.parametrize(
    "row",
    [
        FATHER.replace("Bố", "Ông"),
        "0000000031,Ông,Lê Văn Khác,1985,0912 345 678",
    ],
    ids=["the same name", "the same telephone"],
)
async def test_a_barred_person_stays_barred_in_another_relation(world: World, taught: StaffedUnit, row: str) -> None:
    [learner] = [
        each
        for each in ok(await taught.officer.get(f"{API}/learners"))["items"]
        if each["full_name"] == "Lê Thị Ân (mẫu)"
    ]
    barred = {"relation": "father", "full_name": "Lê Văn Bịa", "phone": "0912 345 678"}
    flags = {"may_be_contacted": False, "may_know_whereabouts": False}
    ok(await write(taught.officer, learner["id"], "guardians", barred | flags), 201)
    assert fates(await send(taught, row)) == {"created": 1}
    made = (await guardians(world, taught.id))["grandparent"]
    assert (made.may_be_contacted, made.may_know_whereabouts) == (False, False)
