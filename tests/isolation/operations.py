"""Every operation of the API: who may call it, on what, with which body, and what it answers when it may.

An operation of the document that is not here fails the matrix, so that none is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from itertools import count
from uuid import UUID

from app.core.ids import case_code
from tests.isolation import rule
from tests.isolation.rule import EVERYONE, LEADERS, READERS, WORKERS, Actor, Case

Ids = dict[str, UUID]
Body = Callable[[Actor, Ids], object]
Finds = Callable[[Actor, Case], bool]
serial = count(1)
SYSTEMS = frozenset({"integration_client"})


class On(Enum):
    """What the path, or the body, names."""

    NOTHING = auto()
    CASE = auto()
    ACCOUNT = auto()
    LEAF = auto()
    UNIT = auto()
    SESSION = auto()
    ONESELF = auto()
    PUBLIC = auto()
    SEARCH = auto()
    """A list that is searched for one case: everybody who may list is answered, and finds it or not."""


@dataclass(frozen=True)
class Operation:
    on: On
    who: frozenset[str]
    ok: int = 200
    body: Body | None = None
    tag_from: str | None = None
    """Whose ETag goes into If-Match."""
    writes: bool = False
    least: int = 1
    """The tier of a grant from which on the row opens beyond the line."""
    shown: int = 0
    """The reader's own tier without which there is nothing to show."""
    tells_acts: bool = False
    """It names, by id alone, what people of the caller's line acted on, also where that lies beyond the line."""
    elsewhere: int = 0
    """The status for those of the line whose unit does not hold the case, where only the holder's own may act."""
    to_unit: bool = False
    """It goes by the unit that the row is addressed to, which is here the case's holder, and by no reach or grant."""
    query: str = ""
    media_type: str = "application/json"
    under: str = ""
    """`place` where a school comes to stand below what is named, `own` where below the caller's own unit."""
    finds: Finds | None = None
    """Who finds a case by a search of it."""


MERGE = "application/merge-patch+json"
INCIDENT = "/api/v1/incidents/{incident_id}"
PERSON = INCIDENT + "/persons/{person_id}"
REFERRAL = "/api/v1/referrals/{referral_id}"
ESCALATION = "/api/v1/escalations/{escalation_id}"
CASE = "/api/v1/cases/{case_id}"
DISCIPLINE = "/api/v1/disciplines/{discipline_id}"
ACCESS = "/api/v1/emergency-accesses/{access_id}"
HOLD = INCIDENT + "/holds/{hold_id}"
CERTIFICATE = "/api/v1/retention/certificates/{certificate_id}"
REQUEST = "/api/v1/subject-requests/{request_id}"
NOBODYS = case_code(2020)
STEP = CASE + "/plans/{plan_id}/steps/{step_id}"
ATTACHMENT = "/api/v1/attachments/{attachment_id}"
UNIT = "/api/v1/units/{unit_id}"
USER, CLIENT = "/api/v1/users/{user_id}", "/api/v1/clients/{client_id}"
WEBHOOK, MAILBOX = "/api/v1/webhooks/{webhook_id}", "/api/v1/mailboxes/{mailbox_id}"
INTAKE = "/api/v1/intakes/{intake_id}"
SEARCH = "/api/v1/intakes/informant-search"
AUTH = "/api/v1/auth"
PASSWORD = "mot-mat-khau-de-thu-9"


