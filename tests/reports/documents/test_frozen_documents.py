"""What was submitted is printed as it was, whatever its units, lists and templates are called since. All invented."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from app.core.ids import new_id
from app.models.reference import CodeListEntry
from app.models.reports.periods import ReportPeriod
from app.models.reports.templates import ReportTemplate
from app.schemas.reports.issues import DocumentFormat
from app.security.access.scope import ALL
from app.services.reference.code_lists import FRESH_S, CodeListCache
from tests.factories.clock import shift_clock
from tests.factories.http import ok, read_etag
from tests.factories.reports import Chain, act, begin, create_chain, fill, submit
from tests.factories.unit_changes import act_on_unit, move_unit, unit_path
from tests.factories.units import close_unit, create_unit
from tests.world import Client, World

PRINTED = tuple(DocumentFormat)
CELLS = (("", 5), ("sex=female", 2), ("sex=male", 3))


@pytest.fixture
async def chain(world: World) -> Chain:
    """A school's report and the bureau's that is made of it, both submitted."""
    made = await create_chain(world, 1)
    [school] = made.schools
    report, above = made.report(school), made.report(made.bureau)
    await begin(school.officer, report)
    figures = [{"item": "A1", "cell": cell, "numerator": number} for cell, number in CELLS]
    ok(await fill(school.officer, report, "figures", figures=figures))
    ok(await fill(school.officer, report, "texts", narratives={"SITUATION": "Ổn định (bịa)"}))
    ok(await submit(school.head, report))
    ok(await act(made.bureau.officer, report, "acceptance"))
    await begin(made.bureau.officer, above)
    ok(await fill(made.bureau.officer, above, "texts", narratives={"SITUATION": "Toàn huyện (bịa)"}))
    ok(await submit(made.bureau.head, above))
    return made


async def documents(reader: Client, chain: Chain) -> dict[tuple[str, str], bytes]:
    """Both reports in every format."""
    found = {}
    for name, unit in (("school", chain.schools[0]), ("bureau", chain.bureau)):
        for kind in PRINTED:
            answer = await reader.get(f"{chain.report(unit)}/documents/{kind}")
            assert answer.status_code == 200, answer.text
            found[name, kind.value] = answer.content
    return found


async def test_a_document_is_byte_equal_after_every_change_and_a_year_later(
    world: World, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = await world.client("so.head")
    before = await documents(head, chain)
    changes: dict[str, Any] = {
        "labels": lambda: relabel(world),
        "template": lambda: reword(chain),
        "rename": lambda: rename(head, chain),
        "move": lambda: move(head, chain),
        "year": lambda: shift_clock(monkeypatch, days=360),
        "merge": lambda: merge(world, chain),
    }
    for name, change in changes.items():
        made = change()
        if made is not None:
            await made
        after = await documents(head, chain)
        assert [key for key in before if after[key] != before[key]] == [], name


async def relabel(world: World) -> None:
    await _relabel(world, " (đổi)")


@pytest.fixture(autouse=True)
async def labels_as_before(world: World) -> AsyncIterator[None]:
    yield
    await _relabel(world, "")


async def _relabel(world: World, ending: str) -> None:
    async with world.runtime.work(ALL) as work:
        for entry in await work.session.scalars(select(CodeListEntry).where(CodeListEntry.list == "sex")):
            entry.label_vi = entry.label_vi.removesuffix(" (đổi)") + ending
        await work.commit()
    world.runtime.cache(CodeListCache).read_at = -FRESH_S


async def reword(chain: Chain) -> None:
    """The form has other words, as only a fault of the platform could give it."""
    async with chain.world.runtime.work(ALL) as work:
        period = await work.session.get_one(ReportPeriod, chain.period_id)
        template = await work.session.get_one(ReportTemplate, period.template_id)
        template.definition = {**template.definition, "title_vi": "Tên khác (bịa)"}
        # Definitions are parsed once for each digest.
        template.digest = new_id().hex
        await work.commit()


async def rename(head: Client, chain: Chain) -> None:
    for unit in (chain.schools[0], chain.bureau):
        named = {"name_vi": "Tên khác (mẫu)", "code": None, "effective_on": "2025-07-01"}
        ok(await act_on_unit(head, unit.id, "versions", **named), 201)
        contact = {"document_place": "Nơi khác", "signer_title": "Chức danh khác"}
        headers = {"If-Match": await read_etag(head, unit_path(unit.id))}
        ok(await head.call("PUT", f"{unit_path(unit.id)}/contact", json=contact, headers=headers))


async def move(head: Client, chain: Chain) -> None:
    elsewhere = await create_unit(chain.world, "bureau", "department")
    ok(await move_unit(head, chain.schools[0].id, elsewhere.id), 201)


async def merge(world: World, chain: Chain) -> None:
    await close_unit(world, chain.schools[0].id, (await create_unit(world)).id)
