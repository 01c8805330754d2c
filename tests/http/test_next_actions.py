"""`next_actions` is what its reader may do: each listed act succeeds over HTTP, and every other is refused."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from app.api.cases.child_cases import ACTS as CASE
from app.api.http.incident_answers import ACTS as INCIDENT
from app.api.intakes.intakes import ACTS as INTAKE
from app.api.proposals import ACTS as PROPOSAL
from app.api.referrals import ACTS as REFERRAL
from app.api.referrals import ANSWERS
from app.api.reports.acting_signers import ACTS as SIGNER
from app.api.reports.documents import ACTS as ISSUANCE
from app.api.reports.periods import ACTS as PERIOD
from app.api.reports.reports import ACTS as REPORT
from app.api.reports.reports import SECTION_ACTS as SECTION
from app.api.reports.urgent_reports import ACTS as URGENT
from app.core.time import utc_now
from app.services.setup.labels import all_labels
from tests.factories.cases import set_severity, transition
from tests.factories.child_cases import (
    ASSESSMENT,
    CHILD,
    CLOSURE,
    PLAN,
    REVIEW,
    decide_plan,
    open_child_cases,
    post_to_case,
)
from tests.factories.forwardings import forward, set_aside
from tests.factories.http import API, ok
from tests.factories.next_actions import Body, Record, Trial, fixed, nothing
from tests.factories.proposals import create_proposal
from tests.factories.referrals import create_referral, find_hotline
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.world import Client, World

REASON = "Bịa: thử"
Make = Callable[[], Awaitable[str]]
REPORTS = (REPORT, SECTION, ISSUANCE, URGENT)


@pytest.fixture
async def principals(world: World, school: StaffedUnit, bureau_a: Client) -> dict[str, Client]:
    """The holder's own, the level above, a reader alone, and somebody of another line."""
    return {
        "head": school.head,
        "bureau": bureau_a,
        "inspector": await world.client("so.inspector"),
        "elsewhere": await world.client("b1.head"),
    }


async def referral_body(client: Client, _: Record) -> dict[str, Any]:
    return {"hotline_id": await find_hotline(client), "channel": "phone", "made_at": utc_now().isoformat()}


async def case_body(client: Client, record: Record) -> dict[str, Any]:
    persons = await client.get(f"{API}/incidents/{record['id']}/persons")
    cases = await client.get(f"{API}/incidents/{record['id']}/cases")
    having = {case["person_id"] for case in cases.json()} if cases.status_code == 200 else set()
    found = persons.json() if persons.status_code == 200 else []
    victims = [each["id"] for each in found if each["role"] == "victim" and each["id"] not in having]
    return {"person_id": (victims or [each["id"] for each in found] or [record["id"]])[0]}


async def ending(client: Client, record: Record) -> dict[str, Any]:
    """To close; whoever may leaves a victim without a case."""
    cases = await client.get(f"{API}/incidents/{record['id']}/cases")
    is_bare = record.get("group") == "child_abuse" and cases.status_code == 200 and not cases.json()
    return {
        "action": "close",
        "reason": REASON,
        "closing_reason": "resolved_at_school",
        **({"without_case": "handled_by_authority"} if is_bare else {}),
    }


async def proposed_ending(client: Client, record: Record) -> dict[str, Any]:
    body = await ending(client, record)
    return {"act": body.pop("action"), **body}


def incident_bodies(agency_id: str) -> dict[str, Body]:
    steps: dict[str, Body] = {act: fixed(action=act) for act in ("acknowledge", "assess", "intervene", "monitor")}
    return steps | {
        "reopen": fixed(action="reopen", reason=REASON),
        "close": ending,
        "dismiss": fixed(action="dismiss", reason=REASON, dismissal_reason="unfounded"),
        "change": fixed(place="Sân trường (bịa)"),
        "judge_severity": fixed(severity="critical", reason=REASON),
        "record_act": fixed(act="family_notified", done_at=utc_now().isoformat()),
        "add_person": fixed(role="witness", kind="pupil", sex="unknown"),
        "open_case": case_body,
        "create_referral": referral_body,
        "share": fixed(
            grantee_unit_id=agency_id,
            tier=1,
            reason=REASON,
            expires_at=(utc_now() + timedelta(days=2)).isoformat(),
        ),
        "propose_dismiss": fixed(act="dismiss", reason=REASON, dismissal_reason="unfounded"),
        "propose_close": proposed_ending,
        "propose_change_group": fixed(act="change_group", reason=REASON, group="school_violence"),
    }


def incident_in(school: StaffedUnit, *steps: str, severity: str | None = "low", **form: Any) -> Make:
    async def make() -> str:
        intake = await school.head.create_intake(**form)
        path = f"{API}/incidents/{intake['incident_id']}"
        if severity:
            ok(await set_severity(school.head, intake["incident_id"], severity), 201)
        for step in steps:
            ok(await transition(school.head, path, step, reason=REASON))
        return path

    return make


