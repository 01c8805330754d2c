"""A province reports for one school year by API alone (docs/reports-rehearsal.md is its page)."""

from statistics import median

import pytest

from tests.factories.clock import shift_clock
from tests.factories.figures import create_event
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.rehearsal import Rehearsal, open_rehearsal
from tests.factories.report_periods import day_in
from tests.factories.reports import act
from tests.factories.unit_changes import act_on_unit
from tests.world import World

SCHOOLS = {"bureau_a": ("a1", "a2", "a3", "a4"), "bureau_b": ("b1", "b2", "b3"), "department": ("high",)}
RETURN = {"items": [{"item": "N201", "reason": "does_not_match", "text": "Đối chiếu lại (bịa)"}]}
FORMATS = {"pdf": b"%PDF", "docx": b"PK", "xlsx": b"PK", "json": b"{"}


@pytest.fixture
async def rehearsal(world: World) -> Rehearsal:
    return await open_rehearsal(world, SCHOOLS)


async def test_a_province_reports_for_a_year(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch) -> None:
    r, head = rehearsal, rehearsal["department"].head
    await _ask_earlier(r)
    await _schools_in_time(r)
    await _returned_twice(r, "a3")
    await _merged_meanwhile(r)
    await _extended(r, "b1")
    shift_clock(monkeypatch, days=5)
    await r.drafted("b2", r["b2"].officer, TH15={"numerator": 1})
    await r.submitted("b2", r["b2"].head)
    await r.submitted("b1", r["b1"].head)
    for name in ("a1", "a2", "a3", "a4", "b1", "b2", "b3"):
        bureau = r["bureau_a" if name[0] == "a" else "bureau_b"]
        ok(await act(bureau.officer, r.reports[name], "acceptance"))
    await _consolidated(r)
    board = ok(await head.get(f"{API}/report-periods/{r.period_id}/board"))
    [schools] = [each for each in board["levels"] if each["kind"] == "school"]
    assert {name: schools[name] for name in ("reports", "locked", "on_time", "late")} == {
        "reports": 8,
        "locked": 8,
        "on_time": 7,
        "late": 1,
    }
    print(f"typed figures of a school (median): {median(r.typed[name] for name in ('a2', 'b1', 'b2', 'high'))}")


async def _ask_earlier(r: Rehearsal) -> None:
    path = f"{API}/report-periods/{r.period_id}/requested-day"
    ok(await r["bureau_a"].head.post(path, {"requested_on": day_in(1)}))
    shown = ok(await r["a1"].head.get(r.reports["a1"]))
    assert (shown["requested_on"], shown["due_on"]) == (day_in(1), day_in(3))


async def _schools_in_time(r: Rehearsal) -> None:
    """One with an incident, one where nothing happened, one whose police count another figure."""
    await create_event(r["a1"].head, group="school_violence", location="in_class", occurred_on=day_in(-2))
    await r.drafted("a1", r["a1"].officer)
    nil = {"TH15": {"numerator": 1}}
    for name in ("a2", "a3", "b3", "high"):
        await r.drafted(name, r[name].officer, **nil)
    police = {"outside": 2, "outside_source": "Công an xã (bịa)", "outside_on": day_in(-1)}
    await r.filled_in("b3", r["b3"].officer, **nil, TH01=police)
    for name in ("a1", "a2", "a3", "b3", "high"):
        await r.submitted(name, r[name].head)
    assert ok(await r["a2"].head.get(r.reports["a2"]))["versions"][0]["is_nil"] is True
    ok(await act(r["department"].officer, r.reports["high"], "acceptance"))


async def _returned_twice(r: Rehearsal, name: str) -> None:
    for _ in range(2):
        ok(await act(r["bureau_a"].officer, r.reports[name], "return", RETURN))
        await r.filled_in(name, r[name].officer, TH15={"numerator": 1})
        await r.submitted(name, r[name].head)
    shown = ok(await r["bureau_a"].officer.get(r.reports[name]))
    assert (shown["newest"], shown["delivered_at"]) == (3, shown["versions"][0]["submitted_at"])


async def _merged_meanwhile(r: Rehearsal) -> None:
    """a4 closes into a1, which reports for it."""
    merged = {"kind": "merge", "effective_on": day_in(0), "successor_ids": [str(r["a1"].id)]}
    ok(await act_on_unit(r["department"].head, r["a4"].id, "closure", **merged), 204)
    (reporter,) = ok(await r["bureau_a"].head.get(f"{r.reports['a4']}/reporter-units"))
    assert reporter["unit_id"] == str(r["a1"].id)
    assert_problem(await r["a2"].head.get(r.reports["a4"]), 404, "not_found")
    await r.drafted("a4", r["a1"].officer, TH15={"numerator": 1})
    await r.submitted("a4", r["a1"].head)


async def _extended(r: Rehearsal, name: str) -> None:
    longer = {"due_on": day_in(6), "decision_number": "15/QĐ-MẪU", "reason": "Lũ lụt (bịa)"}
    headers = {"If-Match": await read_etag(r["bureau_b"].head, r.reports[name])}
    ok(await r["bureau_b"].head.post(f"{r.reports[name]}/extensions", longer, headers=headers), 201)
    await r.drafted(name, r[name].officer, TH15={"numerator": 1})


async def _consolidated(r: Rehearsal) -> None:
    department = r["department"]
    for bureau in ("bureau_a", "bureau_b"):
        await r.drafted(bureau, r[bureau].officer)
        await r.submitted(bureau, r[bureau].head)
        ok(await act(department.officer, r.reports[bureau], "acceptance"))
    assert (await r.totals("bureau_a", department.head))["TH01"] == 1
    assert (await r.totals("bureau_a", department.head))["TH15"] == 3
    await r.drafted("department", department.officer)
    await r.submitted("department", department.head)
    totals = await r.totals("department", department.head)
    assert (totals["TH01"], totals["TH15"]) == (1, 7)
    for report in r.reports.values():
        assert ok(await act(department.head, report, "lock"))["state"] == "locked"
    for format_, magic in FORMATS.items():
        answer = await department.head.get(f"{r.reports['department']}/documents/{format_}")
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(magic)
    lineage = ok(await department.head.get(f"{r.reports['department']}/figures/TH01/lineage"))
    assert (lineage["owed"], lineage["reported"], lineage["is_reproduced"]) == (3, 3, True)
