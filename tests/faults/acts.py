"""Operations on a case, each acknowledged in the ledger by the id of the created row."""

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from app.core.time import utc_now
from tests.faults.client import Client, Headers, Made

CANARY = "vet-chim-hoang-yen-bia"
MIB = 1 << 20
WHOLE_FILE = (MIB, 3 * MIB)
STREAMED_FILE = (4 * MIB + 200_000, 4 * MIB + 400_000)
"""Of more than one segment, so that a kill may leave some of them."""
ACTS_PER_CASE = 3


@dataclass
class Staff:
    """Somebody of a school or its bureau. `leads`: may also share a case and destroy a file."""

    client: Client
    leads: bool
    hotline: str
    grantee: str
    long_ago: bool
    small_files: bool
    earlier: str | None = None

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def act(self) -> None:
        """Create a case and perform some of the possible operations on it."""
        intake = self.client.make("intake", "/intakes", _intake_form(long_ago=self.long_ago))
        incident = str(intake["incident_id"])
        self.client.ledger.acknowledge(f"of {intake['id']}", "incident", incident)
        self.assess(incident)
        for act in random.sample(self._acts(), ACTS_PER_CASE):
            act(incident)
        self.earlier = incident

    def _acts(self) -> list[Callable[[str], object]]:
        leaders = [self.share, self.attach_and_destroy] if self.leads else []
        later = [self.merge_and_part] if self.earlier else []
        return [self.name_witness, self.refer, self.plan_for_a_child, self.attach, *leaders, *later]

    def assess(self, incident: str) -> None:
        """So that its files may be destroyed, and that it merges into another one."""
        path, body = f"/incidents/{incident}", {"severity": "low", "reason": CANARY}
        self.client.make_matched("severity", f"{path}/severities", lambda: (self._match(path), body))

    def name_witness(self, incident: str) -> None:
        self.client.make("person", f"/incidents/{incident}/persons", {"role": "witness", "name": CANARY})

    def refer(self, incident: str) -> None:
        made_at = _from_now(minutes=-1)
        body = {"hotline_id": self.hotline, "channel": "phone", "made_at": made_at, "request": CANARY}
        self.client.make("referral", f"/incidents/{incident}/referrals", body)

    def plan_for_a_child(self, incident: str) -> None:
        """The case of one child: opened, assessed, planned."""
        child = {"role": "victim", "name": CANARY, "sex": "female", "estimated_age": 12}
        person = self.client.make("person", f"/incidents/{incident}/persons", child)
        case = self.client.make("case", f"/incidents/{incident}/cases", {"person_id": person["id"]})
        path = f"/cases/{case['id']}"
        assessed: Made = {"harm": {"harm_severity": "high"}, "capacity": {"recovery": "low"}, "risk": "high"}
        planned: Made = {"goal": CANARY, "steps": [{"service": "counselling", "description": CANARY}] * 2}
        self.client.make_matched("assessment", f"{path}/assessments", lambda: (self._match(path), assessed))
        self.client.make_matched("plan", f"{path}/plans", lambda: (self._match(path), planned))

    def share(self, incident: str) -> None:
        body = {"grantee_unit_id": self.grantee, "tier": 2, "reason": CANARY, "expires_at": _from_now(days=7)}
        self.client.make("grant", f"/incidents/{incident}/grants", body)

    def merge_and_part(self, incident: str) -> None:
        """With the previous case; both are unchanged afterwards."""
        survivor, absorbed = f"/incidents/{incident}", f"/incidents/{self.earlier}"

        def merging() -> tuple[Headers, Made]:
            body = {"incident_id": self.earlier, "etag": self.client.tag(absorbed), "reason": CANARY}
            return self._match(survivor), body

        def parting() -> tuple[Headers, Made]:
            return self._match(survivor), {"etag": self.client.tag(absorbed), "reason": CANARY}

        merge = self.client.make_matched("merge", f"{survivor}/merges", merging)
        self.client.make_matched("undo", f"{survivor}/merges/{merge['id']}/undo", parting)

    def attach(self, incident: str) -> str:
        """A file: some are stored whole, others streamed in parts. The same file again is the same object."""
        media_type, content = self._file()
        path, headers = f"/incidents/{incident}/attachments", {"Content-Type": media_type}
        attached: str = self.client.send("attachment", "POST", path, content=content, headers=headers)["id"]
        self.client.ledger.acknowledge(f"file {attached}", "attachment", attached)
        self.client.ledger.contents[attached] = hashlib.sha256(content).hexdigest()
        return attached

    def attach_and_destroy(self, incident: str) -> None:
        attached = self.attach(incident)
        self.client.send("destruction", "POST", f"/attachments/{attached}/destruction", json={"reason": CANARY})
        self.client.ledger.acknowledge(f"end of {attached}", "destruction", attached)
        del self.client.ledger.contents[attached]

    def _file(self) -> tuple[str, bytes]:
        if self.small_files:
            return "text/plain", _filled(b"", 10_000)
        if random.random() < 0.25:
            return "audio/ogg", _filled(b"OggS\0", random.randint(*STREAMED_FILE))
        return "text/plain", _filled(b"", random.randint(*WHOLE_FILE))

    def _match(self, path: str) -> Headers:
        return {"If-Match": self.client.tag(path)}


@dataclass
class Stranger:
    """A child without an account, who reports and later writes by the receipt."""

    client: Client
    school: str
    digest: Callable[[str], str]

    @property
    def clients(self) -> tuple[Client, ...]:
        return (self.client,)

    def act(self) -> None:
        """Report, then write two messages."""
        ledger = self.client.ledger
        form = {"narrative": f"{CANARY} {uuid4()}", "unit_id": self.school}
        key, answer = self.client.make_unseen("receipt", "/public/intakes", form)
        receipt = answer["receipt"]
        ledger.acknowledge(key, "receipt", self.digest(receipt))
        for number in (1, 2):
            text = {"receipt": receipt, "text": f"{CANARY} {number}"}
            key, _ = self.client.make_unseen("message", "/public/receipts/messages", text)
            ledger.acknowledge(key, "message", f"{self.digest(receipt)} {number}")


def _intake_form(*, long_ago: bool) -> Made:
    form = {"source_channel": "in_person", "group": "school_violence", "narrative": f"{CANARY} {uuid4()}"}
    return form | ({"received_at": _from_now(days=-30)} if long_ago else {})


def _filled(head: bytes, length: int) -> bytes:
    """A content unlike any other, that says the canary all over."""
    line = f"{uuid4()} {CANARY}\n".encode()
    return (head + line * (length // len(line) + 1))[:length]


def _from_now(**span: float) -> str:
    return (utc_now() + timedelta(**span)).isoformat()
