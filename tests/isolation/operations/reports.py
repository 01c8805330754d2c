"""Reports: a draft that was returned once, of the unit that holds the case."""

from tests.isolation.operation import Ids, On, Operation, fixed, listing, on_case
from tests.isolation.rule import DRAFTERS, REPORT_READERS, REVIEWERS, SIGNERS, Actor

REPORT = "/api/v1/reports/{report_id}"
SECTION = f"{REPORT}/sections/{{section}}"
LOCKERS = frozenset({"department_head"})
RETURN = fixed(items=[{"item": "A1", "reason": "other"}])


def acceptances(_: Actor, ids: Ids) -> dict[str, object]:
    return {"reports": [{"id": str(ids["bystander"]), "version": 1}]}


def of_report(who: frozenset[str], ok: int, body: object = None, **more: object) -> Operation:
    """An act on a report, by its tag; no grant of a case opens one."""
    return on_case(who, ok, body, tag_from=REPORT, writes=True, least=9, **more)  # type: ignore[arg-type]


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/reports": listing(REPORT_READERS),
    f"GET {REPORT}": on_case(REPORT_READERS, least=9),
    f"GET {REPORT}/timeline": on_case(REPORT_READERS, least=9),
    f"GET {REPORT}/versions/{{number}}": on_case(REPORT_READERS, least=9),
    # The planted version has no snapshot.
    f"GET {REPORT}/figures/{{item}}/lineage": on_case(REPORT_READERS, 404, least=9),
    f"GET {REPORT}/consolidation": on_case(REPORT_READERS, 200, least=9, elsewhere=403),
    f"GET {SECTION}": on_case(REPORT_READERS, least=9, elsewhere=404),
    f"PUT {SECTION}": on_case(
        DRAFTERS, 200, fixed(narratives={}), tag_from=SECTION, writes=True, least=9, elsewhere=404
    ),
    f"POST {REPORT}/draft": of_report(DRAFTERS, 409, elsewhere=403),
    f"POST {REPORT}/computation": of_report(DRAFTERS, 200, elsewhere=403),
    f"POST {REPORT}/submission": of_report(DRAFTERS, 200, fixed(), elsewhere=403, refused=DRAFTERS - SIGNERS),
    f"POST {REPORT}/acceptance": of_report(REVIEWERS, 403),  # it has no recipient
    f"POST {REPORT}/return": of_report(REVIEWERS, 403, RETURN),
    f"POST {REPORT}/lock": of_report(LOCKERS, 409),
    f"POST {REPORT}/unlock-request": of_report(
        DRAFTERS, 409, fixed(reason="thử"), elsewhere=403, refused=DRAFTERS - SIGNERS
    ),
    f"POST {REPORT}/unlocking": of_report(LOCKERS, 409, fixed(reason="thử")),
    "POST /api/v1/report-acceptances": Operation(On.NOTHING, REVIEWERS, 200, acceptances),
}