def soon(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def decided() -> dict[str, str]:
    return {"effective_on": date.today().isoformat(), "decision_number": "03/QĐ-MẪU"}  # noqa: DTZ011


def described(_: Actor, __: Ids) -> dict[str, object]:
    return {**decided(), "name_vi": f"Cơ sở thử đổi tên {next(serial)}"}


def founded(_: Actor, ids: Ids) -> dict[str, object]:
    return {**decided(), "name_vi": f"Cơ sở thử mới {next(serial)}", "kind": "school", "parent_id": str(ids["unit"])}


def user(_: Actor, ids: Ids) -> dict[str, object]:
    role = "partner" if ids["unit"] == ids["agency"] else "auditor"
    return {"username": f"moi.{next(serial)}", "full_name": "Người Mới", "role": role, "unit_id": str(ids["unit"])}


def client(_: Actor, ids: Ids) -> dict[str, object]:
    return {"name": "Hệ thống thử", "unit_id": str(ids["unit"]), "scopes": ["unit:read"]}


def webhook(_: Actor, ids: Ids) -> dict[str, object]:
    return {"unit_id": str(ids["unit"]), "url": "http://8.8.8.8/athd"}


def mailbox(_: Actor, ids: Ids) -> dict[str, object]:
    return {"unit_id": str(ids["unit"]), "address": "van.thu@mau.example"}


def grant(_: Actor, ids: Ids) -> dict[str, object]:
    return {"grantee_unit_id": str(ids["bystander"]), "tier": 1, "reason": "thử", "expires_at": soon(days=1)}


def referral(_: Actor, ids: Ids) -> dict[str, object]:
    return {"hotline_id": str(ids["hotline"]), "channel": "phone", "made_at": soon(hours=-1)}


def chased(_: Actor, __: Ids) -> dict[str, object]:
    return {"chased_at": soon(minutes=-1), "channel": "phone", "result": "no_answer"}


def done(_: Actor, __: Ids) -> dict[str, object]:
    return {"act": "family_notified", "done_at": soon(hours=-1)}


def assessed(_: Actor, __: Ids) -> dict[str, object]:
    return {"harm": {"harm_severity": "low"}, "capacity": {"recovery": "high"}, "risk": "low"}


def planned(_: Actor, __: Ids) -> dict[str, object]:
    return {"goal": "thử", "steps": [{"service": "other", "description": "thử"}]}


def closed(_: Actor, __: Ids) -> dict[str, object]:
    return {"no_longer_at_risk": True, "is_stable": True, "evidence": "thử"}


def disciplined(_: Actor, ids: Ids) -> dict[str, object]:
    return {"person_id": str(ids["pupil_id"]), "measure": "reminder", "decided_on": "2025-11-03"}


def merged(_: Actor, ids: Ids) -> dict[str, object]:
    """With a tag that was never anybody's."""
    return {"incident_id": str(ids["absorbed_id"]), "etag": '"0.0"', "reason": "thử"}


def level(_: Actor, __: Ids) -> dict[str, object]:
    limit = {"amount": 1, "measure": "minutes", "valid_from": date.today().isoformat()}  # noqa: DTZ011
    return {**limit, "rule_code": "khong_co", "decision_number": "04/QĐ-MẪU"}


def unknown_name(_: Actor, __: Ids) -> dict[str, object]:
    """Another one each time: failures of one name are slowed down."""
    return {"username": f"khong.ai.{next(serial)}", "password": "khong-phai-mat-khau"}


def period(_: Actor, __: Ids) -> dict[str, object]:
    return {"class_code": "khong_co", "months": 1200, "decision_number": "04/QĐ-MẪU", "valid_from": "2026-01-01"}


def asked(_: Actor, __: Ids) -> dict[str, object]:
    told = {"identity": {"name": "Người Thử"}, "statement": "thử"}
    return {**told, "kind": "access", "requester": "representative", "child_is_seven": True}


def fixed(**body: object) -> Body:
    return lambda _, __: body


def case(who: frozenset[str], ok: int = 200, body: Body | None = None, **more: object) -> Operation:
    return Operation(On.CASE, who, ok, body, **more)  # type: ignore[arg-type]


def listing(who: frozenset[str], query: str = "limit=500") -> Operation:
    return Operation(On.NOTHING, who, query=query)


def oneself(ok: int = 200, body: Body | None = None, who: frozenset[str] = EVERYONE) -> Operation:
    return Operation(On.ONESELF, who, ok, body)


def public(ok: int = 200, body: Body | None = None, query: str = "", media_type: str = "application/json") -> Operation:
    return Operation(On.PUBLIC, EVERYONE, ok, body, query=query, media_type=media_type)


def by_phone(_: Actor, ids: Ids) -> dict[str, object]:
    return {"phone": ids["phone"], "reason": "thử"}


def searching(query: str, finds: Finds) -> Operation:
    return Operation(On.SEARCH, CASE_READERS, query=query, finds=finds)


CASE_READERS = READERS | rule.HELPERS | {"auditor"}
REFERRAL_READERS = READERS | rule.HELPERS
USER_READERS = LEADERS | rule.ADMINISTRATORS | {"auditor"}
UNIT_MANAGERS = rule.ADMINISTRATORS | {"department_head"}
PEOPLE = EVERYONE - SYSTEMS - {"partner_client"}
KEEPERS = LEADERS | {"inspector", "auditor"}
MONTH = datetime.now(UTC).strftime("month=%Y-%m")
THIS_MONTH = f"{MONTH}&limit=500"
TALE = "Chuyện bịa để thử"

OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/incidents": listing(CASE_READERS),
    "GET /api/v1/incidents/counts": listing(CASE_READERS, ""),
    f"GET {INCIDENT}": case(CASE_READERS),
    f"GET {INCIDENT}/timeline": case(CASE_READERS),
    f"GET {INCIDENT}/severities": case(CASE_READERS),
    f"GET {INCIDENT}/persons": case(CASE_READERS),
    f"GET {PERSON}": case(CASE_READERS, least=2),
    f"GET {INCIDENT}/grants": case(LEADERS),
    f"PATCH {INCIDENT}": case(WORKERS, 200, fixed(location="online"), tag_from=INCIDENT, writes=True, media_type=MERGE),
    f"POST {INCIDENT}/transitions": case(WORKERS, 200, fixed(action="acknowledge"), tag_from=INCIDENT, writes=True),
    f"POST {INCIDENT}/severities": case(
        WORKERS, 201, fixed(severity="high", reason="thử"), tag_from=INCIDENT, writes=True
    ),
    f"POST {INCIDENT}/persons": case(WORKERS, 201, fixed(role="witness", kind="pupil"), writes=True),
    f"PATCH {PERSON}": case(WORKERS, 200, fixed(estimated_age=12), tag_from=PERSON, writes=True, media_type=MERGE),
    f"POST {INCIDENT}/grants": case(LEADERS, 201, grant, writes=True),
    f"DELETE {INCIDENT}/grants/{{grant_id}}": case(LEADERS, 204, writes=True),
    f"POST {INCIDENT}/referrals": case(WORKERS | SYSTEMS, 201, referral, writes=True),
    f"POST {INCIDENT}/acts": case(WORKERS, 201, done, writes=True),
    f"GET {INCIDENT}/clocks": case(CASE_READERS),
    f"GET {INCIDENT}/escalations": case(CASE_READERS),
    "GET /api/v1/clocks": listing(CASE_READERS),
    "GET /api/v1/escalations": listing(CASE_READERS),
    f"GET {ESCALATION}": case(CASE_READERS, least=9),
    f"POST {ESCALATION}/answer": case(
        WORKERS, 200, fixed(answer="thử"), tag_from=ESCALATION, writes=True, least=9, elsewhere=403
    ),
    f"GET {INCIDENT}/cases": case(CASE_READERS),
    f"POST {INCIDENT}/cases": case(
        WORKERS, 409, lambda _, ids: {"person_id": str(ids["person_id"])}, writes=True
    ),  # the victim has a case already
    "GET /api/v1/cases": listing(CASE_READERS),
    f"GET {CASE}": case(CASE_READERS, least=2),
    f"GET {CASE}/assessments": case(CASE_READERS, least=2),
    f"POST {CASE}/assessments": case(WORKERS, 201, assessed, tag_from=CASE, writes=True, least=2),
    f"GET {CASE}/plans": case(CASE_READERS, least=2),
    f"POST {CASE}/plans": case(WORKERS, 201, planned, tag_from=CASE, writes=True, least=2),
    f"POST {CASE}/plans/{{plan_id}}/decision": case(
        WORKERS, 409, fixed(decision="return", reason="thử"), tag_from=CASE, writes=True, least=2
    ),  # the plan is decided already
    f"GET {STEP}": case(CASE_READERS, least=2),
    f"PATCH {STEP}": case(WORKERS, 200, fixed(result="thử"), tag_from=STEP, writes=True, least=2, media_type=MERGE),
    f"POST {CASE}/closure": case(WORKERS, 200, closed, tag_from=CASE, writes=True, least=2),
    f"POST {CASE}/reopening": case(WORKERS, 409, fixed(reason="thử"), tag_from=CASE, writes=True, least=2),
    f"GET {INCIDENT}/merges": case(CASE_READERS),
    f"POST {INCIDENT}/merges": case(WORKERS, 412, merged, tag_from=INCIDENT, writes=True),
    f"POST {INCIDENT}/merges/{{merge_id}}/undo": case(
        WORKERS, 412, fixed(etag='"0.0"', reason="thử"), tag_from=INCIDENT, writes=True, least=9
    ),
    f"GET {INCIDENT}/similar": case(CASE_READERS),
    f"GET {INTAKE}/similar": case(READERS, least=9),
    f"GET {INCIDENT}/disciplines": case(CASE_READERS),
    f"POST {INCIDENT}/disciplines": case(WORKERS, 201, disciplined, writes=True),
    f"GET {DISCIPLINE}": case(CASE_READERS, least=2),
    f"POST {DISCIPLINE}/withdrawal": case(WORKERS, 200, fixed(reason="thử"), tag_from=DISCIPLINE, writes=True, least=2),
    "POST /api/v1/emergency-accesses": Operation(
        On.NOTHING, WORKERS | {"homeroom_teacher"}, 404, fixed(code=NOBODYS, reason="thử")
    ),
    f"GET {INCIDENT}/emergency-accesses": case(LEADERS, writes=True),  # reads, and only as the holder's line
    f"GET {ACCESS}": case(LEADERS, least=9),
    f"POST {ACCESS}/review": case(
        LEADERS, 200, fixed(is_justified=True, review="thử"), tag_from=ACCESS, writes=True, least=9
    ),
    "GET /api/v1/retention/classes": listing(EVERYONE, ""),
    "GET /api/v1/retention/levels": listing(EVERYONE, ""),
    "POST /api/v1/retention/levels": Operation(
        On.NOTHING, frozenset({"department_head"}), 422, period
    ),  # the class is unknown on purpose
    "POST /api/v1/retention/levels/{level_id}/end": Operation(
        On.NOTHING, frozenset({"department_head"}), 404, fixed(valid_to="2026-02-01")
    ),
    "GET /api/v1/retention/preview": listing(KEEPERS, THIS_MONTH),
    "GET /api/v1/retention/certificates": listing(KEEPERS),
    f"GET {CERTIFICATE}": case(KEEPERS, least=9),
    f"GET {INCIDENT}/holds": case(KEEPERS, writes=True),  # reads, and only as the holder's line
    f"POST {INCIDENT}/holds": case(LEADERS, 201, fixed(reason="thử"), writes=True),
    f"DELETE {HOLD}": case(LEADERS, 204, writes=True),
    "GET /api/v1/subject-request-rules": listing(EVERYONE, ""),
    "GET /api/v1/subject-requests": listing(WORKERS | {"inspector"}),
    "POST /api/v1/subject-requests": Operation(On.NOTHING, WORKERS, 201, asked),
    f"GET {REQUEST}": case(WORKERS | {"inspector"}, least=9),
    f"POST {REQUEST}/transitions": case(
        LEADERS, 200, fixed(action="accept", answer="thử"), tag_from=REQUEST, writes=True, least=9
    ),
    "GET /api/v1/notices": listing(READERS | rule.PARTNERS),
    "GET /api/v1/audit/entries": Operation(
        On.NOTHING, frozenset({"auditor", "department_head"}), query="limit=500", tells_acts=True
    ),
    "GET /api/v1/audit/entries/{entry_id}/proof": Operation(On.NOTHING, frozenset({"auditor", "department_head"}), 404),
    f"GET {INCIDENT}/access": case(LEADERS, writes=True),  # reads, and only as the holder's line
    "GET /api/v1/notices/{notice_id}": case(READERS | rule.PARTNERS, to_unit=True),
    "POST /api/v1/notices/{notice_id}/read": case(WORKERS | {"partner"}, 200, to_unit=True),
    "POST /api/v1/clock-levels": Operation(On.NOTHING, LEADERS, 422, level),  # the rule is unknown on purpose
    "POST /api/v1/clock-levels/{level_id}/end": Operation(
        On.NOTHING,
        LEADERS,
        404,
        fixed(valid_to=date.today().isoformat()),  # noqa: DTZ011
    ),
    "PUT /api/v1/working-days/{day}": Operation(
        On.NOTHING, frozenset({"department_head", "department_officer"}), 200, fixed(is_working=True, source="thử")
    ),
    "GET /api/v1/clock-rules": listing(EVERYONE, ""),
    "GET /api/v1/clock-levels": listing(EVERYONE, ""),
    "GET /api/v1/working-days": listing(EVERYONE, "from=2026-01-01&to=2026-01-02"),
    "GET /api/v1/intakes": listing(READERS),
    f"GET {INTAKE}": case(READERS, least=9),
    f"POST {SEARCH}": Operation(On.SEARCH, WORKERS, 201, by_phone, finds=rule.is_in_line),
    f"GET {SEARCH}/{{search_id}}": case(READERS, least=9),
    f"POST {INTAKE}/informant": case(WORKERS, 200, fixed(reason="thử"), writes=True, least=9),
    f"GET {INTAKE}/informant/openings": case(READERS, least=9),
    f"GET {INTAKE}/messages": case(READERS, least=9),
    f"POST {INTAKE}/messages": case(WORKERS, 201, fixed(text="thử"), writes=True, least=9),
    f"POST {INTAKE}/messages/read": case(WORKERS, 204, writes=True, least=9),
    f"POST {INTAKE}/incident": case(WORKERS, 201, writes=True, least=9),
    f"POST {INTAKE}/link": case(
        WORKERS, 200, lambda _, ids: {"incident_id": str(ids["incident_id"])}, writes=True, least=9
    ),
    "POST /api/v1/intakes": Operation(
        On.UNIT,
        WORKERS | SYSTEMS | {"homeroom_teacher"},
        201,
        lambda _, ids: {"unit_id": str(ids["unit"]), "source_channel": "in_person", "narrative": TALE},
    ),
    "GET /api/v1/referrals": listing(REFERRAL_READERS),
    "GET /api/v1/referrals/chase": listing(REFERRAL_READERS),
    "GET /api/v1/referrals/reconciliation": listing(REFERRAL_READERS, THIS_MONTH),
    "GET /api/v1/referrals/reconciliation.csv": listing(REFERRAL_READERS, MONTH),
    f"POST {REFERRAL}/answers": case(
        rule.PARTNERS, 403, fixed(action="acknowledge"), tag_from=REFERRAL, least=2
    ),  # none was handed to an agency
    f"GET {REFERRAL}/chases": case(REFERRAL_READERS, least=2),
    f"POST {REFERRAL}/chases": case(WORKERS, 201, chased, writes=True, least=2),
    f"GET {REFERRAL}": case(REFERRAL_READERS, least=2),
    f"GET {REFERRAL}/handover-sheet": case(REFERRAL_READERS, least=2, shown=3),
    f"POST {REFERRAL}/transitions": case(
        WORKERS, 200, fixed(action="acknowledge"), tag_from=REFERRAL, writes=True, least=2
    ),
    "GET /api/v1/code-lists": public(),
    f"GET {INCIDENT}/attachments": case(REFERRAL_READERS),
    f"POST {INCIDENT}/attachments": case(
        WORKERS | SYSTEMS, 201, fixed(text="thử"), writes=True, media_type="text/plain"
    ),
    f"GET {ATTACHMENT}": case(REFERRAL_READERS, least=2),
    f"POST {ATTACHMENT}/links": case(REFERRAL_READERS, 201, fixed(variant="original"), least=2, shown=3),
    f"DELETE {ATTACHMENT}": case(LEADERS, 204, fixed(reason="thử"), writes=True, least=2),
    f"PUT {ATTACHMENT}/release": case(LEADERS, 200, fixed(reason="thử"), writes=True, least=2),
    f"DELETE {ATTACHMENT}/release": case(LEADERS, 200, writes=True, least=2),
    f"GET {ATTACHMENT}/content": public(404, query="token=0"),
    "GET /api/v1/units": listing(EVERYONE),
    "GET /api/v1/units/kinds": listing(EVERYONE, ""),
    f"GET {UNIT}": Operation(On.LEAF, EVERYONE),
    f"GET {UNIT}/history": Operation(On.LEAF, EVERYONE),
    "POST /api/v1/units": Operation(On.UNIT, UNIT_MANAGERS, 201, founded, under="place"),
    f"POST {UNIT}/versions": Operation(On.LEAF, UNIT_MANAGERS, 201, described, tag_from=UNIT, writes=True),
    f"POST {UNIT}/moves": Operation(
        On.LEAF,
        UNIT_MANAGERS,
        201,
        lambda _, ids: {**decided(), "parent_id": str(ids["own_unit"])},
        tag_from=UNIT,
        writes=True,
        under="own",
    ),
    f"POST {UNIT}/closure": Operation(On.LEAF, UNIT_MANAGERS, 204, lambda _, __: decided(), tag_from=UNIT, writes=True),
    "GET /api/v1/users": listing(USER_READERS),
    "POST /api/v1/users": Operation(On.UNIT, rule.ADMINISTRATORS, 201, user),
    f"GET {USER}": Operation(On.ACCOUNT, USER_READERS),
    f"PATCH {USER}": Operation(
        On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(status="suspended"), tag_from=USER, media_type=MERGE
    ),
    f"POST {USER}/password-reset": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, tag_from=USER),
    "GET /api/v1/clients": listing(rule.ADMINISTRATORS),
    "POST /api/v1/clients": Operation(On.UNIT, rule.ADMINISTRATORS, 201, client),
    f"GET {CLIENT}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"DELETE {CLIENT}": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 204, tag_from=CLIENT),
    "GET /api/v1/webhooks": listing(rule.ADMINISTRATORS),
    "POST /api/v1/webhooks": Operation(On.UNIT, rule.ADMINISTRATORS, 201, webhook),
    f"GET {WEBHOOK}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"PATCH {WEBHOOK}": Operation(
        On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(state="paused"), tag_from=WEBHOOK, media_type=MERGE
    ),
    f"POST {WEBHOOK}/secret": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, tag_from=WEBHOOK),
    f"POST {WEBHOOK}/pings": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 409),  # paused by the row above, or planted so
    f"GET {WEBHOOK}/deliveries": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"POST {WEBHOOK}/replay": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 200, fixed(since="2020-01-01T00:00:00Z")),
    f"GET {WEBHOOK}/preview": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    "GET /api/v1/mailboxes": listing(rule.ADMINISTRATORS),
    "POST /api/v1/mailboxes": Operation(On.UNIT, rule.ADMINISTRATORS, 201, mailbox),
    f"GET {MAILBOX}": Operation(On.ACCOUNT, rule.ADMINISTRATORS),
    f"DELETE {MAILBOX}": Operation(On.ACCOUNT, rule.ADMINISTRATORS, 204, tag_from=MAILBOX, writes=True),
    f"GET {AUTH}/me": oneself(),
    f"GET {AUTH}/sessions": oneself(),
    f"DELETE {AUTH}/sessions/{{session_id}}": Operation(On.SESSION, EVERYONE, 204),
    f"POST {AUTH}/totp": oneself(201, who=PEOPLE),
    f"POST {AUTH}/totp/confirmation": oneself(422, fixed(otp="000000"), who=PEOPLE),  # the code is wrong on purpose
    f"POST {AUTH}/password": oneself(200, fixed(old_password=PASSWORD, new_password=PASSWORD[::-1]), who=PEOPLE),
    f"POST {AUTH}/sign-out": oneself(204),
    f"POST {AUTH}/sign-out-everywhere": oneself(204),
    f"POST {AUTH}/sign-in": public(401, unknown_name),
    f"POST {AUTH}/refresh": public(401, fixed(refresh_token="0" * 43)),
    "POST /oauth/token": public(
        401,
        fixed(grant_type="client_credentials", client_id="0", client_secret="0"),
        media_type="application/x-www-form-urlencoded",
    ),
    "GET /api/v1/public/units": public(query="q=truong"),
    "GET /api/v1/public/challenge": public(),
    "POST /api/v1/public/intakes": public(201, fixed(narrative=TALE)),
    "POST /api/v1/public/receipts/status": public(404, fixed(receipt="khong co bien nhan nay")),
    "POST /api/v1/public/receipts/thread": public(404, fixed(receipt="khong co bien nhan nay")),
    "POST /api/v1/public/receipts/messages": public(404, fixed(receipt="khong co bien nhan nay", text=TALE)),
    "GET /.well-known/receipt-keys.json": public(),
    "GET /api/v1/hotlines": public(),
    "GET /healthz": public(),
    "GET /readyz": public(),
    "GET /version": public(),
    "GET /problems": public(),
    "GET /problems/{code}": public(),
    "GET /.well-known/jwks.json": public(),
    "GET /.well-known/oauth-authorization-server": public(),
    "GET /.well-known/api-catalog": public(),
}

# The list asked for one case.
SEARCHES: dict[str, Operation] = {
    f"GET /api/v1/incidents ({name})": searching(query, finds)
    for name, query, finds in (
        ("search by code", "q={code}", rule.is_listed),
        ("search by a part", "q={part}", rule.is_listed),
        ("search by state and year", "q=received+{year}&limit=500", rule.is_listed),
        ("filter by code", "code={code}", rule.is_listed),
        ("search of what is shared", "shared=true&q={code}", rule.is_shared_with),
    )
}
