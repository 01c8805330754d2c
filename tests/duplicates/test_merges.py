"""Merging incidents about one event: neither is lost, each level counts one, and a merge can be undone.

All of it is invented.
"""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.core.time import utc_now
from app.core.vocabulary import SuccessionKind
from app.models.cases.incidents import Incident
from app.models.units import UnitSuccession
from app.security.access.scope import ALL
from app.services.cases.custody import Custody
from app.services.duplicates.undoing import MergeUndo
from tests.factories.cases import count_incidents, set_severity, transition
from tests.factories.duplicates import INCIDENTS, merge_incidents, undo_merge
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.sharing import share_incident
from tests.factories.statements import sent
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

CHANGING = {"version", "updated_at"}
TIMELESS = ("", "/persons", "/severities", "/clocks", "/grants", "/cases", "/disciplines")


async def incident(client: Client, **fields: object) -> str:
    return str((await client.create_intake(**fields))["incident_id"])


async def observed(client: Client, *incident_ids: str) -> list[Any]:
    """All that can be seen of incidents but the timeline, and the versions of the rows and when they changed."""
    seen: list[Any] = [ok(await client.get(f"{INCIDENTS}/counts"))]
    for incident_id in incident_ids:
        for part in TIMELESS:
            answer = ok(await client.get(f"{INCIDENTS}/{incident_id}{part}"))
            rows = [answer] if isinstance(answer, dict) else answer
            seen += ({k: v for k, v in row.items() if k not in CHANGING} for row in rows)
    return seen


async def kinds(client: Client, incident_id: str) -> list[str]:
    return [event["kind"] for event in ok(await client.get(f"{INCIDENTS}/{incident_id}/timeline"))]


async def test_absorbed_incident_says_so_and_refuses_writes(school: StaffedUnit) -> None:
    survivor, absorbed = await incident(school.head), await incident(school.head)
    ok(await merge_incidents(school.head, survivor, absorbed), 201)
    seen = ok(await school.head.incident(absorbed))
    assert (seen["is_merged"], seen["merged_into"], seen["state"]) == (True, survivor, "received")
    assert ok(await school.head.incident(survivor))["intake_count"] == 2
    path = f"{INCIDENTS}/{absorbed}"
    answers = [
        await school.head.patch(path, {"location": None}, await read_etag(school.head, path)),
        await transition(school.head, path, "acknowledge"),
        await set_severity(school.head, absorbed, "high"),
        await school.head.post(f"{path}/persons", {"role": "victim"}),
        await school.head.post(f"{path}/acts", {"act": "family_notified", "done_at": utc_now().isoformat()}),
    ]
    for answer in answers:
        assert_problem(answer, 409, "merged")
        assert answer.json()["merged_into"] == survivor
    clocks = ok(await school.head.get(f"{path}/clocks"))
    assert clocks
    assert {(c["state"], c["void_reason"]) for c in clocks} == {("void", "merged")}
    assert "merged" in await kinds(school.head, absorbed)
    assert "absorbed_another" in await kinds(school.head, survivor)


async def test_an_absorbed_incident_can_still_be_protected_and_its_shares_ended(
    world: World, school: StaffedUnit
) -> None:
    survivor, absorbed = await incident(school.head), await incident(school.head)
    path = f"{INCIDENTS}/{absorbed}"
    neighbour = await world.client("b1.head")
    grant = ok(await share_incident(school.head, absorbed, 1, grantee_unit_id=world.units["school_b1"]), 201)
    ok(await merge_incidents(school.head, survivor, absorbed), 201)
    ok(await neighbour.get(path))
    ok(await school.head.delete(f"{path}/grants/{grant['id']}"), 204)
    assert_problem(await neighbour.get(path), 404, "not_found")
    assert_problem(
        await share_incident(school.head, absorbed, 1, grantee_unit_id=world.units["school_b1"]), 409, "merged"
    )
    hold = ok(await school.head.post(f"{path}/holds", {"reason": "Toà án yêu cầu (bịa)"}), 201)
    for part in ("access", "holds", "emergency-accesses"):
        ok(await school.head.get(f"{path}/{part}"))
    request = {
        "kind": "restriction",
        "requester": "representative",
        "child_is_seven": True,
        "statement": "Xin hạn chế xử lý (bịa)",
        "identity": {"name": "Người Bịa", "relation": "mẹ (bịa)"},
    }
    ok(await school.head.post(f"{API}/subject-requests", request | {"incident_id": absorbed}), 201)
    ok(await school.head.delete(f"{path}/holds/{hold['id']}"), 204)


