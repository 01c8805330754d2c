"""Templates, campaigns of a line, the board above a school, the sheet and its scan. All invented."""

import io

import pytest
from pypdf import PdfReader

from tests.factories.agreements import AGREEMENTS, SIGNER, product_templates
from tests.factories.agreements import record as record_agreement
from tests.factories.commitments import (
    CAMPAIGNS,
    DOCUMENT,
    Signing,
    create_campaign,
    create_signing,
    create_template,
    record,
    rows,
    secondary_template,
)
from tests.factories.http import API, assert_problem, list_items, ok
from tests.factories.learners import appoint
from tests.factories.next_actions import named_actions
from tests.factories.slips import barcodes
from tests.factories.unit_changes import move_unit
from tests.factories.units import StaffedUnit, create_unit
from tests.files.samples import TEXT
from tests.world import World

TEMPLATES = f"{API}/commitment-templates"


@pytest.fixture
async def signing(world: World) -> Signing:
    return await create_signing(await create_unit(world), pupils=2)


async def test_a_template_is_used_once_it_is_published_and_never_changes(world: World) -> None:
    department, school = await world.client("so.officer"), await create_unit(world)
    made = ok(await department.post(TEMPLATES, {"code": "mau_nhap", "document": DOCUMENT}), 201)
    path = f"{TEMPLATES}/{made['id']}"
    assert_problem(await school.head.get(path), 404, "not_found")
    body = {"school_year": "2026-2027", "title_vi": "Đợt (mẫu)", "opens_on": "2026-08-24", "closes_on": "2026-09-15"}
    refused = await department.post(CAMPAIGNS, {**body, "template_ids": [made["id"]]})
    assert_problem(refused, 422, "unknown_record", "/template_ids/0")
    assert_problem(await school.head.post(f"{path}/publication"), 403, "forbidden")
    ok(await department.post(f"{path}/publication"), 201)
    assert_problem(await department.post(f"{path}/publication"), 409, "commitment_template_published")
    assert ok(await school.head.get(path))["document"]["clauses"][0]["theme"] == "violence"
    both = [await secondary_template(school.head), made["id"]]
    repeated = await school.head.post(CAMPAIGNS, {**body, "template_ids": both})
    assert_problem(repeated, 422, "level_repeated", "/template_ids/1")
    reminded = await school.head.post(CAMPAIGNS, {**body, "template_ids": both, "reminders": {"days_after": [9, 3]}})
    assert_problem(reminded, 422, "days_not_in_order", "/reminders/days_after")
    again = ok(await department.post(TEMPLATES, {"code": "mau_nhap", "document": DOCUMENT}), 201)
    assert (again["number"], again["digest"]) == (2, made["digest"])


async def test_every_fault_of_a_document_is_named_with_its_place(world: World) -> None:
    department = await world.client("so.officer")
    clause = {"theme": "violence", "party": "pupil", "text_vi": "Em không đánh bạn (mẫu)."}
    document = {**DOCUMENT, "levels": ["nursery", "nursery"], "parties": ["guardian"], "clauses": [clause]}
    refused = await department.post(TEMPLATES, {"code": "mau_sai", "document": document})
    assert {(each["pointer"], each["code"]) for each in refused.json()["errors"]} == {
        ("/document/levels", "repeated"),
        ("/document/clauses/0/party", "party_not_asked"),
        ("/document/parties/0", "no_clause"),
    }
    theme = {**DOCUMENT, "clauses": [{**clause, "theme": "no_such_theme"}]}
    unknown = await department.post(TEMPLATES, {"code": "mau_sai", "document": theme})
    assert_problem(unknown, 422, "unknown_code", "/document/clauses/0/theme")


async def test_the_products_templates_ask_in_a_preschool_the_parents_alone(world: World) -> None:
    department = await world.client("so.officer")
    listed = {each["code"]: each for each in await list_items(department, "commitment-templates")}
    found = {code: listed[code]["parties"] for code in ("year_preschool", "year_primary", "year_secondary")}
    both = ["pupil", "guardian"]
    assert found == {"year_preschool": ["guardian"], "year_primary": both, "year_secondary": both}