STAGES: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "received, not assessed": ((), {"severity": None}),
    "received": ((), {}),
    "assessing": (("acknowledge", "assess"), {}),
    "monitoring": (("acknowledge", "intervene", "monitor"), {}),
    "closed": (("acknowledge", "intervene", "close"), {}),
    "dismissed": (("dismiss",), {}),
    "grave, with a victim": (("acknowledge", "intervene"), {"group": "child_abuse", "children": [CHILD]}),
    "critical": (("acknowledge",), {"severity": "critical"}),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_acts_on_an_incident(
    world: World, school: StaffedUnit, principals: dict[str, Client], stage: str
) -> None:
    steps, form = STAGES[stage]
    make = incident_in(school, *steps, **form)
    trial = Trial(world, (INCIDENT,), incident_bodies(str(world.units["agency"])), make)
    listed = {name: await trial.run(client) for name, client in principals.items()}
    assert listed["inspector"] == listed["elsewhere"] == set()
    assert listed["head"]
    assert trial.tried > 3 * len(INCIDENT.operations)


CASE_BODIES: dict[str, Body] = {
    "assess": fixed(**REVIEW),
    "submit_plan": fixed(**PLAN),
    "approve": fixed(decision="approve"),
    "return": fixed(decision="return", reason=REASON),
    "close": fixed(**CLOSURE),
    "reopen": fixed(reason=REASON),
}


def case_in(school: StaffedUnit, bureau: Client, stage: str, severity: str) -> Make:
    async def make() -> str:
        incident_id, (case_id,) = await open_child_cases(school)
        ok(await set_severity(school.head, incident_id, severity), 201)
        if stage != "opened":
            risk = ASSESSMENT if stage == "at high risk" else REVIEW
            ok(await post_to_case(school.counsellor, case_id, "assessments", risk), 201)
        if stage in {"plan submitted", "under way", "closed"}:
            plan = ok(await post_to_case(school.counsellor, case_id, "plans", PLAN), 201)
            if stage != "plan submitted":
                ok(await decide_plan(bureau, case_id, plan["id"], "approve"))
            if stage == "closed":
                ok(await post_to_case(bureau, case_id, "closure", CLOSURE))
        return f"{API}/cases/{case_id}"

    return make


@pytest.mark.parametrize(
    ("stage", "severity"),
    [
        ("opened", "moderate"),
        ("at high risk", "moderate"),
        ("plan submitted", "moderate"),
        ("plan submitted", "critical"),
        ("under way", "critical"),
        ("closed", "moderate"),
    ],
)
async def test_acts_on_a_childs_case(
    world: World, school: StaffedUnit, principals: dict[str, Client], stage: str, severity: str
) -> None:
    trial = Trial(world, (CASE,), CASE_BODIES, case_in(school, principals["bureau"], stage, severity))
    listed = {name: await trial.run(client) for name, client in {**principals, "counsellor": school.counsellor}.items()}
    assert listed["inspector"] == listed["elsewhere"] == set()
    if stage == "plan submitted":
        assert "approve" not in listed["counsellor"], "one's own plan"
        assert ("approve" in listed["head"]) == (severity == "moderate")
        assert "approve" in listed["bureau"]


async def follow_up(_: Client, __: Record) -> dict[str, Any]:
    return {"followed_up_at": utc_now().isoformat(), "channel": "phone", "result": "no_answer"}


REFERRAL_BODIES: dict[str, Body] = {
    "acknowledge": fixed(action="acknowledge"),
    "record_outcome": fixed(action="record_outcome", outcome="other"),
    "record_feedback": fixed(action="record_feedback", note="Bịa"),
    "close": fixed(action="close"),
    "withdraw": fixed(action="withdraw", reason=REASON),
    "follow_up": follow_up,
}


@pytest.mark.parametrize("steps", [(), ("record_outcome",)], ids=str)
async def test_acts_on_a_referral(
    world: World, school: StaffedUnit, agency: StaffedUnit, principals: dict[str, Client], steps: tuple[str, ...]
) -> None:
    async def make() -> str:
        incident_id = (await school.head.create_intake())["incident_id"]
        ok(await share_incident(school.head, incident_id, 2, grantee_unit_id=agency.id), 201)
        referral = await create_referral(
            school.head, incident_id, hotline_id=None, agency_id=str(agency.id), channel="phone"
        )
        path = f"{API}/referrals/{referral['id']}"
        for step in steps:
            body = await REFERRAL_BODIES[step](school.head, {})
            ok(await transition(school.head, path, step, **{k: v for k, v in (body or {}).items() if k != "action"}))
        return path

    trial = Trial(world, (REFERRAL, ANSWERS), REFERRAL_BODIES, make)
    listed = {name: await trial.run(client) for name, client in {**principals, "partner": agency.partner}.items()}
    assert ("follow_up" in listed["head"]) == (steps == ())
    assert "follow_up" not in listed["partner"]
    assert ("acknowledge" in listed["partner"]) == (steps == ())


