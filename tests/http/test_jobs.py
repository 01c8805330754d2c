"""The four common jobs of a front end, and how many calls each takes."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from app.core.time import today, utc_now
from tests.factories.cases import set_severity
from tests.factories.child_cases import ASSESSMENT, CHILD, CLOSURE, PLAN, REVIEW
from tests.factories.http import API
from tests.factories.units import StaffedUnit
from tests.isolation.figures import publish
from tests.world import Client

INTAKE = {
    "source_channel": "in_person",
    "group": "school_violence",
    "narrative": "Chuyện bịa để thử",
    "children": [CHILD],
}
WHOLE = "expand=persons,timeline,clocks,referrals,cases"


@dataclass
class Job:
    """The calls of a job; what one answers is all that the next knows."""

    name: str
    most: int
    calls: list[str] = field(default_factory=list)
    tag: str = ""

    async def read(self, client: Client, path: str) -> Any:
        return self._heard(await client.get(f"{API}{path}"), 200)

    async def act(self, client: Client, path: str, body: object, status: int = 200) -> Any:
        """Under the tag of the last answer that had one."""
        headers = {"If-Match": self.tag} if self.tag else {}
        return self._heard(await client.post(f"{API}{path}", body, headers=headers), status)

    def _heard(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        self.calls.append(f"{answer.request.method} {answer.request.url.path.removeprefix(API)}")
        self.tag = answer.headers.get("ETag", self.tag)
        return answer.json()

    def done(self) -> None:
        publish(f"{self.name}: {len(self.calls)} calls, at most {self.most}\n  " + "\n  ".join(self.calls))
        assert len(self.calls) <= self.most


async def test_taking_in_and_referring(school: StaffedUnit) -> None:
    job = Job("taking in and referring", 3)
    taken = await job.act(school.head, "/intakes", INTAKE, 201)
    hotlines = await job.read(school.head, "/hotlines")
    hotline = next(line["id"] for line in hotlines if line["number"] == "111")
    referral = {"hotline_id": hotline, "channel": "phone", "made_at": utc_now().isoformat()}
    made = await job.act(school.head, f"/incidents/{taken['incident_id']}/referrals", referral, 201)
    assert made["state"] == "recorded"
    job.done()


async def test_acknowledging_and_judging(school: StaffedUnit) -> None:
    incident = f"/incidents/{(await school.head.create_intake(**INTAKE))['incident_id']}"
    job = Job("acknowledging and judging", 3)
    shown = await job.read(school.head, incident)
    assert "acknowledge" in str(shown["next_actions"])
    moved = await job.act(school.head, f"{incident}/transitions", {"action": "acknowledge"})
    assert moved["state"] == "acknowledged"
    judged = await job.act(school.head, f"{incident}/severities", {"severity": "moderate", "reason": "Bịa"}, 201)
    assert judged["severity"] == "moderate"
    job.done()


async def test_the_screen_of_an_incident(school: StaffedUnit, bureau_a: Client) -> None:
    incident = f"/incidents/{(await school.head.create_intake(**INTAKE))['incident_id']}"
    for reader in (school.head, bureau_a):
        job = Job("the screen of an incident", 1)
        shown = await job.read(reader, f"{incident}?{WHOLE}")
        assert [len(shown[part]["items"]) > 0 for part in ("persons", "timeline", "clocks")] == [True] * 3
        assert (shown["referrals"]["items"], shown["cases"]["items"], shown["left_out"]) == ([], [], [])
        assert shown["holder_name_vi"]
        job.done()


async def test_a_childs_case_from_opening_to_closing(school: StaffedUnit) -> None:
    """Two people: the plan's author does not decide, and the last assessor does not close."""
    incident_id = (await school.head.create_intake(**INTAKE))["incident_id"]
    await set_severity(school.head, incident_id, "moderate")
    author, decider = school.counsellor, school.head
    job = Job("a child's case from opening to closing", 10)

    screen = await job.read(author, f"/incidents/{incident_id}?expand=persons,cases")
    (victim,) = (each for each in screen["persons"]["items"] if each["role"] == "victim")
    whole = {"person_id": victim["id"], "assessment": ASSESSMENT, "plan": PLAN}
    opened = await job.act(author, f"/incidents/{incident_id}/cases", whole, 201)
    case = f"/cases/{opened['id']}"
    assert (opened["state"], len(opened["assessments"]["items"])) == ("plan_submitted", 1)

    read = await job.read(decider, f"{case}?expand=assessments,plans")
    (plan,) = read["plans"]["items"]
    decided = {"decision": "approve", "decision_number": "05/QĐ-MẪU"}
    await job.act(decider, f"{case}/plans/{plan['id']}/decision", decided)

    under_way = await job.read(author, f"{case}?expand=plans")
    (plan,) = under_way["plans"]["items"]
    done = {"done_on": today().isoformat(), "result": "Đã thực hiện (bịa)"}
    steps = [{"step_id": step["id"], "version": step["version"], **done} for step in plan["steps"]]
    await job.act(author, f"{case}/assessments", REVIEW | {"steps": steps}, 201)

    reviewed = await job.read(decider, f"{case}?expand=assessments,plans")
    assert {step["done_on"] for step in reviewed["plans"]["items"][0]["steps"]} == {today().isoformat()}
    closed = await job.act(decider, f"{case}/closure", CLOSURE)
    assert closed["state"] == "closed"
    job.done()
