"""Random trees, figures, returns, locks and supplements over HTTP: every report says what a plain account says.

Reports go over HTTP, as officers send them; the incidents that they count are planted, since how those are taken and
merged is shown elsewhere.
"""

import hashlib
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import docx
import pytest
from sqlalchemy import select

from app.models.reports.reports import ReportContribution, ReportVersion
from app.security.access.scope import ALL
from tests.conftest import SHARE
from tests.factories.http import assert_problem, ok
from tests.factories.reports import act, begin, fill, submit
from tests.reports.consolidation.growing import grow, let_happen
from tests.reports.consolidation.plain_account import Figure, Key, Node, Version
from tests.world import World

RETURN = {"items": [{"item": "A", "reason": "does_not_match", "text": "Đối chiếu lại (bịa)"}]}
WHY = {"reason": "Theo sổ giấy (bịa)"}
STEPS = {
    "owed": ("begin",),
    "draft": ("fill", "count", "submit", "submit"),
    "returned": ("fill", "count", "submit", "submit"),
    "submitted": ("accept", "accept", "accept", "return_"),
    "accepted": ("return_", "lock"),
    "locked": ("unlock",),
}


@pytest.fixture(scope="module")
def judged() -> Iterator[Counter[str]]:
    counted = Counter[str]()
    yield counted
    print("\njudged:", *(f"{name}={number}" for name, number in counted.items()))


