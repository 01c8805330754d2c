"""Random uploads, edits by hand and reverts over HTTP: every row ends as a plain account says. All invented."""

import random
from collections import Counter
from typing import Final

import pytest
from sqlalchemy import func, select

from app.core.time import today
from app.models.learners.classes import SchoolClass
from app.models.learners.learners import Learner
from app.security.access.scope import ALL
from tests.conftest import SHARE
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.learners import create_class, write
from tests.factories.school_years import YEAR
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import UPLOADS_PATH, fates, run_uploads, table, upload
from tests.uploads.account import Account
from tests.world import World

STEPS: Final = 14
CODES: Final = range(1, 6)
NATIONS: Final = {"Việt Nam": "VN", "Lào": "LA", "Campuchia": "KH"}
VALUES: Final = {"classes": ("Lớp một", "Lớp hai", "Lớp ba"), "learners": tuple(NATIONS)}
ENDS: Final = ("reversed", "kept", "failed")
MODELS: Final[dict[str, type[SchoolClass | Learner]]] = {"classes": SchoolClass, "learners": Learner}


def file_of(dataset: str, rows: dict[str, str]) -> bytes:
    if dataset == "classes":
        return table("Mã lớp,Tên lớp,Cấp học", *(f"{code},{value},THCS" for code, value in rows.items()))
    head = "Mã định danh,Họ và tên,Ngày sinh,Giới tính,Quốc tịch"
    return table(head, *(f"{code},{name_of(code)},01/02/2015,Nữ,{value}" for code, value in rows.items()))


def name_of(code: str) -> str:
    return f"Trẻ Mẫu {'ABCDEF'[int(code)]}"


def code_of(dataset: str, number: int) -> str:
    return f"6R{number}" if dataset == "classes" else f"{number:010}"


