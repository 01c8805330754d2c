"""A right to upload is none to write what is in the file: what a system may not write by hand, it may not upload."""

import pytest
from sqlalchemy import select

from app.models.accounts import Client as ClientAccount
from app.security.access.scope import ALL
from app.services.uploads.datasets.all import DATASETS
from tests.factories.accounts import create_integration_client
from tests.factories.http import assert_problem, ok
from tests.factories.school_years import YEAR
from tests.factories.uploads import ROSTER, UPLOADS_PATH, run_uploads, send_file, table
from tests.world import World

CLASSES = table("Mã lớp,Tên lớp,Khối,Cấp học", "6Q1,Lớp 6Q1,6,THCS")
UPLOADING = ("upload:create", "upload:read")


@pytest.mark.parametrize(
    ("dataset", "body", "scopes"),
    [
        ("classes", CLASSES, ("learner:create", "learner:update")),
        ("learners", table("Họ và tên,Ngày sinh,Giới tính"), ("learner:create", "learner:update")),
        ("roster_counts", ROSTER, ("roster_count:create",)),
        ("staff", table("Mã định danh,Họ và tên"), ("learner:create", "learner:update")),
        ("report_values", table("Mã báo cáo,Mã chỉ tiêu,Giá trị"), ("report:create",)),
    ],
)
async def test_a_system_uploads_what_it_may_write(
    world: World, dataset: str, body: bytes, scopes: tuple[str, ...]
) -> None:
    year = YEAR if DATASETS[dataset].has_school_year else None
    uploading = await create_integration_client(world, "school_a1", *UPLOADING)
    almost = await create_integration_client(world, "school_a1", *UPLOADING, *scopes[1:])
    writing = await create_integration_client(world, "school_a1", *UPLOADING, *scopes)
    for system in (uploading, almost):
        assert_problem(await send_file(system, body, dataset, school_year=year), 403, "forbidden")
    assert (await send_file(writing, body, dataset, school_year=year)).status_code == 202
    await run_uploads(writing)


async def test_no_system_uploads_accounts(world: World) -> None:
    system = await create_integration_client(world, "school_a1", *UPLOADING, "learner:create")
    assert_problem(await send_file(system, table("Tên đăng nhập"), "accounts", school_year=None), 403, "forbidden")


async def test_an_upload_ends_where_the_right_to_write_was_taken_away(world: World) -> None:
    system = await create_integration_client(world, "school_a1", *UPLOADING, "learner:create", "learner:update")
    made = ok(await send_file(system, CLASSES, "classes"), 202)
    async with world.runtime.work(ALL) as work:
        account = await work.session.scalar(select(ClientAccount).order_by(ClientAccount.id.desc()).limit(1))
        assert account is not None
        account.scopes = list(UPLOADING)
        await work.commit()
    await run_uploads(system)
    head = await world.client("a1.head")
    found = ok(await head.get(f"{UPLOADS_PATH}/{made['id']}"))
    assert (found["state"], found["fault"]["code"]) == ("refused", "uploader_gone")
