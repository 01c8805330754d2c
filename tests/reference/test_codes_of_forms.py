"""Every field that names a code list refuses a code that is not of it, at its pointer, in every operation."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from app.core.coded import EACH, KEYS, Place, places
from app.reference.tables import rows
from app.schemas.base import PERSON_ID
from app.schemas.referrals.referrals import ReferralAnswerIn, ReferralTransitionIn
from app.schemas.reports.templates import TemplateDraftIn, TemplateIn
from tests.factories.child_cases import ASSESSMENT, PLAN
from tests.factories.http import assert_problem
from tests.isolation.actors import everyone
from tests.isolation.estate import Estate
from tests.isolation.matrix import Matrix
from tests.isolation.operation import On
from tests.isolation.operations import OPERATIONS
from tests.isolation.rule import Actor
from tests.world import World

NO_CODE = "no_such_code"
# Lists that the system reads by itself, and labels of reference data.
READ = {"hotline_purpose", "plan_raised", "referral_authority"}
TRANSITIONS, PROPOSALS = (f"POST /api/v1/incidents/{{incident_id}}/{part}" for part in ("transitions", "proposals"))
CLOSE = {"closing_reason": "other"}
# Fields that go with another body than the sample of the access matrix.
CASE = {"person_id": PERSON_ID}
STEPS: dict[str, dict[str, dict[str, Any]]] = {
    "POST /api/v1/incidents/{incident_id}/cases": {
        "assessment": CASE | {"assessment": ASSESSMENT},
        "plan": CASE | {"plan": PLAN},
    },
    TRANSITIONS: {
        "closing_reason": {"action": "close", "reason": "thử"},
        "without_case": {"action": "close", "reason": "thử", **CLOSE},
        "dismissal_reason": {"action": "dismiss", "reason": "thử"},
    },
    PROPOSALS: {
        "closing_reason": {"act": "close", "reason": "thử"},
        "without_case": {"act": "close", "reason": "thử", **CLOSE},
        "dismissal_reason": {"act": "dismiss", "reason": "thử"},
    },
}
# An agency's answer is a transition of its referral, and checked as one; a draft's new document as its first one.
CHECKED_AS: dict[type[BaseModel], type[BaseModel]] = {
    ReferralAnswerIn: ReferralTransitionIn,
    TemplateDraftIn: TemplateIn,
}


def forms(app: FastAPI) -> dict[str, type[BaseModel]]:
    """The model of each operation's body."""
    found: dict[str, type[BaseModel]] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        kind = route.body_field.field_info.annotation if isinstance(route, APIRoute) and route.body_field else None
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= {f"{method} {context.path}": kind for method in context.methods or ()}
    return found


def wrong(body: dict[str, Any], place: Place) -> tuple[dict[str, Any], str]:
    """The body with a wrong code at a place, and the pointer to it."""
    pointer = "".join(f"/{ {EACH: '0', KEYS: NO_CODE}.get(step, step) }" for step in place.path)
    value: Any = NO_CODE
    for step in reversed(place.path[1:]):
        value = {EACH: [value], KEYS: {NO_CODE: "high"}}.get(step, {step: value})
    first = place.path[0]
    return body | {first: beside(body.get(first), value)}, pointer


def beside(sample: Any, value: Any) -> Any:
    """The value with what else the sample has at its place."""
    if isinstance(sample, dict) and isinstance(value, dict):
        return sample | {name: beside(sample.get(name), inner) for name, inner in value.items()}
    if isinstance(sample, list) and isinstance(value, list) and sample:
        return [beside(sample[0], value[0])]
    return value


def chosen(name: str, on: On) -> str:
    if on is On.PUBLIC:
        return "stranger"
    if "-templates" in name:
        return "so.head"
    if name.endswith(("/return", "/learner-lookups")):
        return "phong_a.officer"
    return "so.admin" if "/units" in name else "a1.head"


def coded(app: FastAPI) -> Iterator[tuple[str, Place]]:
    for name, form in forms(app).items():
        if form not in CHECKED_AS:
            yield from ((name, place) for place in places(form))


async def test_unknown_code_is_refused_in_every_coded_field(world: World) -> None:
    actors = {actor.name: actor for actor in await everyone(world)}
    estate = Estate(world, {name: actor.user_id for name, actor in actors.items() if actor.user_id is not None})
    await estate.open()
    matrix = Matrix(world, estate, list(actors.values()))
    case, unit = await estate.case("held_by_school_a1", "school_a1"), await estate.place("bureau_a")
    asked = set()
    for name, place in coded(world.app):
        operation = OPERATIONS[name]
        actor: Actor = actors[chosen(name, operation.on)]
        target = unit if operation.on in {On.LEAF, On.UNIT} else case
        ids = await matrix._ids(name, operation, actor, target)
        sample = operation.body(actor, ids) if operation.body else {}  # type: ignore[arg-type]
        assert isinstance(sample, dict)
        sample = STEPS.get(name, {}).get(str(place.path[0]), sample)
        body, pointer = wrong(sample, place)
        method, path = name.split(" ")
        headers = await matrix._tag(operation, actor.client, ids) | {"Content-Type": operation.media_type}
        answer = await actor.client.call(method, path.format_map(ids), headers=headers, json=body)
        assert_problem(answer, 422, "unknown_code", pointer)
        asked.add((name, place))
    assert len(asked) > 25


def test_forms_with_a_shared_check_accept_the_same_codes() -> None:
    for form, other in CHECKED_AS.items():
        assert set(places(form)) <= set(places(other))


def test_every_list_is_of_a_field_and_every_field_of_a_list(world: World) -> None:
    named = {place.list for form in forms(world.app).values() for place in places(form)}
    assert named | READ == {row["list"] for row in rows("code_lists")}
