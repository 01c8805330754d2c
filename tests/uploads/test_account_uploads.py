"""Accounts by upload, and the printed codes by which they are activated. All invented."""

import io
import json
import re
from itertools import count
from pathlib import Path
from typing import Any

import pypdf
import pytest
from sqlalchemy import select

from app.models.accounts import LoginThrottle, User
from app.models.audit import AuditEntry
from app.security.access.scope import ALL
from tests.factories.canaries import dump_database
from tests.factories.http import API, assert_problem, ok
from tests.factories.uploads import UPLOADS_PATH, fates, list_errors, run_uploads, send_file, table, upload
from tests.world import Client, World

HEAD = "Tên đăng nhập,Họ và tên,Vai trò,Mã đơn vị"
CODE = re.compile(r"\b(?:[2-9A-Z]{6}-){2}[2-9A-Z]{6}\b")
PASSWORD = "chin-con-voi-di-hoc"
NUMBERS = count(1)


def row(**changed: str) -> tuple[str, str]:
    """A username of its own, and its row."""
    name = f"moi.{next(NUMBERS):04}"
    cells = {"name": name, "full_name": "Người Mới (mẫu)", "role": "Chuyên viên Sở (Phòng GDTrH–GDTX)", "unit": ""}
    return name, ",".join((cells | changed).values())


async def send(by: Client, *rows: str, **asked: Any) -> dict[str, Any]:
    return await upload(by, table(HEAD, *rows), "accounts", school_year=None, **asked)


async def draw(by: Client, made: dict[str, Any], **body: object) -> dict[str, str]:
    """The codes on the slips by username."""
    response = await by.post(f"{UPLOADS_PATH}/{made['id']}/activation-slips", body)
    assert response.status_code == 200, response.text
    assert response.headers["Cache-Control"] == "no-store"
    pages = pypdf.PdfReader(io.BytesIO(response.content)).pages
    text = "\n".join(page.extract_text() for page in pages)
    return dict(zip(re.findall(r"moi\.\d{4}", text), CODE.findall(text), strict=True))


async def activate(world: World, username: str, code: str, password: str = PASSWORD) -> Any:
    body = {"username": username, "code": code, "new_password": password}
    return await world.anonymous.post(f"{API}/auth/activation", body)


async def user(world: World, username: str) -> User:
    async with world.runtime.work(ALL, write=False) as work:
        return (await work.session.scalars(select(User).where(User.username == username))).one()


async def test_each_account_is_created_as_by_hand_and_waits_for_its_code(world: World, administrator: Client) -> None:
    (name, officer), (other, head) = row(), row(role="school_head", unit="school_b1")
    assert fates(await send(administrator, officer, head, dry_run=True)) == {"created": 2}
    made = await send(administrator, officer, head)
    assert fates(made) == {"created": 2}, await list_errors(administrator, made)
    assert fates(await send(administrator, officer, head)) == {"same": 2}
    found = await user(world, other)
    assert (found.unit_id, found.role, found.must_change_password) == (world.units["school_b1"], "school_head", True)
    neighbour = await world.client("b1.head")
    notices = ok(await neighbour.get(f"{API}/notices"))["items"]
    assert str(found.id) in str([each for each in notices if each["kind"] == "account_sees_cases"])
    codes = await draw(administrator, made)
    assert sorted(codes) == [name, other]
    assert (await activate(world, other, codes[other].lower().replace("-", " "))).status_code == 204
    signed_in = ok(await world.anonymous.post(f"{API}/auth/sign-in", {"username": other, "password": PASSWORD}))
    assert signed_in["pending"] is None
    # Once.
    assert_problem(await activate(world, other, codes[other], f"{PASSWORD}-nua"), 401, "bad_credentials")


