"""Every way in which a case ends, requires less, is merged or is destroyed, tried on cases of every gravity.

`python -m tests.proposals.endings` writes what came of it to docs/endings.md; a test compares.
"""

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from app.models.proposals import Proposal
from app.security.access.scope import ALL
from tests.factories.attachments import create_attachment, destroy_attachment
from tests.factories.cases import set_severity, transition
from tests.factories.child_cases import CHILD, CLOSURE, PLAN, REVIEW, decide_plan, post_to_case
from tests.factories.duplicates import merge_incidents
from tests.factories.http import API, assert_problem, list_items, ok, read_etag
from tests.factories.privacy import (
    backdate_event,
    create_subject_request,
    destroy_due_records,
    set_retention_periods,
    transition_subject_request,
)
from tests.factories.proposals import create_proposal, decide_proposal
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World, open_world

PAGE = Path(__file__).parents[2] / "docs" / "endings.md"
MARKS = re.compile(r"<!-- endings -->\n(.*)<!-- /endings -->", re.DOTALL)
NOT_APPLICABLE = "–"
HOLDER, ABOVE, SECOND = "the holder", "the level above", "a second person of the holder"
ASSESSED_FIRST, SCHEDULE = "nobody before it is assessed", "the department's decided period"
DECISION = {"decision_number": "08/QĐ-MẪU"}


@dataclass(frozen=True, slots=True)
class Gravity:
    """A kind of case: a column of the table."""

    label: str
    severity: str | None
    group: str = "school_violence"
    of_department: bool = False


UNASSESSED = Gravity("Not assessed", None)
LIGHT = Gravity("Assessed lower", "moderate")
GRAVE = Gravity("Grave by severity", "critical")
ABUSE = Gravity("Child abuse, assessed lower", "low", "child_abuse")
OF_DEPARTMENT = Gravity("Grave, held by the department", "critical", of_department=True)
GRAVITIES = (UNASSESSED, LIGHT, GRAVE, ABUSE, OF_DEPARTMENT)


@dataclass
class Scene:
    """A holder with a level above, or a department with a second person, and one case."""

    world: World
    gravity: Gravity
    holder: Client
    decider: Client
    school: StaffedUnit | None
    incident_id: str = ""
    related: set[str] = field(default_factory=set)

    @property
    def path(self) -> str:
        return f"{API}/incidents/{self.incident_id}"

    async def open_case(self, group: str | None = None) -> None:
        """A case of the gravity; another group than its own has no plans due."""
        fields = {} if self.school else {"unit_id": str(self.world.units["department"])}
        taken = await self.holder.create_intake(group=group or self.gravity.group, **fields)
        self.incident_id = str(taken["incident_id"])
        if self.gravity.severity is not None:
            ok(await set_severity(self.holder, self.incident_id, self.gravity.severity), 201)

    async def heard(self) -> dict[str, set[str]]:
        """The notices about the case at each unit, by id and kind."""
        units = {"the holder": self.holder} | ({"the level above": self.decider} if self.school else {})
        about = {self.incident_id, *self.related}
        notices = {name: await list_items(client, "notices") for name, client in units.items()}
        return {
            name: {f"{each['id']} {each['kind']}" for each in found if each["incident_id"] in about}
            for name, found in notices.items()
        }

    async def end(self) -> None:
        """Close or dismiss it by an account that may."""
        step = {"reason": "Bịa"}
        if self.school:
            ok(await transition(self.decider, self.path, "dismiss", **step))
            return
        proposal = await create_proposal(self.holder, self.incident_id, "dismiss", dismissal_reason="unfounded")
        ok(await decide_proposal(self.decider, proposal["id"], "approve"))


@dataclass(frozen=True, slots=True)
class Way:
    """A row of the table. `prepare` makes the case ready; None says that the way does not exist for its gravity."""

    label: str
    act: str | None
    prepare: Callable[[Scene], Awaitable[dict[str, object] | None]]
    do: Callable[[Scene, Client, dict[str, object]], Awaitable[httpx.Response]]
    done: int = 200


async def _case(scene: Scene) -> dict[str, object]:
    await scene.open_case()
    return {}


async def _dismissal(scene: Scene) -> dict[str, object]:
    return await _case(scene) | {"dismissal_reason": "unfounded"}


async def _intervention(scene: Scene, group: str | None) -> dict[str, object]:
    await scene.open_case(group)
    for action in ("acknowledge", "intervene"):
        ok(await transition(scene.holder, scene.path, action))
    return {"closing_reason": "resolved_at_school"}


