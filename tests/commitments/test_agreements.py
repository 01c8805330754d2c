"""Agreements of staff and of a school: adopted, signed, corrected, and seen above. All invented."""

import asyncio
import io
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pypdf import PdfReader
from sqlalchemy import select

from app.core.time import utc_now
from app.core.vocabulary import Dimension
from app.models.commitments.agreements import CommitmentAgreement
from app.security.access.scope import ALL
from tests.factories.agreements import (
    AGREEMENTS,
    SIGNER,
    STAFF_DOCUMENT,
    agree,
    dismiss,
    hire,
    product_templates,
    record,
    states,
)
from tests.factories.commitments import CAMPAIGNS, DOCUMENT, create_campaign, create_template
from tests.factories.figures import Asked, asking, count_figures
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.privacy import destroy_due_records, set_retention_periods
from tests.factories.reminders import follow, forget_rolls
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.work import list_work, waiting_ids
from tests.files.samples import TEXT
from tests.world import World


async def test_a_school_records_its_agreement_with_the_police_and_the_line_sees_that_it_has_one(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    campaign = await create_campaign(bureau.officer, await product_templates(bureau.officer, "school_police"))
    near, far = [await create_unit(world, under=bureau.id) for _ in range(2)]
    path = (await agree(near, campaign_id=campaign))["school_police"]
    await agree(far, campaign_id=campaign)
    assert await waiting_ids(near.officer, "commitment_agreements") == [path.rpartition("/")[2]]
    unsigned = await record(near.officer, path, {"state": "signed"})
    assert_problem(unsigned, 422, "missing", "/partner_signer")
    shown = ok(await record(near.officer, path, {"state": "signed"}, number="15/QCPH", partner_signer=SIGNER))
    (row,) = shown["obligations"]
    assert (row["state"], row["number"], row["staff_id"]) == ("signed", "15/QCPH", None)
    assert (shown["owed"], shown["settled"], shown["signed"]) == (1, 1, 1)
    assert (await list_work(near.head))["commitment_agreements"]["count"] == 0
    (entry,) = ok(await near.head.get(f"{path}/entries"))
    assert (entry["signer_name"], entry["signer_title"], entry["way"]) == (SIGNER["name"], SIGNER["title"], "paper")
    board = f"{CAMPAIGNS}/{campaign}/agreements"
    seen = {each["unit_id"]: (each["kind"], each["is_signed"]) for each in ok(await bureau.officer.get(board))}
    assert seen == {str(near.id): ("school_police", True), str(far.id): ("school_police", False)}
    assert await list_items(far.head, "commitment-agreements", campaign_id=campaign, settled="true") == []
    for stranger in (far.head, far.officer):
        assert_problem(await stranger.get(path), 404, "not_found")
    assert_problem(await bureau.head.get(path), 403, "forbidden")
    assert_problem(await near.teacher.get(AGREEMENTS), 403, "forbidden")


async def test_a_staff_room_signs_at_once_and_a_correction_is_a_withdrawal(world: World) -> None:
    school = await create_unit(world)
    teachers = [await hire(school.officer, f"Lê Văn Bịa {at}") for at in "ABC"]
    await hire(school.officer, "Trần Thị Bịa Trưởng", post="principal")
    path = (await agree(school, "teacher_principal"))["teacher_principal"]
    shown = ok(await school.head.get(path))
    assert [each["staff_id"] for each in shown["obligations"]] == teachers
    assert {each["action"] for each in shown["next_actions"]} == {"sign"}
    rows = [{"staff_id": each, "state": "signed"} for each in teachers[:2]]
    refused = {"staff_id": teachers[2], "state": "refused", "reason": "Muốn đọc thêm (bịa)"}
    shown = ok(await record(school.officer, path, *rows, refused))
    assert (shown["owed"], shown["settled"], shown["signed"]) == (3, 3, 2)
    # The same again changes nothing; what somebody said is withdrawn before it says otherwise.
    assert ok(await record(school.officer, path, *rows, refused))["version"] == shown["version"]
    other = await record(school.officer, path, {"staff_id": teachers[0], "state": "refused"})
    assert_problem(other, 422, "contradicts", "/rows/0/state")
    assert_problem(await record(school.officer, path, rows[0], rows[0]), 422, "repeated", "/rows/1")
    assert_problem(await record(school.officer, path, {"state": "signed"}), 422, "unknown_record", "/rows/0")
    assert_problem(await record(school.officer, path, *rows, number="1"), 422, "no_partner", "/number")
    reasons = [
        {each["reason"] for each in ok(await reader.get(f"{path}/entries"))} for reader in (school.head, school.officer)
    ]
    assert reasons == [{None, "Muốn đọc thêm (bịa)"}, {None}]
    ok(await school.head.post(f"{path}/withdrawals", {"rows": [{"staff_id": teachers[2]}]}))
    nothing = await school.head.post(f"{path}/withdrawals", {"rows": [{"staff_id": teachers[2]}]})
    assert_problem(nothing, 422, "nothing_to_withdraw", "/rows/0")
    ok(await record(school.head, path, {**refused, "state": "signed"}))
    assert len(ok(await school.head.get(f"{path}/entries"))) == 4
    assert await list_items(school.head, "commitment-agreements", settled="false", kind="teacher_principal") == []


async def test_of_many_who_record_one_signature_at_once_one_does(world: World) -> None:
    school = await create_unit(world)
    path = (await agree(school, "school_police"))["school_police"]
    again = [record(school.head, path, {"state": "signed"}, partner_signer=SIGNER) for _ in range(8)]
    assert {each.status_code for each in await asyncio.gather(*again)} == {200}
    assert len(ok(await school.head.get(f"{path}/entries"))) == 1


async def test_agreements_follow_the_staff_and_a_new_version(world: World) -> None:
    await forget_rolls(world)
    school = await create_unit(world)
    first, second, third = [await hire(school.officer, f"Lê Văn Bịa {at}") for at in "ABC"]
    department = await world.client("so.officer")
    template = await create_template(department, **STAFF_DOCUMENT)
    campaign = await create_campaign(department, [template["id"]])
    path = (await agree(school, campaign_id=campaign))["teacher_principal"]
    ok(await record(school.head, path, *({"staff_id": each, "state": "signed"} for each in (first, third))))
    for leaver in (first, second):
        await dismiss(school.officer, leaver)
    late = await hire(school.officer, "Lê Văn Bịa Muộn")
    await hire(school.officer, "Lê Văn Bịa Gác", post="guard")
    await follow(world)
    assert await states(school.head, path) == {first: "signed", second: "void", third: "signed", late: "pending"}
    body = {"code": template["code"], "document": {**DOCUMENT, **STAFF_DOCUMENT, "title_vi": "Bản mới (mẫu)"}}
    newer = ok(await department.post(f"{API}/commitment-templates", body), 201)
    ok(await department.post(f"{API}/commitment-templates/{newer['id']}/publication"), 201)
    await follow(world)
    # Nobody who left is asked anew.
    assert await states(school.head, path) == {first: "signed", second: "void", third: "pending", late: "pending"}
    old = {"staff_id": third, "state": "signed"}
    superseded = await record(school.head, path, old, template_id=template["id"])
    assert_problem(superseded, 422, "superseded_version", "/template_id")


async def test_a_report_counts_agreements_with_the_police_and_of_staff_no_few_who_did_not_sign(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    teachers = [await hire(school.officer, f"Lê Văn Bịa {at}") for at in range(7)]
    paths = await agree(school, "teacher_principal", "school_police")

    async def counted(
        name: str, of: StaffedUnit = school, at: datetime | None = None, **more: Any
    ) -> tuple[int | None, int | None]:
        asked = asking(name, Dimension.SCHOOL_LEVEL, **more)
        return (await count_figures(of.head, Asked(of.id, cut_off=at), asked))["X", ""]

    async def of_staff(of: StaffedUnit = school, at: datetime | None = None) -> tuple[int | None, int | None]:
        return await counted("staff_agreed_with_head", of, at, measure="ratio", roll_up="ratio")

    async def of_police() -> int | None:
        return (await counted("schools_agreed_with_police", measure="yes_no", roll_up="count_units"))[0]

    assert (await of_police(), await of_staff()) == (0, (0, 7))
    ok(await record(school.head, paths["school_police"], {"state": "signed"}, partner_signer=SIGNER))
    rows = [{"staff_id": each, "state": "signed" if at < 2 else "refused"} for at, each in enumerate(teachers)]
    ok(await record(school.head, paths["teacher_principal"], *rows[:6]))
    # Four who refused are not told from those who signed; one has not been settled.
    assert (await of_police(), await of_staff()) == (1, (6, 7))
    cut_off = utc_now()
    ok(await record(school.head, paths["teacher_principal"], rows[6]))
    # Of the staff nothing is counted above the school but its report.
    assert (await of_staff(), await of_staff(bureau)) == ((2, 7), (0, 0))
    changed = [{"staff_id": each} for each in teachers[2:5]]
    ok(await school.head.post(f"{paths['teacher_principal']}/withdrawals", {"rows": changed}))
    ok(await record(school.head, paths["teacher_principal"], *({**each, "state": "signed"} for each in changed)))
    # What was said later changes no figure of an earlier day.
    assert (await of_staff(), await of_staff(at=cut_off)) == ((7, 7), (6, 7))
    ok(await school.head.post(f"{paths['school_police']}/withdrawals", {"rows": [{}]}))
    assert await of_police() == 0


async def test_the_paper_goes_round_and_says_nothing_of_what_was_recorded(world: World) -> None:
    school = await create_unit(world)
    first, _ = [await hire(school.officer, f"Lê Văn Bịa {at}") for at in "AB"]
    paths = await agree(school, "teacher_principal", "school_police")
    sheet = f"{paths['teacher_principal']}/sheet"
    before = (await school.head.get(sheet)).content
    ok(await record(school.head, paths["teacher_principal"], {"staff_id": first, "state": "refused"}))
    assert (await school.head.get(sheet)).content == before
    code = ok(await school.head.get(paths["teacher_principal"]))["code"]
    for printed in (code, "Lê Văn Bịa A", "Lê Văn Bịa B", "Giáo viên", "Ký tên"):
        assert printed in text_of(before)
    police = text_of((await school.head.get(f"{paths['school_police']}/sheet")).content)
    for printed in ("Số: ", "Công an cam kết", "Đại diện Công an", "Chức vụ"):
        assert printed in police


async def test_a_scan_proves_rows_of_its_own_agreement_alone(world: World) -> None:
    school = await create_unit(world)
    paths = await agree(school, "school_police", "principal_commune")
    path, plain = paths["school_police"], {"Content-Type": "text/plain"}
    made = ok(await school.officer.call("POST", f"{path}/files", content=TEXT, headers=plain), 201)
    row, proof = {"state": "signed"}, {"file_id": made["id"], "partner_signer": SIGNER}
    other = await record(school.head, paths["principal_commune"], row, **proof)
    assert_problem(other, 422, "unknown_record", "/file_id")
    elsewhere = await record(school.head, path, row, way="signed_elsewhere", **proof)
    assert_problem(elsewhere, 422, "not_a_pdf", "/file_id")
    ok(await record(school.head, path, row, **proof))
    assert [each["sha256"] for each in ok(await school.head.get(f"{path}/files"))] == [made["sha256"]]
    link = ok(await school.head.post(f"{API}/agreement-files/{made['id']}/links", {"variant": "original"}), 201)
    assert (await school.head.http.get(link["url"])).content == TEXT
    gone = await school.head.post(f"{API}/agreement-files/{made['id']}/destruction", {"reason": "Tải nhầm (bịa)"})
    assert gone.status_code == 204
    stranger = await create_unit(world)
    assert_problem(await stranger.head.get(f"{API}/agreement-files/{made['id']}"), 404, "not_found")


async def test_an_agreement_names_parties_who_sign_together_and_is_one_of_its_kind(world: World) -> None:
    department = await world.client("so.officer")
    odd = {**DOCUMENT, "parties": ["pupil", "police"], "staff_posts": ["teacher"]}
    refused = await department.post(f"{API}/commitment-templates", {"code": "mau_la", "document": odd})
    assert {(each["pointer"], each["code"]) for each in refused.json()["errors"]} >= {
        ("/document/parties", "parties_do_not_fit"),
        ("/document/staff_posts", "posts_unused"),
    }
    own = (await create_template(department, **STAFF_DOCUMENT))["id"]
    both = [own, *await product_templates(department, "teacher_principal")]
    days = {"opens_on": "2026-08-24", "closes_on": "2026-09-15"}
    body = {"school_year": "2026-2027", "title_vi": "Đợt (mẫu)", "template_ids": both, **days}
    assert_problem(await department.post(CAMPAIGNS, body), 422, "level_repeated", "/template_ids/1")


async def test_retention_leaves_no_name_no_word_and_no_way_to_go_on(world: World) -> None:
    school = await create_unit(world)
    await hire(school.officer, "Lê Văn Bịa A")
    paths = await agree(school, "teacher_principal", "school_police")
    (asked,) = ok(await school.head.get(paths["teacher_principal"]))["obligations"]
    refused = {"staff_id": asked["staff_id"], "state": "refused", "reason": "Kín (bịa)"}
    ok(await record(school.head, paths["teacher_principal"], refused))
    ok(await record(school.head, paths["school_police"], {"state": "signed"}, number="1/KÍN", partner_signer=SIGNER))
    await set_retention_periods(world)
    ids = [UUID(path.rpartition("/")[2]) for kind, path in paths.items() if kind != "campaign"]
    async with world.runtime.work(ALL) as work:
        for row in await work.session.scalars(select(CommitmentAgreement).where(CommitmentAgreement.id.in_(ids))):
            row.opened_at -= timedelta(days=6 * 366)
        await work.commit()
    await destroy_due_records(world)
    for key in ids:
        path = f"{AGREEMENTS}/{key}"
        shown = ok(await school.head.get(path))
        assert (shown["destroyed_at"] is not None, shown["obligations"], shown["next_actions"]) == (True, [], [])
        (entry,) = ok(await school.head.get(f"{path}/entries"))
        assert {entry[name] for name in ("staff_id", "reason", "number", "signer_name", "signer_title")} == {None}
        assert_problem(await school.head.get(f"{path}/sheet"), 409, "destroyed")
    assert_problem(await record(school.head, paths["teacher_principal"], refused), 409, "destroyed")


def text_of(pdf: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