async def test_a_reprint_ends_the_codes_before_it_and_each_has_its_period(world: World, administrator: Client) -> None:
    (name, first), (other, second) = row(), row()
    made = await send(administrator, first, second)
    former = await draw(administrator, made)
    assert list(await draw(administrator, made, user_ids=[str((await user(world, name)).id)])) == [name]
    assert_problem(await activate(world, name, former[name]), 401, "bad_credentials")
    stored = await user(world, other)
    assert stored.activation_digest is not None
    assert former[other].replace("-", "") not in stored.activation_digest
    async with world.runtime.work(ALL) as work:
        (await work.session.get_one(User, stored.id)).activation_expires_at = work.now
        await work.commit()
    assert_problem(await activate(world, other, former[other]), 401, "bad_credentials")
    again = await draw(administrator, made)
    assert_problem(await activate(world, other, again[other], "ngan"), 422, "password_length", "/new_password")
    assert (await activate(world, other, again[other])).status_code == 204


async def test_wrong_codes_slow_down_like_wrong_passwords(world: World, administrator: Client) -> None:
    name, line = row()
    codes = await draw(administrator, await send(administrator, line))
    answers = [(await activate(world, name, "7K3M9Q-2XBDM4-HHV8TA")).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]
    assert_problem(await activate(world, name, codes[name]), 429, "too_many_requests")
    async with world.runtime.work(ALL) as work:
        for throttle in await work.session.scalars(select(LoginThrottle)):
            await work.session.delete(throttle)
        await work.commit()
    assert (await activate(world, name, codes[name])).status_code == 204