@pytest.mark.parametrize("act", ["dismiss", "change_group"])
@pytest.mark.parametrize("state", ["proposed", "returned", "overtaken"])
async def test_acts_on_a_proposal(
    world: World, school: StaffedUnit, principals: dict[str, Client], act: str, state: str
) -> None:
    members = {"dismiss": {"dismissal_reason": "unfounded"}, "change_group": {"group": "school_violence"}}[act]
    bureau = principals["bureau"]

    async def make() -> str:
        path = await incident_in(school, severity="critical", group="child_abuse")()
        proposal = await create_proposal(school.head, path.rpartition("/")[2], act, **members)
        own = f"{API}/proposals/{proposal['id']}"
        if state == "returned":
            ok(await transition(bureau, own, "return", reason=REASON))
        if state == "overtaken":
            ok(await transition(bureau, path, "dismiss", reason=REASON))
        return own

    bodies = {
        "approve": fixed(action="approve"),
        "return": fixed(action="return", reason=REASON),
        "withdraw": fixed(action="withdraw"),
    }
    trial = Trial(world, (PROPOSAL,), bodies, make)
    listed = {name: await trial.run(client) for name, client in principals.items()}
    assert ("approve" in listed["bureau"]) == (state == "proposed"), "nothing is left to approve"
    assert "approve" not in listed["head"], "one's own proposal"
    assert ("withdraw" in listed["head"]) == (state != "returned")


@pytest.mark.parametrize("group", ["school_violence", "child_abuse"])
@pytest.mark.parametrize("state", ["waiting", "linked", "set aside", "forwarded"])
async def test_acts_on_an_intake(
    world: World, school: StaffedUnit, principals: dict[str, Client], group: str, state: str
) -> None:
    other = await create_unit(world)
    incident_id = (await school.head.create_intake(group="child_abuse"))["incident_id"]
    informant = {"consent": True, "name": "Người Bịa"}

    async def make() -> str:
        by, unit = (other.head, other.id) if state == "forwarded" else (school.head, school.id)
        form = {"open_incident": state == "linked", "group": group, "informant": informant, "unit_id": str(unit)}
        intake_id = (await by.create_intake(**form))["id"]
        if state == "set aside":
            ok(await set_aside(principals["bureau"], intake_id), 201)
        if state == "forwarded":
            ok(await forward(other.head, intake_id, school.id))
        return f"{API}/intakes/{intake_id}"

    bodies: dict[str, Body] = {
        "open_incident": nothing,
        "link": fixed(incident_id=incident_id),
        "forward": fixed(unit_id=str(world.units["school_b1"]), reason=REASON, accuses_nobody=True),
        "hand_back": fixed(reason=REASON),
        "set_aside": fixed(reason="test", note=REASON),
        "approve": nothing,
        "undo": fixed(reason=REASON),
        "write_message": fixed(text="Bịa"),
        "open_informant": fixed(reason=REASON),
    }
    trial = Trial(world, (INTAKE,), bodies, make)
    listed = {name: await trial.run(client) for name, client in principals.items()}
    assert listed["inspector"] == listed["elsewhere"] == set()
    assert ("set_aside" in listed["head"]) == (state in {"waiting", "forwarded"} and group == "school_violence")
    assert ("hand_back" in listed["head"]) == (state == "forwarded")
    assert ("undo" in listed["head"]) == (state == "set aside")


async def test_an_answer_with_next_actions_is_never_304(school: StaffedUnit) -> None:
    """They follow from more than the record: its tag stays while another's decision changes them."""
    intake = await school.head.create_intake()
    referral = await create_referral(school.head, intake["incident_id"])
    for what, key in (("incidents", intake["incident_id"]), ("intakes", intake["id"]), ("referrals", referral["id"])):
        path = f"{API}/{what}/{key}"
        tag = (await school.head.get(path)).headers["ETag"]
        again = await school.head.get(path, headers={"If-None-Match": tag})
        assert ok(again)["next_actions"]


def test_every_act_has_a_label_and_an_operation(world: World) -> None:
    document = world.app.openapi()
    known = {each["operationId"] for item in document["paths"].values() for each in item.values()}
    others: set[str] = set()
    for acts in (INCIDENT, INTAKE, CASE, REFERRAL, ANSWERS, PROPOSAL, PERIOD, SIGNER, *REPORTS):
        assert set(acts.operations.values()) <= known
        assert all(acts.label(act) for act in acts.operations)
        others |= acts.operations.keys() - set(acts.flow.actions)
    assert others == set(all_labels()["other_action"])