@pytest.mark.parametrize("earlier", ["survivor", "absorbed"])
async def test_a_merge_undone_leaves_nothing_behind_but_the_timeline(
    school: StaffedUnit, bureau_a: Client, earlier: str
) -> None:
    heard = (utc_now() - timedelta(hours=5)).isoformat()
    first = await incident(school.head, **({"received_at": heard} if earlier == "survivor" else {}))
    second = await incident(
        school.head,
        children=[{"name": "Em Bịa", "sex": "female"}],
        **({"received_at": heard} if earlier == "absorbed" else {}),
    )
    ok(await set_severity(school.head, second, "high"), 201)
    ok(await transition(school.head, f"{INCIDENTS}/{first}", "acknowledge"))
    before = await observed(school.head, first, second)
    merged = ok(await merge_incidents(bureau_a, first, second), 201)
    received = {i: ok(await school.head.incident(i))["received_at"] for i in (first, second)}
    assert received[first] == min(received.values())
    assert await observed(school.head, first, second) != before
    assert ok(await undo_merge(school.head, merged))["undone_at"]
    assert await observed(school.head, first, second) == before
    assert {"merged", "merge_undone"} <= set(await kinds(school.head, second))
    assert_problem(await undo_merge(school.head, merged), 409, "wrong_state")


async def test_the_work_on_the_survivor_outlives_the_undoing(school: StaffedUnit) -> None:
    first, second = await incident(school.head), await incident(school.head)
    merged = ok(await merge_incidents(school.head, first, second), 201)
    ok(await transition(school.head, f"{INCIDENTS}/{first}", "acknowledge"))
    ok(await school.head.post(f"{INCIDENTS}/{first}/persons", {"role": "victim", "name": "Em Bịa"}), 201)
    ok(await undo_merge(school.head, merged))
    assert ok(await school.head.incident(first))["state"] == "acknowledged"
    assert len(ok(await school.head.get(f"{INCIDENTS}/{first}/persons"))) == 1
    assert ok(await school.head.incident(second))["state"] == "received"
    clocks = ok(await school.head.get(f"{INCIDENTS}/{second}/clocks"))
    assert "running" in {clock["state"] for clock in clocks}
    ok(await transition(school.head, f"{INCIDENTS}/{second}", "acknowledge"))


async def test_four_intakes_of_one_event_count_once_per_level(world: World) -> None:
    bureau = await create_unit(world, "bureau", "department")
    school = await create_unit(world, under=bureau.id)
    department = await world.client("so.head")
    before = await count_incidents(department)
    by_school = await incident(school.head, source_channel="in_person")
    by_parent = await incident(school.counsellor, source_channel="parent")
    by_111 = await incident(bureau.officer, source_channel="hotline_111", unit_id=str(school.id))
    by_police = await incident(department, source_channel="police", unit_id=str(bureau.id))
    assert [await count_incidents(c) - n for c, n in ((school.head, 0), (bureau.officer, 0), (department, before))] == [
        3,
        4,
        4,
    ]
    for other in (by_parent, by_111):
        ok(await merge_incidents(bureau.officer, by_school, other), 201)
    ok(await merge_incidents(department, by_school, by_police), 201)
    for client, others in ((school.head, 0), (bureau.officer, 0), (department, before)):
        assert await count_incidents(client) - others == 1
    assert ok(await bureau.officer.incident(by_school))["intake_count"] == 4


