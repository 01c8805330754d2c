"""The life of a report, over and over: each act acknowledged in the ledger by report, version and how often."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from app.core.time import today
from tests.faults.acts import CANARY
from tests.faults.client import Client, Headers, Made, Matched
from tests.faults.ledger import Ledger

ACTS = ("begun", "submitted", "returned", "accepted", "locked", "unlocked")
"""As the timeline names them."""
EDITED, COUNTED = "report edited", "report counted"
TYPED, TEXT, OF_INCIDENTS = "A1", "SITUATION", "A3"
TEXTS = {"label_vi": "Thử nghiệm", "label_en": "A trial"}
INDICATOR = {"kind": "indicator", **TEXTS, "unit_vi": "vụ", "unit_en": "incidents", "measure": "count"}
DEFINITION = {
    "title_vi": "Báo cáo thử nghiệm",
    "title_en": "A trial report",
    "sections": [
        {
            "code": "figures",
            **TEXTS,
            "items": [
                INDICATOR | {"code": TYPED, "roll_up": "none"},
                INDICATOR | {"code": OF_INCIDENTS, "roll_up": "sum", "source": "incidents_violence"},
            ],
        },
        {"code": "texts", **TEXTS, "items": [{"kind": "narrative", "code": TEXT, **TEXTS}]},
    ],
    "rules": [],
}
DUE_IN_DAYS = {"school": 30, "bureau": 37, "commune": 37, "department": 45}


def act_of(event: str) -> str:
    """How the ledger names an event of the timeline."""
    return f"report {event}"


def is_of_reports(act: str) -> bool:
    return act.startswith("report ")


@dataclass
class Reporter:
    """Those who draft, submit, review and lock one report, one after the other."""

    drafter: Client
    head: Client
    reviewer: Client
    locker: Client
    report: Made
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    version: int = 0

    @property
    def clients(self) -> tuple[Client, ...]:
        return self.drafter, self.head, self.reviewer, self.locker

    @property
    def ledger(self) -> Ledger:
        return self.drafter.ledger

    @property
    def path(self) -> str:
        return f"/reports/{self.report['id']}"

    def act(self) -> None:
        """One round of a report that is begun: drafted, returned once, accepted, locked, and unlocked for the next."""
        self._draft()
        self._submit()
        reason = {"item": TYPED, "reason": "does_not_match", "text": CANARY}
        self._step(self.reviewer, "returned", "return", {"items": [reason]})
        self._draft()
        self._submit()
        self._step(self.reviewer, "accepted", "acceptance")
        self._step(self.locker, "locked", "lock")
        self._step(self.locker, "unlocked", "unlocking", {"reason": CANARY})

    def begin(self) -> None:
        self._step(self.drafter, "begun", "draft")

    def _submit(self) -> None:
        """Counted anew before each try: what is below may change between the two."""

        def counted() -> tuple[Headers, Made]:
            self._count()
            return self._match(self.head, self.path), {"signer_name": CANARY}

        self._tried(self.head, "submitted", "submission", counted)

    def _step(self, client: Client, event: str, path: str, body: Made | None = None) -> None:
        self._tried(client, event, path, lambda: (self._match(client, self.path), body))

    def _tried(self, client: Client, event: str, path: str, read: Callable[[], Matched]) -> None:
        key, made = client.matched(act_of(event), "POST", f"{self.path}/{path}", read)
        self.version = made["newest"]
        # A return and an unlocking begin the next version.
        of = self.version - (event in {"returned", "unlocked"})
        self.ledger.acknowledge(key, act_of(event), f"{self.report['code']} {of} 1")

    def _count(self) -> None:
        """The computed figures, and what a bureau adds up."""
        address = f"{self.path}/computation"
        self.drafter.matched(COUNTED, "POST", address, lambda: (self._match(self.drafter, self.path), None))

    def _draft(self) -> None:
        number = next(self.numbers)
        self._edit("figures", {"figures": [{"item": TYPED, "numerator": number}]})
        self._edit("texts", {"narratives": {TEXT: f"{CANARY} {number}"}})
        self.ledger.drafts[self.report["code"], self.version] = number

    def _edit(self, section: str, body: Made) -> None:
        address = f"{self.path}/sections/{section}"
        self.drafter.matched(EDITED, "PUT", address, lambda: (self._match(self.drafter, address), body))

    def _match(self, client: Client, path: str) -> Headers:
        return {"If-Match": client.tag(path)}


def this_year(client: Client) -> Made:
    """The school year of today."""
    years: Any = client.send("read", "GET", "/school-years")
    begun: list[Made] = [each for each in years if each["starts_on"] <= str(today())]
    return max(begun, key=lambda each: str(each["starts_on"]))


def open_period(department: Client) -> Mapping[str, Made]:
    """A period for which every unit reports by a small form; the reports by unit."""
    template = department.send("template", "POST", "/report-templates", json=_template())
    published = {"valid_from": "2020-01-01"}
    path = f"/report-templates/{template['id']}"
    tag = {"If-Match": department.tag(path)}
    department.send("template", "POST", f"{path}/publication", json=published, headers=tag)
    year = this_year(department)
    body = {
        "kind": "thematic",
        "template_id": template["id"],
        "school_year": year["code"],
        "starts_on": year["starts_on"],
        "ends_on": _in(1),
        "dues": [{"kinds": [kind], "due_on": _in(days)} for kind, days in DUE_IN_DAYS.items()],
    }
    period = department.send("period", "POST", "/report-periods", json=body)
    department.send("period", "POST", f"/report-periods/{period['id']}/opening")
    found = department.send("read", "GET", f"/reports?period_id={period['id']}&limit=200")
    return {each["unit_id"]: each for each in found["items"]}


def _template() -> Made:
    return {"code": "kill_trial", "definition": DEFINITION}


def _in(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()