@pytest.mark.parametrize("seed", range(30 // SHARE))
async def test_reports_say_what_a_plain_account_says(world: World, judged: Counter[str], seed: int) -> None:
    rolled = random.Random(seed)
    nodes = await grow(world, rolled)
    await let_happen(world, rolled, nodes, incidents=rolled.randint(3, 12), merged=rolled.randint(0, 3))
    judged.update(trees=1, reports=len(nodes))
    course = Course(world, rolled, nodes, judged)
    for _ in range(3 * len(nodes)):
        await course.step(rolled.choice(nodes))
    await let_happen(world, rolled, nodes, incidents=3, merged=0)
    await course.finish()
    for node in nodes:
        if node.below:
            await course.assert_lineage(node)
    await course.assert_printed(nodes[0])


class Course:
    """The steps of the reports, and after each what must be so."""

    def __init__(self, world: World, rolled: random.Random, nodes: list[Node], judged: Counter[str]) -> None:
        self.world, self.rolled, self.nodes, self.judged = world, rolled, nodes, judged
        self.head = nodes[0].unit.head
        self.lineages: dict[tuple[str, str, int], str] = {}

    async def step(self, node: Node) -> None:
        name = self.rolled.choice(STEPS[node.state])
        if node.above is None and name in {"accept", "return_"}:
            return
        await getattr(self, name)(node)
        await self.assert_stale(node)

    async def finish(self) -> None:
        """From below, all but one report in six is handed in and accepted once more."""
        for node in sorted(self.nodes, key=lambda each: len(each.in_line())):
            if node.above is not None and self.rolled.random() < 1 / 6:
                continue
            if node.state in {"accepted", "locked", "submitted"} and node.is_stale:
                await self.reopen(node)
            for state, name in (("owed", "begin"), ("draft", "submit"), ("returned", "submit")):
                if node.state == state:
                    await getattr(self, name)(node)
            if node.above is not None and node.state == "submitted":
                await self.accept(node)
            await self.assert_stale(node)

    async def reopen(self, node: Node) -> None:
        if node.state == "submitted" and node.above is None:
            await self.lock(node)
        await (self.unlock if node.state == "locked" else self.return_)(node)

    async def begin(self, node: Node) -> None:
        await begin(node.unit.officer, node.path)
        node.state = "draft"
        node.count()
        await self.fill(node)

    async def count(self, node: Node) -> None:
        ok(await act(node.unit.officer, node.path, "computation"))
        node.count()

    async def fill(self, node: Node) -> None:
        typed = list(typed_above(self.rolled, node) if node.below else typed_below(self.rolled, node))
        node.declared = {(each["item"], each.get("cell", "")): each for each in typed}
        texts = {"T": "Ổn định (bịa)"}
        ok(await fill(node.unit.officer, node.path, "figures", figures=typed, narratives=texts))

    async def submit(self, node: Node) -> None:
        if node.is_stale:
            assert_problem(await submit(node.unit.head, node.path, incomplete=True), 409, "report_stale")
            await self.count(node)
        newest = ok(await submit(node.unit.head, node.path, incomplete=True))["newest"]
        node.state = "submitted"
        version = Version(newest, await self.digest(node, newest), node.shown(), node.parts, node.facts)
        node.versions.append(version)
        await self.assert_shown(node, version)
        if node.below:
            for item in ("A", "V", "R"):
                self.lineages[node.path, item, newest] = (await self.lineage(node, item, newest))["digest"]

    async def accept(self, node: Node) -> None:
        assert node.above is not None
        ok(await act(node.above.unit.officer, node.path, "acceptance"))
        node.state = "accepted"
        node.accept(node.versions[-1])

    async def return_(self, node: Node) -> None:
        assert node.above is not None
        ok(await act(node.above.unit.officer, node.path, "return", RETURN))
        node.state = "returned"
        if node.accepted is node.versions[-1]:
            node.accept(None)

    async def lock(self, node: Node) -> None:
        ok(await act(self.head, node.path, "lock"))
        node.state = "locked"
        node.accepted = node.accepted or node.versions[-1]

    async def unlock(self, node: Node) -> None:
        ok(await act(self.head, node.path, "unlocking", WHY))
        node.state = "draft"

    async def digest(self, node: Node, number: int) -> str:
        whole = (await self.head.get(f"{node.path}/documents/json", params={"version": number})).content
        return hashlib.sha256(whole).hexdigest()

    async def lineage(self, node: Node, item: str, version: int) -> dict[str, Any]:
        path = f"{node.path}/figures/{item}/lineage"
        found: dict[str, Any] = ok(await self.head.get(path, params={"version": version}))
        return found

    async def assert_stale(self, node: Node) -> None:
        for each in (node, node.above):
            if each is not None:
                assert ok(await self.head.get(each.path))["is_stale"] is each.is_stale

    async def assert_shown(self, node: Node, version: Version) -> None:
        """Every figure, which overlaps are named, and of how many reports they are made."""
        read = ok(await self.head.get(f"{node.path}/documents/json", params={"version": version.number}))
        shown = {key_of(f): Figure(f["status"], f["numerator"], f["denominator"]) for f in read["figures"]}
        assert shown == dict(version.shown)
        self.judged.update(versions=1, figures=len(shown))
        named = {key_of(each): each["overlap"] for each in read["figures"] if each["overlap"]}
        assert named == node.overlaps
        if not node.below:
            assert read["coverage"] is None
            return
        digests = sorted(part.digest for part in version.parts)
        assert read["coverage"] == {"owed": len(node.below), "reported": len(digests), "versions": digests}

    async def assert_lineage(self, node: Node) -> None:
        """Of each version ever submitted: the same digest as then, and that of the parts as they are stored."""
        for version in node.versions:
            for item in ("A", "V", "R"):
                found = await self.lineage(node, item, version.number)
                assert found["digest"] == self.lineages[node.path, item, version.number]
                assert found["digest"] == await self.digest_of_parts(item, version)
                assert found["is_reproduced"] is not False
                assert (found["owed"], found["reported"]) == (len(node.below), len(version.parts))
                self.judged.update(lineages=1)

    async def digest_of_parts(self, item: str, version: Version) -> str:
        async with self.world.runtime.work(ALL, write=False) as work:
            query = select(ReportContribution).join(ReportVersion, ReportVersion.id == ReportContribution.version_id)
            query = query.where(ReportVersion.digest == version.digest, ReportContribution.item == item)
            rows = await work.session.scalars(query.order_by(ReportContribution.digest))
            own = [[row.digest, row.numerator, row.denominator] for row in rows]
        figures = [(part.digest, part.shown.get((item, ""))) for part in version.parts]
        children = [[digest, *(figure or Figure("missing"))] for digest, figure in sorted(figures)]
        parts = {"cell": "", "children": children, "item": item, "own": own}
        return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()

    async def assert_printed(self, root: Node) -> None:
        version = root.versions[-1]
        answer = await self.head.get(f"{root.path}/documents/docx", params={"version": version.number})
        text = "".join(each.text or "" for each in docx.Document(io.BytesIO(answer.content)).element.body.iter())
        assert f"Tổng hợp từ {len(version.parts)}/{len(root.below)} đơn vị đã báo cáo" in text


def key_of(figure: dict[str, Any]) -> Key:
    return figure["item"], figure["cell"]


def typed_below(rolled: random.Random, node: Node) -> Iterator[dict[str, Any]]:
    """A school types what is not counted, some of it by sex; now and then it says otherwise, nothing, or that it does
    not apply."""
    for item in ("A", "B"):
        if (item, node.levels) != ("B", ("nursery",)):
            yield from _by_sex(rolled, item)
    yield from _one_of(rolled, "R", lambda: {"numerator": rolled.randint(0, 9), "denominator": rolled.randint(9, 12)})
    yield from _one_of(rolled, "Y", lambda: {"numerator": rolled.randint(0, 1)})
    yield from _one_of(rolled, "K", lambda: {"numerator": rolled.randint(0, 3)})
    yield from _one_of(rolled, "N", lambda: {"numerator": rolled.randint(0, 9)})
    for item in ("V", "D"):
        if rolled.random() < 0.2:
            yield {"item": item, "numerator": rolled.randint(5, 9), **WHY}


def _by_sex(rolled: random.Random, item: str) -> Iterator[dict[str, Any]]:
    girls, boys = rolled.randint(0, 5), rolled.randint(0, 5)
    before = {"previous_numerator": rolled.randint(0, 9), "previous_source": "Sổ năm trước (bịa)"}
    said = list(_one_of(rolled, item, lambda: {"numerator": girls + boys, **(before if rolled.random() < 0.5 else {})}))
    yield from said
    if said and "numerator" in said[0] and rolled.random() < 0.5:
        yield {"item": item, "cell": "sex=female", "numerator": girls}
        yield {"item": item, "cell": "sex=male", "numerator": boys}


def _one_of(rolled: random.Random, item: str, value: Callable[[], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    at = rolled.random()
    if at < 0.8:
        yield {"item": item, **value()}
    elif at < 0.9:
        yield {"item": item, "not_applicable": True, **WHY}


def typed_above(rolled: random.Random, node: Node) -> Iterator[dict[str, Any]]:
    """A bureau adjusts some sums, down to nothing, and replaces others, each with its reason."""
    before = {"previous_numerator": rolled.randint(0, 9), "previous_source": "Sổ năm trước (bịa)"}
    for item in ("A", "V", "D"):
        at, (counted, _) = rolled.random(), node.computed.get((item, ""), (None, None))
        if at < 0.3 and counted is not None:
            yield {
                "item": item,
                "adjustment": rolled.choice([-counted, -min(1, counted), 2]),
                **WHY,
                **(before if item == "A" else {}),
            }
        elif at < 0.4:
            yield {"item": item, "numerator": rolled.randint(0, 20), **WHY}
    if rolled.random() < 0.5:
        yield {"item": "N", "numerator": rolled.randint(0, 9)}