async def test_a_level_that_holds_only_absorbed_ones_counts_the_event_once(world: World) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_b")
    department = await world.client("so.officer")
    before = await count_incidents(department)
    first, second = await incident(one.head), await incident(one.head)
    survivor = await incident(other.head)
    ok(await merge_incidents(department, survivor, first), 201)
    ok(await merge_incidents(department, survivor, second), 201)
    assert (
        await count_incidents(one.head),
        await count_incidents(other.head),
        await count_incidents(department) - before,
    ) == (1, 1, 1)


async def test_chains_join_at_their_ends_and_part_link_by_link(school: StaffedUnit) -> None:
    a, b, c = await incident(school.head), await incident(school.head), await incident(school.head)
    into_b = ok(await merge_incidents(school.head, b, a), 201)
    assert_problem(await merge_incidents(school.head, a, c), 409, "wrong_state")
    assert_problem(await merge_incidents(school.head, c, a), 409, "wrong_state")
    into_c = ok(await merge_incidents(school.head, c, b), 201)
    assert await count_incidents(school.head) == 1
    assert ok(await school.head.incident(c))["intake_count"] == 3
    assert_problem(await merge_incidents(school.head, a, c), 409, "wrong_state")
    ok(await undo_merge(school.head, into_b))
    assert await count_incidents(school.head) == 2
    ok(await undo_merge(school.head, into_c))
    assert await count_incidents(school.head) == 3
    assert [ok(await school.head.incident(i))["is_merged"] for i in (a, b, c)] == [False] * 3


async def test_an_inner_link_keeps_its_own_event_when_the_outer_is_undone(school: StaffedUnit) -> None:
    a, b, c = await incident(school.head), await incident(school.head), await incident(school.head)
    ok(await merge_incidents(school.head, b, a), 201)
    outer = ok(await merge_incidents(school.head, c, b), 201)
    ok(await undo_merge(school.head, outer))
    assert await count_incidents(school.head) == 2
    assert ok(await school.head.incident(b))["intake_count"] == 2
    assert ok(await school.head.incident(a))["merged_into"] == b


async def test_two_merges_at_once_in_opposite_directions_leave_one(school: StaffedUnit) -> None:
    for _ in range(3):
        a, b = await incident(school.head), await incident(school.head)
        answers = await asyncio.gather(merge_incidents(school.head, a, b), merge_incidents(school.counsellor, b, a))
        assert sorted(answer.status_code for answer in answers) in ([201, 409], [201, 412])
        assert [ok(await school.head.incident(i))["is_merged"] for i in (a, b)].count(True) == 1


async def test_reader_of_one_side_sees_nothing_of_the_other(world: World) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_b")
    department = await world.client("so.officer")
    survivor, absorbed = await incident(one.head), await incident(other.head)
    merged = ok(await merge_incidents(department, survivor, absorbed), 201)
    for client, own, foreign in ((one.head, survivor, absorbed), (other.head, absorbed, survivor)):
        paths = [f"{INCIDENTS}/{own}{part}" for part in (*TIMELESS, "/timeline", "/merges", "/similar")]
        texts = [str(ok(await client.get(path))) for path in (INCIDENTS, *paths)]
        assert own in texts[0]
        assert [text for text in texts if foreign in text] == []
        assert ok(await client.get(f"{INCIDENTS}/{own}/merges")) == []
        assert_problem(await client.incident(foreign), 404, "not_found")
    assert ok(await one.head.incident(survivor))["intake_count"] == 1
    answer = await transition(other.head, f"{INCIDENTS}/{absorbed}", "acknowledge")
    assert_problem(answer, 409, "merged")
    assert "merged_into" not in answer.json()
    headers = {"If-Match": '"1.3"'}
    body = {"incident_id": absorbed, "etag": '"1.3"', "reason": "Bịa"}
    assert_problem(await one.head.post(f"{INCIDENTS}/{survivor}/merges", body, headers=headers), 404, "not_found")
    path = f"{INCIDENTS}/{survivor}/merges/{merged['id']}/undo"
    body = {"etag": '"1.3"', "reason": "Bịa"}
    assert_problem(await one.head.post(path, body, headers=headers), 404, "not_found")