async def test_a_code_stands_on_its_slip_alone(
    world: World, administrator: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (used, first), (unused, second) = row(), row()
    made = await send(administrator, first, second)
    codes = await draw(administrator, made)
    assert_problem(await activate(world, unused, f"{codes[unused]}2"), 401, "bad_credentials")
    assert (await activate(world, used, codes[used])).status_code == 204
    shown = [ok(await administrator.get(f"{API}/users/{(await user(world, name)).id}")) for name in codes]
    shown += [ok(await administrator.get(f"{UPLOADS_PATH}/{made['id']}{part}")) for part in ("", "/changes", "/errors")]
    said = [str(shown).encode(), "".join(capsys.readouterr()).encode(), *dump_database(world, tmp_path / "copy.db")]
    digests = {(await user(world, unused)).activation_digest}
    for code in codes.values():
        for form in (code, code.replace("-", "")):
            assert not any(form.encode() in each for each in said)
    assert not any(str(digest).encode() in each for digest in digests for each in said[:2])


WRONG = {
    row(name="Có Dấu")[1]: ("username", "bad_username"),
    row(name="abc\u202e\u202d")[1]: ("username", "bad_username"),
    row(full_name="=HYPERLINK(1)")[1]: ("full_name", "formula"),
    row(role="integration_client")[1]: ("role", "unknown_code"),
    row(role="Hiệu trưởng")[1]: ("role", "role_not_of_level"),
    row(unit="KHONGCO")[1]: ("unit_code", "unknown_unit"),
    row(name="a1.head")[1]: ("username", "username_in_use"),
    row(name="so2.officer")[1]: ("username", "username_in_use"),
}


async def test_a_row_that_could_not_be_created_by_hand_is_refused(administrator: Client) -> None:
    found = await list_errors(administrator, await send(administrator, *WRONG))
    assert [(column, code) for _, column, code in found] == list(WRONG.values())


async def acts_of(world: World) -> list[dict[str, str]]:
    """The acts of the audit log that names in use brought about."""
    async with world.runtime.work(ALL, write=False) as work:
        query = select(AuditEntry.body).where(AuditEntry.body.contains("usernames_in_use")).order_by(AuditEntry.at)
        bodies = await work.session.scalars(query)
        return [act for body in bodies for act in json.loads(body)["acts"] if act["act"] == "usernames_in_use"]


async def test_names_of_other_units_show_to_who_would_make_the_account_alone(
    world: World, administrator: Client
) -> None:
    """By hand or by a file, and the audit log has it; the check of a file looks at no other unit."""
    here, elsewhere = row(name="so.officer")[1], row(name="so2.officer")[1]
    for asked in ({"dry_run": True}, {"dry_run": True, "policy": "create_only"}):
        checked = await send(administrator, here, elsewhere, **asked)
        assert await list_errors(administrator, checked) == [(2, "username", "username_in_use")]
        assert fates(checked) == {"refused": 1, "created": 1}
    assert fates(await send(administrator, here, elsewhere, policy="update_only")) == {"skipped": 2}
    whole = await send_file(administrator, table(HEAD, elsewhere), "accounts", school_year=None, mode="all_or_nothing")
    assert_problem(whole, 422, "invalid")
    known = await acts_of(world)
    made = await send(administrator, elsewhere)
    assert await list_errors(administrator, made) == [(2, "username", "username_in_use")]
    by_hand = {"username": "so2.officer", "full_name": "Người Mới (mẫu)", "role": "school_officer"}
    answer = await administrator.post(f"{API}/users", by_hand | {"unit_id": str(world.units["school_b1"])})
    assert_problem(answer, 409, "duplicate")
    acts = [act for act in await acts_of(world) if act not in known]
    assert acts == [{"act": "usernames_in_use", "subject": made["id"]}, {"act": "usernames_in_use"}]


async def test_a_revert_withdraws_invitations_and_keeps_who_is_active(world: World, administrator: Client) -> None:
    (active, first), (waiting, second) = row(), row()
    made = await send(administrator, first, second)
    codes = await draw(administrator, made)
    assert (await activate(world, active, codes[active])).status_code == 204
    path = f"{UPLOADS_PATH}/{made['id']}"
    assert ok(await administrator.get(f"{path}/reversal"))["kept"] == 1
    ok(await administrator.post(f"{path}/revert", {"reason": "Nhầm tệp (mẫu)"}))
    await run_uploads(administrator)
    assert [(await user(world, name)).status for name in (active, waiting)] == ["active", "suspended"]
    assert_problem(await activate(world, waiting, codes[waiting]), 401, "bad_credentials")
    assert_problem(await administrator.post(f"{path}/activation-slips", {}), 409, "no_slips")
    # The same row invites the same account again.
    again = await send(administrator, first, second)
    assert fates(again) == {"same": 1, "created": 1}
    assert (await activate(world, waiting, (await draw(administrator, again))[waiting])).status_code == 204


async def test_nobody_else_reaches_accounts_and_an_administrator_no_other_upload(
    world: World, administrator: Client, department: Client
) -> None:
    made = await send(administrator, row()[1])
    others = [await world.client(name) for name in ("so.head", "phong_a.head", "a1.head")]
    for other in (department, *others):
        assert_problem(await send_file(other, table(HEAD), "accounts", school_year=None), 403, "forbidden")
        assert_problem(await other.post(f"{UPLOADS_PATH}/{made['id']}/activation-slips", {}), 403, "forbidden")
    revert = await others[0].post(f"{UPLOADS_PATH}/{made['id']}/revert", {"reason": "Thử (mẫu)"})
    assert_problem(revert, 403, "forbidden")
    elsewhere = await world.client("so2.admin")
    assert (await elsewhere.post(f"{UPLOADS_PATH}/{made['id']}/activation-slips", {})).status_code == 404
    classes = table("Mã lớp,Tên lớp,Khối,Cấp học", "6Q9,Lớp 6Q9,6,THCS")
    of_unit = await upload(department, classes, "classes")
    assert (await administrator.get(f"{UPLOADS_PATH}/{of_unit['id']}")).status_code == 404
    assert {each["dataset"] for each in ok(await administrator.get(UPLOADS_PATH))["items"]} == {"accounts"}
    assert_problem(await send_file(administrator, classes, "classes"), 403, "forbidden")