async def _closing(scene: Scene) -> dict[str, object]:
    """Of a group in which no plan is due, but for child abuse, which is one at a severity without plans."""
    return await _intervention(scene, None if scene.gravity is ABUSE else "injury_safety")


async def _planned_closing(scene: Scene) -> dict[str, object] | None:
    """The one victim's case was seen through, with the plan decided on at the competent level."""
    if scene.gravity not in {LIGHT, GRAVE, OF_DEPARTMENT}:
        return None
    members = await _intervention(scene, None)
    await see_child_through(scene)
    return members


async def see_child_through(scene: Scene) -> None:
    case_id = await open_child_case(scene)
    ok(await post_to_case(scene.holder, case_id, "assessments", REVIEW), 201)
    plan = ok(await post_to_case(scene.holder, case_id, "plans", PLAN), 201)
    decider = scene.school.counsellor if scene.gravity is LIGHT and scene.school else scene.decider
    ok(await decide_plan(decider, case_id, plan["id"], "approve"))
    ok(await post_to_case(scene.holder, case_id, "assessments", REVIEW), 201)
    ok(await post_to_case(decider, case_id, "closure", CLOSURE))


async def open_child_case(scene: Scene) -> str:
    person = ok(await scene.holder.post(f"{scene.path}/persons", {"role": "victim", "kind": "pupil", **CHILD}), 201)
    return str(ok(await scene.holder.post(f"{scene.path}/cases", {"person_id": person["id"]}), 201)["id"])


async def _child_case(scene: Scene) -> dict[str, object]:
    """Assessed by another person of the holder, with an approved plan where one is due."""
    await scene.open_case()
    case_id = await open_child_case(scene)
    assessor = scene.school.counsellor if scene.school else scene.decider
    ok(await post_to_case(assessor, case_id, "assessments", REVIEW), 201)
    if scene.gravity in {LIGHT, GRAVE, OF_DEPARTMENT}:
        plan = ok(await post_to_case(assessor, case_id, "plans", PLAN), 201)
        decider = scene.decider if scene.gravity is GRAVE else scene.holder
        ok(await decide_plan(decider, case_id, plan["id"], "approve"))
        ok(await post_to_case(assessor, case_id, "assessments", REVIEW), 201)
    return {"case_id": case_id}


async def _group(scene: Scene) -> dict[str, object]:
    return await _case(scene) | {"group": "other"}


async def _survivor(scene: Scene) -> dict[str, object]:
    fields = {} if scene.school else {"unit_id": str(scene.world.units["department"])}
    survivor = str((await scene.holder.create_intake(**fields))["incident_id"])
    ok(await set_severity(scene.holder, survivor, "low"), 201)
    await scene.open_case()
    scene.related.add(survivor)
    return {"survivor_id": survivor}


async def _assessed(scene: Scene) -> dict[str, object] | None:
    return None if scene.gravity in {UNASSESSED, ABUSE} else await _case(scene)


async def _file(scene: Scene) -> dict[str, object]:
    await scene.open_case()
    return {"attachment_id": (await create_attachment(scene.holder, scene.incident_id))["id"]}


async def _request(scene: Scene) -> dict[str, object] | None:
    if scene.gravity is UNASSESSED:
        return None
    await scene.open_case()
    await scene.end()
    recorder = scene.school.counsellor if scene.school else scene.holder
    request = await create_subject_request(recorder, kind="erasure", incident_id=scene.incident_id)
    ok(await transition_subject_request(scene.holder, request["id"], "accept", answer="Vâng (bịa)"))
    return {"request_id": request["id"]}


