"""Random trees of units with reports to make, and the incidents that they hold. Everything is invented."""

import random
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.core.ids import case_code
from app.models.cases.disciplines import Discipline
from app.models.cases.incidents import SCHOOL_VIOLENCE, Incident, IncidentPerson
from app.models.reference import Hotline
from app.models.referrals import Referral
from app.models.units import Unit
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import UnitOfWork
from tests.factories.reports import REPORTS, definition, open_period_of
from tests.factories.units import StaffedUnit, create_unit
from tests.reports.consolidation.plain_account import FORM, Fact, Node
from tests.world import World

LEVELS = ((), ("primary",), ("nursery",))
PLACES = ("toilet", "home", "in_class")


async def grow(world: World, rolled: random.Random) -> list[Node]:
    """A department, one to three bureaus with one to four schools each, and schools of its own; the root first."""
    root = Node(await create_unit(world, "department", "ministry"), None)
    nodes = [root]
    for _ in range(rolled.randint(1, 3)):
        bureau = await _join(world, rolled, nodes, root, "bureau")
        for _ in range(rolled.randint(1, 4)):
            await _join(world, rolled, nodes, bureau, "school")
    for _ in range(rolled.randint(0, 2)):
        await _join(world, rolled, nodes, root, "school")
    owing = {node.unit.id: node.above.unit.id if node.above else None for node in nodes}
    _, reports = await open_period_of(world, root.unit.id, owing, definition(**FORM))
    for node in nodes:
        node.path = f"{REPORTS}/{reports[node.unit.id]}"
    return nodes


async def _join(world: World, rolled: random.Random, nodes: list[Node], above: Node, kind: str) -> Node:
    levels = rolled.choice(LEVELS) if kind == "school" else ()
    unit: StaffedUnit = await create_unit(world, kind, above.unit.id, levels)
    node = Node(unit, above, levels)
    above.below.append(node)
    nodes.append(node)
    return node


async def let_happen(world: World, rolled: random.Random, nodes: list[Node], incidents: int, merged: int) -> None:
    """Incidents in some units, of which some describe the event of another."""
    async with world.runtime.work(ALL) as work:
        hotline_id = await work.session.scalar(select(Hotline.id).limit(1))
        rows = [await _incident(work, rolled, rolled.choice(nodes), hotline_id) for _ in range(incidents)]
        free = rolled.sample(rows, len(rows))
        for _ in range(min(merged, len(free) // 2)):
            (survivor, _), (absorbed, _) = free.pop(), free.pop()
            absorbed.merged_into_id = absorbed.event_id = survivor.id
            survivor.received_at_unmerged = survivor.received_at
        await work.commit()
        for row, (node, more) in rows:
            node.held.append(Fact(row.id, node.unit.id, row.event_id or row.id, row.location or "unknown", **more))


async def _incident(
    work: UnitOfWork, rolled: random.Random, node: Node, hotline_id: Any
) -> tuple[Incident, tuple[Node, dict[str, Any]]]:
    path = (await work.session.get_one(Unit, node.unit.id)).org_path
    received: datetime = work.now - timedelta(days=1)
    incident = Incident(
        code=case_code(2026),
        holder_id=node.unit.id,
        org_path=path,
        unit_id=node.unit.id,
        state="received",
        group=SCHOOL_VIOLENCE,
        location=rolled.choice(PLACES),
        occurred_on=date(2026, 10, 5),
        received_at=received,
        created_at=work.now,
    )
    work.session.add(incident)
    disciplined, delays = rolled.randint(0, 2), [rolled.randint(1, 600) for _ in range(rolled.randint(0, 2))]
    part: Any = {"incident_id": incident.id, "org_path": path}
    for _ in range(disciplined):
        person = IncidentPerson(**part, role="perpetrator", kind="pupil", sex="male")
        measure: Any = {"measure": "criticism", "decided_on": date(2026, 10, 8), "recorded_at": work.now}
        work.session.add(person)
        work.session.add(Discipline(**part, person_id=person.id, cipher=work.new_cipher(), **measure))
    for delay in delays:
        made_at = received + timedelta(minutes=delay)
        made: Any = {"code": case_code(2026), "direction": "out", "channel": "phone", "state": "recorded"}
        issuer: Any = {"hotline_id": hotline_id, "issuer_id": node.unit.id, "made_at": made_at}
        work.session.add(Referral(**part, **made, **issuer, cipher=work.new_cipher(), updated_at=made_at))
    return incident, (node, {"disciplined": disciplined, "delays": tuple(delays)})