async def test_a_level_above_sees_its_schools_and_none_of_their_classes(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    template = await create_template(await world.client("so.officer"))
    campaign = await create_campaign(bureau.officer, [template["id"]])
    near, far = [await create_signing(await create_unit(world, under=bureau.id), campaign, 3) for _ in range(2)]
    ok(await record(near.school.head, near, rows(near.pupils, "signed", "pupil"), rows(near.pupils[:1], "refused")))
    seen = {each["unit_id"]: each for each in ok(await bureau.officer.get(f"{CAMPAIGNS}/{campaign}/board"))}
    assert {key: (each["owed"], each["settled"]) for key, each in seen.items()} == {
        str(near.school.id): (6, None),
        str(far.school.id): (6, None),
    }
    (own,) = ok(await near.school.head.get(f"{CAMPAIGNS}/{campaign}/board"))
    assert (own["owed"], own["settled"], own["not_signed"]) == (6, 4, 1)
    assert await list_items(bureau.head, "commitment-classes") == []
    assert_problem(await bureau.head.get(near.path), 404, "not_found")
    assert_problem(await (await create_unit(world)).head.get(f"{CAMPAIGNS}/{campaign}"), 404, "not_found")


async def test_the_sheet_says_nothing_of_what_was_recorded(signing: Signing) -> None:
    head = signing.school.head
    before = await head.get(f"{signing.path}/sheet")
    assert before.status_code == 200
    ok(await record(head, signing, rows(signing.pupils[:1], "refused"), rows(signing.pupils[1:], "not_reached")))
    assert (await head.get(f"{signing.path}/sheet")).content == before.content
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(before.content)).pages).split())
    shown = ok(await head.get(signing.path))
    assert barcodes(before.content) == [[f"{shown['code']}/1"]]
    for printed in (shown["code"], "Lê Thị Bịa A", "Lê Thị Bịa B", "Cha mẹ, người giám hộ ký", "Bạo lực học đường"):
        assert printed in text


async def test_a_scan_is_hashed_and_proves_rows_of_its_own_class_alone(world: World, signing: Signing) -> None:
    school: StaffedUnit = signing.school
    other = await create_signing(school, signing.campaign_id, pupils=1)
    await appoint(school.head, signing.class_id, school.teacher)
    plain = {"Content-Type": "text/plain"}
    made = ok(await school.teacher.call("POST", f"{signing.path}/files", content=TEXT, headers=plain), 201)
    assert len(made["sha256"]) == 64
    again = await school.teacher.call("POST", f"{signing.path}/files", content=TEXT, headers=plain)
    assert (again.status_code, again.json()["id"]) == (200, made["id"])
    ok(await record(school.teacher, signing, rows(signing.pupils, "signed"), file_id=made["id"]))
    assert {each["file_id"] for each in ok(await school.head.get(f"{signing.path}/entries"))} == {made["id"]}
    foreign = await record(school.head, other, rows(other.pupils, "signed"), file_id=made["id"])
    assert_problem(foreign, 422, "unknown_record", "/file_id")
    path = f"{API}/commitment-files/{made['id']}"
    link = ok(await school.officer.post(f"{path}/links", {"variant": "original"}), 201)
    assert (await school.officer.http.get(link["url"])).content == TEXT
    stranger = await create_unit(world)
    assert_problem(await stranger.head.get(path), 404, "not_found")
    gone = await school.head.post(f"{path}/destruction", {"reason": "Tải nhầm (bịa)"})
    assert gone.status_code == 204
    assert ok(await school.head.get(path))["sha256"] is None


async def test_a_school_that_moved_finishes_the_campaign_of_its_former_line(world: World) -> None:
    former, later = [await create_unit(world, "bureau", "department") for _ in range(2)]
    school = await create_unit(world, under=former.id)
    templates = await product_templates(former.officer, "secondary", "school_police")
    signing = await create_signing(school, await create_campaign(former.officer, templates), pupils=2)
    (agreement,) = await list_items(school.head, "commitment-agreements")
    path = f"{AGREEMENTS}/{agreement['id']}"
    ok(await move_unit(await world.client("so.head"), school.id, later.id), 201)
    for shown in (signing.path, path):
        assert named_actions(ok(await school.head.get(shown))) == ["sign"]
        assert (await school.head.get(f"{shown}/sheet")).status_code == 200
    assert (await school.head.post(f"{signing.path}/slips", {})).status_code == 200
    ok(await record(school.head, signing, rows(signing.pupils, "signed")))
    ok(await record_agreement(school.head, path, {"state": "signed"}, partner_signer=SIGNER))
    assert_problem(await later.head.get(f"{CAMPAIGNS}/{signing.campaign_id}/agreements"), 404, "not_found")