async def _close_child_case(_: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await post_to_case(client, str(members["case_id"]), "closure", CLOSURE)


async def _dismiss(scene: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await transition(client, scene.path, "dismiss", reason="Bịa", **members)


async def _close(scene: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await transition(client, scene.path, "close", reason="Bịa", **members)


async def _change(scene: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await client.patch(scene.path, members, await read_etag(client, scene.path))


async def _merge(scene: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    answer: httpx.Response = await merge_incidents(client, str(members["survivor_id"]), scene.incident_id)
    return answer


async def _lower(scene: Scene, client: Client, _: dict[str, object]) -> httpx.Response:
    return await set_severity(client, scene.incident_id, "low")


async def _destroy(_: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await destroy_attachment(client, str(members["attachment_id"]))


async def _erase(_: Scene, client: Client, members: dict[str, object]) -> httpx.Response:
    return await transition_subject_request(client, str(members["request_id"]), "complete", **DECISION)


WAYS = (
    Way("Dismiss", "dismiss", _dismissal, _dismiss),
    Way("Close, no plan due", "close", _closing, _close),
    Way("Close, each child seen through by an approved plan", "close", _planned_closing, _close),
    Way("Close a child's case, by another person than its assessor", None, _child_case, _close_child_case),
    Way("Change the group so that less is due", "change_group", _group, _change),
    Way("Merge into one assessed lower", "merge", _survivor, _merge, 201),
    Way("Lower the severity", None, _assessed, _lower, 201),
    Way("Destroy a file", "destroy_evidence", _file, _destroy, 204),
    Way("Erase on a data subject's request", "erase", _request, _erase),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    who: str
    hears: str


async def attempt(world: World, way: Way, gravity: Gravity) -> Outcome:
    """Try a way as the holder, and then as the refusal says."""
    scene = await open_scene(world, gravity)
    members = await way.prepare(scene)
    if members is None:
        return Outcome(NOT_APPLICABLE, NOT_APPLICABLE)
    before = await scene.heard()
    who = await _who(scene, way, members)
    after = await scene.heard()
    kinds = {unit: sorted({each.split()[1] for each in after[unit] - before[unit]}) for unit in after}
    heard = [f"{unit}: {', '.join(f'`{kind}`' for kind in found)}" for unit, found in kinds.items() if found]
    return Outcome(who, "; ".join(heard) or "nobody")


async def _who(scene: Scene, way: Way, members: dict[str, object]) -> str:
    answer = await way.do(scene, scene.holder, members)
    if answer.status_code == way.done:
        return HOLDER
    code = answer.json()["code"]
    if code == "severity_not_assessed":
        return ASSESSED_FIRST
    if code == "forbidden":
        answer = await way.do(scene, scene.decider, members)
        if answer.status_code == way.done:
            return ABOVE
    assert_problem(answer, 409, "proposal_required")
    assert way.act is not None
    proposal = await create_proposal(scene.holder, scene.incident_id, way.act, **members)
    more = DECISION if way.act == "erase" else {}
    if way.act == "erase" and scene.school is None:
        await backdate_proposal(scene.world, proposal["id"])
    ok(await decide_proposal(scene.decider, proposal["id"], "approve", **more))
    return {"level_above": ABOVE, "second_person": SECOND}[answer.json()["decided_by"]]


async def backdate_proposal(world: World, proposal_id: str) -> None:
    async with world.runtime.work(ALL) as work:
        proposal = await work.session.get_one(Proposal, UUID(proposal_id))
        proposal.proposed_at -= timedelta(days=1)
        await work.commit()


async def open_scene(world: World, gravity: Gravity) -> Scene:
    if gravity.of_department:
        return Scene(world, gravity, await world.client("so.officer"), await world.client("so.head"), None)
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    return Scene(world, gravity, school.head, bureau.officer, school)


async def attempt_schedule(world: World, gravity: Gravity) -> Outcome:
    """What the worker destroys of its own, long after the end."""
    if gravity is UNASSESSED:
        return Outcome(NOT_APPLICABLE, NOT_APPLICABLE)
    scene = await open_scene(world, gravity)
    await scene.open_case()
    await scene.end()
    await backdate_event(world, scene.incident_id, "dismiss", 11)
    before = await scene.heard()
    await set_retention_periods(world)
    await destroy_due_records(world)
    assert ok(await scene.decider.get(scene.path))["destroyed_at"] is not None
    assert await scene.heard() == before
    return Outcome(SCHEDULE, "nobody")


async def table(world: World) -> str:
    """Who decides, and who hears."""
    outcomes = {way.label: [await attempt(world, way, gravity) for gravity in GRAVITIES] for way in WAYS}
    outcomes["Destruction at the end of its period"] = [await attempt_schedule(world, each) for each in GRAVITIES]
    who = [[label, *(each.who for each in row)] for label, row in outcomes.items()]
    hears = [[label, *(each.hears for each in row)] for label, row in outcomes.items()]
    heads = ["Way", *(gravity.label for gravity in GRAVITIES)]
    return "\n".join(
        ["", "## Who decides", "", *_rows(heads, who), "", "## Who is notified", "", *_rows(heads, hears), ""]
    )


def _rows(heads: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)]


def written() -> str:
    found = MARKS.search(PAGE.read_text("utf-8"))
    assert found is not None
    return found[1]


async def write() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with open_world(Path(directory), None) as world:
            text = await table(world)
    page = MARKS.sub(lambda _: f"<!-- endings -->\n{text}<!-- /endings -->", PAGE.read_text("utf-8"))
    PAGE.write_text(page, "utf-8")


if __name__ == "__main__":
    asyncio.run(write())