async def test_shared_incident_cannot_be_merged(world: World) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_b")
    own, foreign = await incident(one.head), await incident(other.head)
    ok(await share_incident(other.head, foreign, 3, grantee_unit_id=one.id), 201)
    assert_problem(await merge_incidents(one.head, own, foreign), 403, "forbidden")
    assert_problem(await merge_incidents(one.head, foreign, own), 403, "forbidden")


async def test_both_tags_must_be_current(school: StaffedUnit) -> None:
    a, b = await incident(school.head), await incident(school.head)
    assert_problem(await merge_incidents(school.head, a, b, etag='"99.3"'), 412, "stale")
    body = {"incident_id": b, "etag": await read_etag(school.head, f"{INCIDENTS}/{b}"), "reason": "Bịa"}
    headers = {"If-Match": '"99.3"'}
    assert_problem(await school.head.post(f"{INCIDENTS}/{a}/merges", body, headers=headers), 412, "stale")
    assert_problem(await school.head.post(f"{INCIDENTS}/{a}/merges", body), 428, "precondition_required")
    assert_problem(await merge_incidents(school.head, a, a), 422, "merged_with_itself", "/incident_id")


@pytest.mark.parametrize("accused_in", ["survivor", "absorbed"])
async def test_staff_accused_in_either_raise_both_until_the_undo(world: World, accused_in: str) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_a")
    bureau = await world.client("phong_a.officer")
    accuses = {"accused": [{"kind": "school_leader", "unit_id": str(other.id)}]}
    first = await incident(one.head, **(accuses if accused_in == "survivor" else {}))
    second = await incident(other.counsellor if accused_in == "survivor" else one.head)
    if accused_in == "absorbed":
        first, second = await incident(other.counsellor), await incident(one.head, **accuses)
    theirs = second if accused_in == "survivor" else first
    assert other.head.user_id
    shared = ok(await share_incident(bureau, theirs, 2, grantee_user_id=other.head.user_id), 201)
    before = await observed(bureau, first, second)
    merged = ok(await merge_incidents(bureau, first, second), 201)
    assert_problem(await other.head.incident(theirs), 404, "not_found")
    assert ok(await bureau.incident(theirs))["held_by_superior"]
    grant = next(g for g in ok(await bureau.get(f"{INCIDENTS}/{theirs}/grants")) if g["id"] == shared["id"])
    assert grant["revoked_at"]
    assert_problem(
        await share_incident(bureau, theirs, 1, grantee_unit_id=other.id),
        422 if theirs == first else 409,
        "grantee_is_accused" if theirs == first else "merged",
        *([""] if theirs == first else []),
    )
    ok(await undo_merge(bureau, merged))
    ok(await other.head.incident(theirs))
    assert await observed(bureau, first, second) == before


async def test_staff_accused_after_the_merge_raise_both_and_it_stays_so(world: World) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_b")
    department = await world.client("so.officer")
    first, second = await incident(one.head), await incident(other.head)
    merged = ok(await merge_incidents(department, first, second), 201)
    person = {"role": "perpetrator", "kind": "staff", "unit_id": str(other.id)}
    ok(await department.post(f"{INCIDENTS}/{first}/persons", person), 201)
    assert_problem(await other.head.incident(second), 404, "not_found")
    ok(await one.head.incident(first))
    ok(await undo_merge(department, merged))
    assert_problem(await other.head.incident(second), 404, "not_found")


