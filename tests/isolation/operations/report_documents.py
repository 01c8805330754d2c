"""Documents of a report that was submitted and returned, and what is issued of it."""

from tests.isolation.operation import SYSTEMS, Ids, Operation, fixed, on_case, serial
from tests.isolation.operations.reports import LOCKERS, REPORT
from tests.isolation.rule import DRAFTERS, REPORT_READERS, Actor

ISSUANCE = fixed(number=1, symbol="BC-TM", issued_on="2031-01-01", place="Thử")


def correction(_: Actor, __: Ids) -> dict[str, object]:
    """A unit gives each number of a year once."""
    entry = {"number": next(serial), "symbol": "BC-TM", "issued_on": "2032-01-01", "place": "Thử"}
    return entry | {"reason": "Thử"}


OPERATIONS: dict[str, Operation] = {
    f"GET {REPORT}/documents/{{format}}": on_case(REPORT_READERS, least=9),
    f"GET {REPORT}/issuances": on_case(REPORT_READERS, least=9),
    # The register is its clerk's: a system enters nothing.
    f"POST {REPORT}/versions/{{number}}/issuance-corrections": on_case(
        DRAFTERS - SYSTEMS, 201, correction, writes=True, least=9, elsewhere=403
    ),
    f"POST {REPORT}/issuances": on_case(DRAFTERS - SYSTEMS, 409, ISSUANCE, writes=True, least=9, elsewhere=403),
    f"POST {REPORT}/disclosure": on_case(LOCKERS, 409, writes=True, least=9),
}
