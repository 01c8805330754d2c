"""A province of a test's own that goes through one yearly report by API alone. All figures are invented."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.factories.http import API, list_items, ok, read_etag
from tests.factories.report_periods import day_in
from tests.factories.reports import act, begin
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

DUE = {"school": 3, "bureau": 9, "department": 14}


@dataclass
class Rehearsal:
    """The units by short name, the open period, and the path of each unit's report."""

    world: World
    units: dict[str, StaffedUnit]
    period_id: str
    reports: dict[str, str] = field(default_factory=dict)
    typed: Counter[str] = field(default_factory=Counter)

    def __getitem__(self, name: str) -> StaffedUnit:
        return self.units[name]

    async def drafted(self, name: str, by: Client, **declared: dict[str, Any]) -> None:
        """Begun and filled in: what is counted stays, the rest is invented, `declared` is as given."""
        report = self.reports[name]
        await begin(by, report)
        await self.filled_in(name, by, **declared)

    async def filled_in(self, name: str, by: Client, **declared: dict[str, Any]) -> None:
        report = self.reports[name]
        for head in ok(await by.get(report))["sections"]:
            path = f"{report}/sections/{head['code']}"
            read = await by.get(path)
            body = _filled(ok(read), declared)
            self.typed[name] += len(body["figures"])
            ok(await by.call("PUT", path, json=body, headers={"If-Match": read.headers["ETag"]}))

    async def submitted(self, name: str, by: Client) -> None:
        ok(await act(by, self.reports[name], "submission", {"signer_name": "Người Ký Bịa"}))

    async def totals(self, name: str, by: Client) -> dict[str, int | None]:
        """The numerators of a version as its readers see it."""
        report = ok(await by.get(self.reports[name]))
        version = ok(await by.get(f"{self.reports[name]}/versions/{report['newest']}"))
        return {each["item"]: each["numerator"] for each in version["figures"] if each["cell"] == ""}


def _filled(section: dict[str, Any], declared: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One section: texts for every narrative, a figure for every item that is not counted."""
    items = section["definition"]["items"]
    counted = {"computed", "not_applicable"}
    known = {each["item"] for each in section["figures"] if each["cell"] == "" and each["status"] in counted}
    figures = [
        {"item": item["code"], **declared.get(item["code"], _invented(item))}
        for item in items
        if item["kind"] == "indicator"
        and item["formula"] is None
        and not item["only_above"]
        and (item["code"] in declared or item["code"] not in known)
    ]
    return {
        "narratives": {item["code"]: "Nội dung bịa để thử" for item in items if item["kind"] == "narrative"},
        "figures": figures,
        "explanations": {rule["code"]: "Giải trình bịa" for rule in section["broken_rules"]},
    }


def _invented(item: dict[str, Any]) -> dict[str, Any]:
    if item["measure"] == "ratio":
        return {"numerator": 9, "denominator": 10}
    return {"numerator": 0 if item["measure"] == "yes_no" or not item["code"].endswith("a") else 2}


async def open_rehearsal(world: World, schools: dict[str, tuple[str, ...]]) -> Rehearsal:
    """A department with bureaus and schools; it opens a yearly period by the product's own template."""
    department = await create_unit(world, "department", "ministry")
    units = {"department": department}
    for bureau, names in schools.items():
        above = department if bureau == "department" else await create_unit(world, "bureau", department.id)
        units[bureau] = above
        for name in names:
            units[name] = await create_unit(world, "school", above.id)
    period = {
        "kind": "yearly",
        "template_code": "directive_02_yearly",
        "school_year": "2026-2027",
        "starts_on": "2026-08-22",
        "ends_on": day_in(-1),
        "dues": [{"kinds": [kind], "due_on": day_in(days)} for kind, days in DUE.items()],
    }
    made = ok(await department.head.post(f"{API}/report-periods", period), 201)
    path = f"{API}/report-periods/{made['id']}/opening"
    opened = ok(await department.head.post(path, headers={"If-Match": await read_etag(department.head, path[:-8])}))
    assert opened["reports"] == len(units)
    found = await list_items(department.head, "reports", period_id=made["id"])
    by_unit = {UUID(each["unit_id"]): f"{API}/reports/{each['id']}" for each in found}
    return Rehearsal(world, units, made["id"], {name: by_unit[unit.id] for name, unit in units.items()})
