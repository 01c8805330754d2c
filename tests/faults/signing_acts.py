"""A school's classes, signed and withdrawn over and over: each act acknowledged by class and day, with its rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from app.core.time import today
from tests.faults.acts import CANARY
from tests.faults.client import Client, Made
from tests.faults.report_acts import this_year

SIGNED, WITHDRAWN = "class signed", "class withdrawn"
ENTRIES = (
    "SELECT commitment_class.code, signed_on, count({}) FROM commitment_entry"
    " JOIN commitment_class ON commitment_class.id = commitment_class_id"
    " GROUP BY commitment_class.code, signed_on HAVING count({}) > 0"
)
CLASSES_FOUND = {SIGNED: ENTRIES.format("*", "*"), WITHDRAWN: ENTRIES.format("withdrawn_at", "withdrawn_at")}
COUNTS = (
    "(SELECT count(*) FROM commitment_obligation WHERE commitment_obligation.commitment_class_id ="
    " commitment_count.commitment_class_id AND commitment_obligation.party = commitment_count.party AND {})"
)
CLASS_HALVES = {
    "a counter that is not of its rows": "SELECT count(*) FROM commitment_count WHERE "  # noqa: S608 — constants
    + " OR ".join(
        f"{counter} <> {COUNTS.format(states)}"
        for counter, states in (
            ("owed", "state <> 'void'"),
            ("settled", "state IN ('signed', 'refused', 'not_reached', 'not_required')"),
            ("signed", "state = 'signed'"),
        )
    ),
    "signed twice": "SELECT count(*) FROM (SELECT obligation_id FROM commitment_entry WHERE withdrawn_at IS NULL"
    " GROUP BY obligation_id HAVING count(*) > 1) AS twice",
    "signed, and no entry says so": "SELECT count(*) FROM commitment_obligation WHERE state IN ('signed', 'refused')"
    " AND NOT EXISTS (SELECT 1 FROM commitment_entry WHERE obligation_id = commitment_obligation.id"
    " AND withdrawn_at IS NULL AND commitment_entry.state = commitment_obligation.state)",
}
"""Each counts acts of which a part is there: none may ever come to be."""


def is_of_classes(act: str) -> bool:
    return act.startswith("class ")


@dataclass
class Signer:
    """Somebody who records one class, all of its rows at once; each time on another day."""

    client: Client
    shown: Made
    days: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def act(self) -> None:
        day = (today() - timedelta(days=next(self.days))).isoformat()
        rows = [
            {"learner_id": each["learner_id"], "party": owed["party"], "state": "refused", "reason": CANARY}
            for each in self.shown["learners"]
            for owed in each["obligations"]
        ]
        self._do(SIGNED, "signatures", day, {"way": "class_sheet", "signed_on": day, "rows": rows})
        named = [{"learner_id": row["learner_id"], "party": row["party"]} for row in rows]
        self._do(WITHDRAWN, "withdrawals", day, {"rows": named})

    def _do(self, act: str, path: str, day: str, body: dict[str, Any]) -> None:
        key, _ = self.client.make_unseen(act, f"/commitment-classes/{self.shown['id']}/{path}", body)
        self.client.ledger.acknowledge(key, act, f"{self.shown['code']} {day} {len(body['rows'])}")


def open_classes(head: Client) -> list[Made]:
    """The classes of a campaign of the school's own, with their learners."""
    templates = head.send("read", "GET", "/commitment-templates")["items"]
    body = {
        "school_year": this_year(head)["code"],
        "title_vi": "Đợt ký thử nghiệm",
        "template_ids": [each["id"] for each in templates],
        "opens_on": today().isoformat(),
        "closes_on": today().isoformat(),
    }
    campaign = head.send("campaign", "POST", "/commitment-campaigns", json=body)
    head.send("adoption", "POST", f"/commitment-campaigns/{campaign['id']}/adoption")
    found = head.send("read", "GET", f"/commitment-classes?campaign_id={campaign['id']}")["items"]
    return [head.send("read", "GET", f"/commitment-classes/{each['id']}") for each in found]
