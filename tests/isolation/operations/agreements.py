"""Agreements of a school in campaigns: its head's and officer's; above it whether the school has one."""

from datetime import date

from tests.isolation.operation import Body, Ids, On, Operation, fixed, listing, public
from tests.isolation.operations.commitments import CAMPAIGN, CAMPAIGNERS
from tests.isolation.rule import AGREEING, Actor, has_agreements, is_announced

AGREEMENT, FILE = "/api/v1/commitment-agreements/{agreement_id}", "/api/v1/agreement-files/{agreement_file_id}"


def _rows(**more: object) -> Body:
    def rows(_: Actor, ids: Ids) -> dict[str, object]:
        return {"rows": [{"staff_id": str(ids["staff_id"]), **more}]}

    return rows


def _refused(actor: Actor, ids: Ids) -> dict[str, object]:
    """As it is recorded: a repetition changes nothing."""
    rows = _rows(state="refused")(actor, ids)
    return {"way": "paper", "signed_on": date(2024, 9, 6).isoformat(), **rows}  # type: ignore[dict-item]


def _read(ok: int = 200, body: Body | None = None) -> Operation:
    return Operation(On.CASE, AGREEING, ok, body, reached=has_agreements)


def _write(ok: int, body: Body, **more: str) -> Operation:
    return Operation(On.CASE, AGREEING, ok, body, writes=True, reached=has_agreements, **more)  # type: ignore[arg-type]


OPERATIONS: dict[str, Operation] = {
    "GET /api/v1/commitment-agreements": listing(AGREEING),
    f"GET {AGREEMENT}": _read(),
    f"GET {AGREEMENT}/entries": _read(),
    f"GET {AGREEMENT}/sheet": _read(),
    f"POST {AGREEMENT}/signatures": _write(200, _refused),
    f"POST {AGREEMENT}/withdrawals": _write(200, _rows()),
    f"GET {AGREEMENT}/files": _read(),
    f"POST {AGREEMENT}/files": _write(201, fixed(text="thử"), media_type="text/plain"),
    f"GET {FILE}": _read(),
    f"POST {FILE}/links": _read(201, fixed(variant="original")),
    f"POST {FILE}/destruction": _write(204, fixed(reason="thử")),
    f"GET {FILE}/content": public(404, query="token=0"),
    f"GET {CAMPAIGN}/agreements": Operation(On.CASE, CAMPAIGNERS, 200, reached=is_announced),
}