async def test_a_clash_of_schools_is_one_and_the_other_school_is_involved(world: World) -> None:
    one, other = await create_unit(world, under="bureau_a"), await create_unit(world, under="bureau_b")
    department = await world.client("so.officer")
    before = await count_incidents(department)
    clash = await incident(one.head)
    ok(
        await one.head.post(
            f"{INCIDENTS}/{clash}/persons", {"role": "perpetrator", "kind": "pupil", "unit_id": str(other.id)}
        ),
        201,
    )
    assert ok(await other.head.get(f"{INCIDENTS}/counts")) == [], "what nobody shared, nobody learns of by a count"
    ok(await share_incident(one.head, clash, 2, grantee_unit_id=other.id), 201)
    rows = ok(await other.head.get(f"{INCIDENTS}/counts"))
    assert [(row["count"], row["involved"]) for row in rows] == [(0, 1)]
    assert [(row["count"], row["involved"]) for row in ok(await one.head.get(f"{INCIDENTS}/counts"))] == [(1, 0)]
    assert await count_incidents(department) - before == 1
    own = await incident(other.head)
    ok(await merge_incidents(department, clash, own), 201)
    rows = ok(await other.head.get(f"{INCIDENTS}/counts"))
    assert [(row["count"], row["involved"]) for row in rows] == [(1, 0)], "its own absorbed one stands for the event"
    assert await count_incidents(department) - before == 1


async def test_revoked_share_is_not_restored_by_the_undo(world: World) -> None:
    school, bureau = await create_unit(world), await world.client("phong_a.officer")
    survivor = await incident(bureau)
    by_hand = ok(await share_incident(bureau, survivor, 3, grantee_unit_id=school.id), 201)
    by_merge = ok(await share_incident(bureau, survivor, 2, grantee_unit_id=school.id), 201)
    absorbed = await incident(bureau, unit_id=str(school.id), accused=[{"kind": "school_leader"}])
    merged = ok(await merge_incidents(bureau, survivor, absorbed), 201)
    assert_problem(await school.head.incident(survivor), 404, "not_found")
    ok(await bureau.delete(f"{INCIDENTS}/{survivor}/grants/{by_hand['id']}"), 204)
    ok(await undo_merge(bureau, merged))
    assert ok(await school.head.incident(survivor))["summary"] is None, "tier 2 alone came back"
    grants = {grant["id"]: grant["revoked_at"] for grant in ok(await bureau.get(f"{INCIDENTS}/{survivor}/grants"))}
    assert (grants[by_hand["id"]] is None, grants[by_merge["id"]] is None) == (False, True)


async def test_merge_lookups_do_not_grow_with_the_event(world: World, school: StaffedUnit) -> None:
    ids = [UUID(await incident(school.head)) for _ in range(3)]
    for each in ids:
        ok(await share_incident(school.head, str(each), 1, grantee_unit_id=world.units["agency"]), 201)
    costs = []
    for some in (ids[:1], ids):
        async with world.runtime.work(ALL) as work:
            rows = [await work.session.get_one(Incident, each) for each in some]
            with sent(world) as found:
                snapshots = await MergeUndo(work).custody(rows)
            assert [(len(each["grants"]), len(each["intakes"])) for each in snapshots.values()] == [(1, 1)] * len(some)
            costs.append(len(found))
    assert costs[0] == costs[1]


async def test_successor_units_are_loaded_in_one_query(world: World, school: StaffedUnit) -> None:
    costs = []
    for number in (1, 2):
        successor = await create_unit(world)
        async with world.runtime.work(ALL) as work:
            work.session.add(
                UnitSuccession(
                    from_id=school.id,
                    to_id=successor.id,
                    kind=SuccessionKind.MERGE,
                    effective_on=date(2025, 7, 1),
                    decision_number="77/QĐ-MẪU",
                    recorded_at=work.now,
                )
            )
            await work.commit()
        async with world.runtime.work(ALL) as work:
            custody = Custody(work)
            former = await custody.unit(school.id, "/unit_id")
            with sent(world) as found:
                assert len(await custody.with_successors([former])) == number + 1
            costs.append(len(found))
    assert costs[0] == costs[1]
