"""The registry of learners: read and written at the unit itself, and by homeroom teachers read in their class."""

from typing import Any

from tests.isolation.operation import MERGE, Body, Ids, On, Operation, fixed, listing, serial
from tests.isolation.rule import EVERYONE, REGISTRARS, REGISTRY_READERS, REVIEWERS, Actor, has_registry, is_taught

READERS = REGISTRY_READERS | {"homeroom_teacher"}
COUNTERS = REGISTRY_READERS | {"inspector"}
ABOVE = REVIEWERS
PROTECTORS = frozenset({"department_head", "department_officer"})
DECIDERS = REGISTRARS - {"integration_client"}
TRANSFER = "/api/v1/learner-transfers/{transfer_id}"
PROTECTION = "/api/v1/learner-protections/{protection_id}"
LEARNER, CLASS, CAMPUS, MEMBER = (
    f"/api/v1/{part}"
    for part in ("learners/{learner_id}", "classes/{class_id}", "campuses/{campus_id}", "staff/{staff_id}")
)


def _class(_: Actor, __: Ids) -> dict[str, object]:
    code = f"M{next(serial)}"
    return {"school_year": "2026-2027", "code": code, "name": code, "school_level": "primary", "grade": "1"}


def _campus(_: Actor, __: Ids) -> dict[str, object]:
    code = f"M{next(serial)}"
    return {"code": code, "name": code, "valid_from": "2024-09-05"}


def _identifier(_: Actor, __: Ids) -> dict[str, object]:
    return {"kind": "school", "value": f"M{next(serial)}"}


def _read(taught: bool = True) -> Operation:  # noqa: FBT001, FBT002 — whether a homeroom teacher reads it
    return Operation(On.CASE, READERS, reached=is_taught if taught else has_registry)


def _write(ok: int, body: Body, tag_from: str, **more: Any) -> Operation:
    return Operation(On.CASE, REGISTRARS, ok, body, tag_from=tag_from, writes=True, reached=has_registry, **more)


def _decide(body: dict[str, object]) -> Operation:
    return Operation(On.CASE, DECIDERS, 200, fixed(**body), tag_from=TRANSFER, writes=True, reached=has_registry)


def _merge(body: Body, tag_from: str) -> Operation:
    return _write(200, body, tag_from, media_type=MERGE)


def _enrolled(_: Actor, ids: Ids) -> dict[str, object]:
    return {"class_id": str(ids["other_class_id"]), "entered_on": "2025-09-05"}


NOBODY = "01994c2a-7b1e-7c00-8000-0000000000a3"
POST = {"post": "clerk", "valid_from": "2024-09-05"}
GUARDIAN = {"relation": "father", "full_name": "Người Bịa"}
LEARNER_BODY = {"full_name": "Trẻ Bịa", "sex": "male", "ethnicity": "01", "disability": "vision"}
OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/enrolment-statuses": listing(EVERYONE, ""),
    "GET /api/v1/learners": listing(READERS),
    "POST /api/v1/learners": Operation(
        On.NOTHING, REGISTRARS, 201, lambda *asked: LEARNER_BODY | {"identifiers": [_identifier(*asked)]}
    ),
    "POST /api/v1/learners/search": Operation(On.NOTHING, READERS, 200, fixed(name="zq", limit=200)),
    f"GET {LEARNER}": _read(),
    f"PATCH {LEARNER}": _merge(fixed(sex="unknown"), LEARNER),
    f"GET {LEARNER}/identifiers": Operation(
        On.CASE, READERS, reached=is_taught, refused=frozenset({"homeroom_teacher"})
    ),
    f"POST {LEARNER}/identifiers": _write(201, _identifier, LEARNER),
    f"PATCH {LEARNER}/identifiers/{{identifier_id}}": _merge(fixed(valid_to="2024-12-01"), LEARNER),
    f"GET {LEARNER}/guardians": _read(),
    f"POST {LEARNER}/guardians": _write(201, fixed(**GUARDIAN), LEARNER),
    f"PATCH {LEARNER}/guardians/{{guardian_id}}": _merge(fixed(may_be_contacted=False), LEARNER),
    f"GET {LEARNER}/enrolments": _read(),
    f"POST {LEARNER}/enrolments": _write(201, _enrolled, LEARNER),
    f"POST {LEARNER}/enrolments/{{enrolment_id}}/statuses": _write(
        201, fixed(status="04", valid_from="2024-12-01"), LEARNER
    ),
    "GET /api/v1/classes": listing(READERS),
    "POST /api/v1/classes": Operation(On.NOTHING, REGISTRARS, 201, _class),
    f"GET {CLASS}": _read(),
    f"PATCH {CLASS}": _merge(fixed(grade="2"), CLASS),
    f"GET {CLASS}/teachers": _read(),
    # Of an account that is nowhere: whether the class is reached shows first.
    f"POST {CLASS}/teachers": _write(422, fixed(user_id=NOBODY, valid_from="2024-09-07"), CLASS),
    f"PATCH {CLASS}/teachers/{{teacher_id}}": _merge(fixed(valid_to="2024-08-02"), CLASS),
    "GET /api/v1/campuses": listing(READERS),
    "POST /api/v1/campuses": Operation(On.NOTHING, REGISTRARS, 201, _campus),
    f"GET {CAMPUS}": _read(taught=False),
    f"PATCH {CAMPUS}": _merge(fixed(name="Điểm trường"), CAMPUS),
    "GET /api/v1/staff": listing(READERS),
    "POST /api/v1/staff": Operation(On.NOTHING, REGISTRARS, 201, fixed(full_name="Người Bịa", posts=[POST])),
    f"GET {MEMBER}": _read(taught=False),
    f"PATCH {MEMBER}": _merge(fixed(full_name="Người Khác"), MEMBER),
    "GET /api/v1/learner-counts": listing(COUNTERS, "school_year=2024-2025"),
    "GET /api/v1/learner-lookups": listing(ABOVE),
    "POST /api/v1/learner-lookups": Operation(On.NOTHING, ABOVE, 201, fixed(kind="moet", value="9", reason="thử")),
    "GET /api/v1/learner-protections": listing(PROTECTORS),
    # Of a record that is nowhere.
    "POST /api/v1/learner-protections": Operation(
        On.NOTHING, PROTECTORS, 422, fixed(learner_id=NOBODY, valid_from="2026-09-05", decision_number="1")
    ),
    "GET /api/v1/learner-transfers": listing(READERS),
    f"GET {TRANSFER}": _read(taught=False),
    f"POST {TRANSFER}/confirmation": _decide({}),
    f"POST {TRANSFER}/denial": _decide({"because": "other"}),
    f"GET {PROTECTION}": Operation(On.CASE, PROTECTORS, reached=has_registry),
    f"POST {PROTECTION}/end": Operation(
        On.CASE,
        PROTECTORS,
        200,
        fixed(valid_to="2026-12-01"),
        tag_from=PROTECTION,
        writes=True,
        reached=has_registry,
    ),
    "GET /api/v1/learner-lookups/{lookup_id}": Operation(On.CASE, ABOVE, reached=has_registry),
    f"POST {MEMBER}/posts": _write(201, fixed(**POST), MEMBER),
    f"PATCH {MEMBER}/posts/{{post_id}}": _merge(fixed(valid_to="2024-12-01"), MEMBER),
}