class Course:
    """The steps of one school, and after each what must be so."""

    def __init__(self, world: World, school: StaffedUnit, rolled: random.Random) -> None:
        self.world, self.school, self.rolled = world, school, rolled
        self.accounts = {"classes": Account(), "learners": Account()}
        self.reverted: list[str] = []
        self.ids: dict[tuple[str, str], str] = {}
        self.enrolled = set[str]()
        self.ends: Counter[str] = Counter()
        self.at = 0

    async def step(self) -> None:
        self.at += 1
        name = self.rolled.choice(("upload", "upload", "upload", "edit", "edit", "enrol", "enter", "revert", "revert"))
        dataset = self.rolled.choice(("classes", "classes", "learners"))
        await getattr(self, name)(dataset)
        await self.check(dataset)

    async def upload(self, dataset: str) -> None:
        numbers = self.rolled.sample(CODES, self.rolled.randint(1, 4))
        rows = {code_of(dataset, number): self.rolled.choice(VALUES[dataset]) for number in numbers}
        overwrites = self.rolled.random() < 0.25
        done = await upload(self.school.officer, file_of(dataset, rows), dataset, overwrite_edited=overwrites)
        assert done["state"] == "applied", done
        assert done["rows"]["read"] == len(rows) == sum(fates(done).values())
        assert fates(done) == self.accounts[dataset].upload(done["id"], self.at, rows, overwrites=overwrites)

    async def edit(self, dataset: str) -> None:
        shown = sorted(self.accounts[dataset].shown())
        if not shown:
            return
        code, value = self.rolled.choice(shown), self.rolled.choice(VALUES[dataset])
        path = f"{API}/{dataset}/{self.ids[dataset, code]}"
        body = {"name": value} if dataset == "classes" else {"nationality": NATIONS[value]}
        officer = self.school.officer
        ok(await officer.patch(path, body, await read_etag(officer, path)))
        self.accounts[dataset].edit(code, value)

    async def enter(self, _: str) -> None:
        """A class that no file named before."""
        known = self.accounts["classes"].records
        number = next((number for number in CODES if code_of("classes", number) not in known), None)
        if number is not None:
            code, value = code_of("classes", number), VALUES["classes"][0]
            made = await create_class(self.school.officer, code, name=value)
            self.ids["classes", code] = made["id"]
            self.accounts["classes"].enter(code, value)

    async def enrol(self, _: str) -> None:
        """Put a learner into a class by hand: the class is needed then, and a part of the learner was entered."""
        classes, learners = (sorted(self.accounts[name].shown()) for name in ("classes", "learners"))
        learners = [code for code in learners if code not in self.enrolled]
        if not (classes and learners):
            return
        entered, code = self.rolled.choice(classes), self.rolled.choice(learners)
        body = {"class_id": self.ids["classes", entered], "entered_on": today().isoformat()}
        ok(await write(self.school.officer, self.ids["learners", code], "enrolments", body), 201)
        self.enrolled.add(code)
        self.accounts["classes"].records[entered].is_needed = True
        self.accounts["learners"].records[code].part_at = self.at

    async def revert(self, dataset: str) -> None:
        account = self.accounts[dataset]
        uploads = [each for each in account.changes if each not in self.reverted]
        if not uploads:
            return
        upload_id = self.rolled.choice(uploads)
        path = f"{UPLOADS_PATH}/{upload_id}"
        foreseen = ok(await self.school.head.get(f"{path}/reversal"))
        ok(await self.school.head.post(f"{path}/revert", {"reason": "Nhầm tệp (mẫu)"}))
        await run_uploads(self.school.officer)
        expected = account.revert(upload_id)
        self.reverted.append(upload_id)
        assert {end: foreseen[end] for end in ENDS} == {end: list(expected.values()).count(end) for end in ENDS}
        self.ends.update(expected.values())
        await self._check_reverted(upload_id)

    async def check(self, dataset: str) -> None:
        """The school shows what the account has, and nothing was ever deleted."""
        shown = self._shown_classes if dataset == "classes" else self._shown_learners
        assert await shown() == self.accounts[dataset].shown()
        assert await self._stored(dataset) == len(self.accounts[dataset].records)

    async def _shown_classes(self) -> dict[str, str]:
        listed = await list_items(self.school.officer, "classes", school_year=YEAR)
        self.ids |= {("classes", each["code"]): each["id"] for each in listed}
        return {each["code"]: each["name"] for each in listed if each["voided_at"] is None}

    async def _shown_learners(self) -> dict[str, str]:
        codes = {name_of(code): code for code in self.accounts["learners"].records}
        said, shown = {code: word for word, code in NATIONS.items()}, dict[str, str]()
        for each in await list_items(self.school.officer, "learners"):
            learner = ok(await self.school.officer.get(f"{API}/learners/{each['id']}"))
            code = codes[learner["full_name"]]
            self.ids["learners", code] = each["id"]
            shown[code] = said[learner["nationality"]]
        return shown

    async def _stored(self, dataset: str) -> int:
        model = MODELS[dataset]
        query = select(func.count(model.id)).where(model.unit_id == self.school.id)
        async with self.world.runtime.work(ALL, write=False) as work:
            return int(await work.session.scalar(query) or 0)

    async def _check_reverted(self, upload_id: str) -> None:
        """Every change has one end; and a second revert is refused."""
        [(dataset, account)] = [each for each in self.accounts.items() if upload_id in each[1].changes]
        path = f"{UPLOADS_PATH}/{upload_id}"
        assert_problem(await self.school.head.post(f"{path}/revert", {"reason": "Lần nữa (mẫu)"}), 409, "wrong_state")
        changes = await list_items(self.school.officer, f"uploads/{upload_id}/changes")
        expected = {self.ids[dataset, change.code]: change.end for change in account.changes[upload_id]}
        assert {each["record_id"]: each["reversal"] for each in changes} == expected
        assert len(changes) == len(expected)
        assert set(expected.values()) <= set(ENDS)
        assert ok(await self.school.officer.get(path))["state"] == "reverted"


@pytest.mark.parametrize("seed", range(20 // SHARE))
async def test_every_row_of_a_revert_ends_as_a_plain_account_says(world: World, seed: int) -> None:
    course = Course(world, await create_unit(world), random.Random(seed))
    for _ in range(STEPS):
        await course.step()
    for dataset in course.accounts:
        await course.revert(dataset)
        await course.check(dataset)
    print("\nends:", dict(course.ends))
