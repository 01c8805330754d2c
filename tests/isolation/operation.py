"""What an operation of the API is, and the parts that the lists of all areas are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from itertools import count
from uuid import UUID

from app.core.time import today
from tests.isolation import rule
from tests.isolation.rule import EVERYONE, READERS, Actor, Case

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
    lists_acts: bool = False
    """It names, by id alone, what people of the caller's line acted on, also where that lies beyond the line."""
    elsewhere: int = 0
    """The status for those of the line whose unit does not hold the case, where only the holder's own may act."""
    refused: frozenset[str] = frozenset()
    """Roles that may call it, and are refused on what they reach unless a decision names the person."""
    reached: Finds | None = None
    """Who reaches the row, where that follows neither the holder's line nor a grant of the case."""
    query: str = ""
    media_type: str = "application/json"
    under: str = ""
    """`place` where a school comes to stand below what is named, `own` where below the caller's own unit."""
    finds: Finds | None = None
    """Who finds a case by a search of it."""


MERGE = "application/merge-patch+json"
INCIDENT = "/api/v1/incidents/{incident_id}"
INTAKE = "/api/v1/intakes/{intake_id}"
PASSWORD = "mot-mat-khau-de-thu-9"


def soon(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


def decision() -> dict[str, str]:
    return {"effective_on": today().isoformat(), "decision_number": "03/QĐ-MẪU"}


def fixed(**body: object) -> Body:
    return lambda _, __: body


def on_case(who: frozenset[str], ok: int = 200, body: Body | None = None, **more: object) -> Operation:
    return Operation(On.CASE, who, ok, body, **more)  # type: ignore[arg-type]


def listing(who: frozenset[str], query: str = "limit=500") -> Operation:
    return Operation(On.NOTHING, who, query=query)


def on_oneself(ok: int = 200, body: Body | None = None, who: frozenset[str] = EVERYONE) -> Operation:
    return Operation(On.ONESELF, who, ok, body)


def public(ok: int = 200, body: Body | None = None, query: str = "", media_type: str = "application/json") -> Operation:
    return Operation(On.PUBLIC, EVERYONE, ok, body, query=query, media_type=media_type)


def search(query: str, finds: Finds) -> Operation:
    return Operation(On.SEARCH, CASE_READERS, query=query, finds=finds)


CASE_READERS = READERS | rule.HELPERS | {"auditor"}
REFERRAL_READERS = READERS | rule.HELPERS
MONTH = today().strftime("month=%Y-%m")
THIS_MONTH = f"{MONTH}&limit=500"
NARRATIVE = "Chuyện bịa để thử"
