"""Commitments: announced to a line, signed class by class at the school, and counted above it."""

from datetime import date

from tests.factories.commitments import DOCUMENT
from tests.isolation.operation import SYSTEMS, Body, Ids, On, Operation, fixed, listing, public, serial
from tests.isolation.rule import LEADERS, Actor, is_announced, is_signed_with

CAMPAIGNERS = LEADERS | {"school_officer"}
RECORDERS = frozenset({"school_head", "school_officer", "homeroom_teacher", "integration_client"})
READERS = CAMPAIGNERS | RECORDERS
PRINTERS = RECORDERS - {"integration_client"}
MAKERS = frozenset({"department_head", "department_officer"})
TEMPLATES, CAMPAIGNS = "/api/v1/commitment-templates", "/api/v1/commitment-campaigns"
CLASS, FILE = "/api/v1/commitment-classes/{commitment_class_id}", "/api/v1/commitment-files/{commitment_file_id}"
SLIP, HELD = "/api/v1/commitment-slips/{commitment_slip_id}", "/api/v1/public/commitments"
# Nobody's.
CODE = "0000-0000-0000-0000-0000"
CAMPAIGN = f"{CAMPAIGNS}/{{campaign_id}}"
NOBODY = "01994c2a-7b1e-7c00-8000-0000000000a4"


def _next_template(_: Actor, __: Ids) -> dict[str, object]:
    return {"code": f"thu_{next(serial)}", "document": DOCUMENT}


def _row(party: str, **more: object) -> Body:
    def rows(_: Actor, ids: Ids) -> dict[str, object]:
        return {"rows": [{"learner_id": str(ids["learner_id"]), "party": party, **more}]}

    return rows


def _sheet(actor: Actor, ids: Ids) -> dict[str, object]:
    rows = _row("pupil", state="signed")(actor, ids)
    return {"way": "class_sheet", "signed_on": date(2024, 9, 6).isoformat(), **rows}  # type: ignore[dict-item]


def _announced(who: frozenset[str], ok: int = 200) -> Operation:
    return Operation(On.CASE, who, ok, reached=is_announced)


def _read(ok: int = 200, body: Body | None = None) -> Operation:
    return Operation(On.CASE, READERS, ok, body, reached=is_signed_with)


def _write(ok: int, body: Body, **more: str) -> Operation:
    return Operation(On.CASE, RECORDERS, ok, body, writes=True, reached=is_signed_with, **more)  # type: ignore[arg-type]


def _slips(ok: int, body: Body | None = None, *, writes: bool = False) -> Operation:
    return Operation(On.CASE, PRINTERS, ok, body, writes=writes, reached=is_signed_with)


DAYS = {"opens_on": "2026-09-01", "closes_on": "2026-09-20"}
OPERATIONS: dict[str, Operation] = {
    f"GET {TEMPLATES}": listing(READERS),
    # Nobody's template is named: what a unit reads of another's is in tests/commitments/test_templates.py.
    f"GET {TEMPLATES}/{{template_id}}": Operation(On.NOTHING, READERS, 404),
    f"POST {TEMPLATES}": Operation(On.NOTHING, MAKERS, 201, _next_template),
    f"POST {TEMPLATES}/{{template_id}}/publication": Operation(On.NOTHING, MAKERS, 404),
    f"GET {CAMPAIGNS}": listing(READERS),
    f"POST {CAMPAIGNS}": Operation(
        On.NOTHING,
        CAMPAIGNERS,
        422,
        fixed(school_year="2026-2027", title_vi="Thử", template_ids=[NOBODY], **DAYS),
    ),
    f"GET {CAMPAIGN}": _announced(READERS),
    # No unit has a class of its school year.
    f"POST {CAMPAIGN}/adoption": _announced(CAMPAIGNERS, 409),
    f"GET {CAMPAIGN}/board": _announced(CAMPAIGNERS),
    f"GET {CAMPAIGN}/differences": _announced(RECORDERS),
    "GET /api/v1/commitment-classes": listing(READERS),
    f"GET {CLASS}": _read(),
    f"GET {CLASS}/sheet": _read(),
    f"GET {CLASS}/entries": _read(),
    f"POST {CLASS}/signatures": _write(200, _sheet),
    f"POST {CLASS}/withdrawals": _write(200, _row("guardian")),
    f"GET {CLASS}/slips": _slips(200),
    # A guardian of nobody: typesetting would cost more than all other requests together.
    f"POST {CLASS}/slips": _slips(422, fixed(guardian_ids=[NOBODY])),
    f"POST {SLIP}/handover": _slips(422, fixed(guardian_id=NOBODY)),
    f"POST {SLIP}/withdrawal": _slips(200, writes=True),
    f"POST {SLIP}/pin": _slips(200, writes=True),
    f"POST {HELD}/reading": public(404, fixed(code=CODE)),
    f"POST {HELD}/status": public(404, fixed(code=CODE, second_thing="0000")),
    f"POST {HELD}/acts": public(404, fixed(code=CODE, second_thing="0000", nonce="0", template_id=NOBODY, act="sign")),
    f"GET {CLASS}/files": _read(),
    f"POST {CLASS}/files": _write(201, fixed(text="thử"), media_type="text/plain"),
    f"GET {FILE}": _read(),
    f"POST {FILE}/links": _read(201, fixed(variant="original")),
    f"POST {FILE}/destruction": _write(204, fixed(reason="thử")),
    # What a sender fetches follows the hour: tests/commitments/test_reminders.py. Nobody reaches a foreign reminder.
    "POST /api/v1/commitment-reminders/batches": Operation(On.NOTHING, SYSTEMS, 200, fixed(limit=1)),
    "POST /api/v1/commitment-reminders/outcomes": Operation(
        On.NOTHING, SYSTEMS, 422, fixed(outcomes=[{"reminder_id": NOBODY, "outcome": "sent"}])
    ),
    "GET /api/v1/commitment-reminders/{campaign_id}": _announced(READERS),
    f"GET {FILE}/content": public(404, query="token=0"),
}
