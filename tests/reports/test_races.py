"""Of two acts at the same moment on one report, or on it and one below, the second sees the first or is refused."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.services.platform.unit_of_work import UnitOfWork
from tests.factories.http import ok
from tests.factories.reports import Chain, act, begin, create_chain, fill, fill_in, submit, submitted
from tests.world import Client, World

OVERLAP_S = 0.5
RETURN = {"items": [{"item": "A1", "reason": "other"}]}
Act = Awaitable[httpx.Response]
Overlap = Callable[[str, Act, Act], Awaitable[tuple[httpx.Response, httpx.Response]]]


@pytest.fixture
async def chain(world: World) -> Chain:
    return await create_chain(world)


@pytest.fixture
async def so_head(world: World) -> Client:
    return await world.client("so.head")


@pytest.fixture
def overlap(monkeypatch: pytest.MonkeyPatch) -> Overlap:
    """The answers of two acts, of which the second runs while the first is about to commit."""
    genuine = UnitOfWork.commit

    async def overlapping(operation: str, first: Act, second: Act) -> tuple[httpx.Response, httpx.Response]:
        reached, released = asyncio.Event(), asyncio.Event()

        async def paused(work: UnitOfWork) -> None:
            if work.operation == operation and not reached.is_set():
                await work.flush()
                reached.set()
                await released.wait()
            await genuine(work)

        monkeypatch.setattr(UnitOfWork, "commit", paused)
        earlier = asyncio.ensure_future(first)
        await asyncio.wait_for(reached.wait(), 30)
        later = asyncio.ensure_future(second)
        await asyncio.wait({later}, timeout=OVERLAP_S)
        released.set()
        return await earlier, await later

    return overlapping


async def figure_of(client: Client, report: str, version: int = 1) -> int:
    """A1 as a version shows it."""
    shown = ok(await client.get(f"{report}/versions/{version}"))
    return int(next(each["numerator"] for each in shown["figures"] if each["item"] == "A1"))


async def sum_below(chain: Chain) -> int:
    """A1 as it adds up for the bureau."""
    path = f"{chain.report(chain.bureau)}/consolidation?with_submitted=true"
    shown = ok(await chain.bureau.officer.get(path))
    return int(next(each["numerator"] for each in shown["figures"] if each["item"] == "A1"))


async def is_stale(chain: Chain) -> bool:
    return bool(ok(await chain.bureau.officer.get(chain.report(chain.bureau)))["is_stale"])


async def states(chain: Chain) -> set[str]:
    """Of the schools' reports."""
    return {ok(await school.officer.get(chain.report(school)))["state"] for school in chain.schools}


def declare(client: Client, report: str, cases: int) -> Act:
    return fill(client, report, "figures", figures=[{"item": "A1", "numerator": cases}])


async def drafted(chain: Chain) -> tuple[str, Client, Client]:
    """The first school's draft, ready to be submitted, with its officer and head."""
    school = chain.schools[0]
    report = chain.report(school)
    await begin(school.officer, report)
    await fill_in(school.officer, report, cases=3)
    return report, school.officer, school.head


class TestDraftAndSubmission:
    async def test_a_submission_has_what_was_edited_before_it(self, chain: Chain, overlap: Overlap) -> None:
        report, officer, head = await drafted(chain)
        edited, sent = await overlap("edit_report_section", declare(officer, report, 7), submit(head, report))
        ok(edited), ok(sent)
        assert (await figure_of(head, report), await sum_below(chain)) == (7, 7)

    async def test_no_edit_reaches_a_version_that_is_submitted_meanwhile(self, chain: Chain, overlap: Overlap) -> None:
        report, officer, head = await drafted(chain)
        sent, edited = await overlap("submit_report", submit(head, report), declare(officer, report, 7))
        ok(sent)
        assert edited.status_code in {409, 412}
        assert (await figure_of(head, report), await sum_below(chain)) == (3, 3)

    async def test_two_units_submit_to_one_at_the_same_moment(self, chain: Chain, overlap: Overlap) -> None:
        await begin(chain.bureau.officer, chain.report(chain.bureau))
        for school in chain.schools:
            await begin(school.officer, chain.report(school))
            await fill_in(school.officer, chain.report(school))
        one, other = (submit(school.head, chain.report(school)) for school in chain.schools)
        for answer in await overlap("submit_report", one, other):
            ok(answer)
        assert await states(chain) == {"submitted"}


class TestConsolidation:
    async def test_begun_while_one_below_is_accepted_it_is_stale(self, chain: Chain, overlap: Overlap) -> None:
        school, above = chain.schools[0], chain.report(chain.bureau)
        await submitted(school, chain.report(school))
        begun, accepted = await overlap(
            "begin_report",
            act(chain.bureau.officer, above, "draft"),
            act(chain.bureau.head, chain.report(school), "acceptance"),
        )
        ok(begun, 201), ok(accepted)
        assert await is_stale(chain)

    async def test_counted_while_one_below_is_accepted_it_is_stale(self, chain: Chain, overlap: Overlap) -> None:
        school, above = chain.schools[0], chain.report(chain.bureau)
        await begin(chain.bureau.officer, above)
        await submitted(school, chain.report(school))
        counted, accepted = await overlap(
            "compute_report",
            act(chain.bureau.officer, above, "computation"),
            act(chain.bureau.head, chain.report(school), "acceptance"),
        )
        ok(counted), ok(accepted)
        assert await is_stale(chain)

    async def test_accepted_meanwhile_it_is_in_the_sum_or_the_count_is_refused(
        self, chain: Chain, overlap: Overlap
    ) -> None:
        school, above = chain.schools[0], chain.report(chain.bureau)
        await submitted(school, chain.report(school), cases=5)
        accepted, begun = await overlap(
            "accept_report",
            act(chain.bureau.head, chain.report(school), "acceptance"),
            act(chain.bureau.officer, above, "draft"),
        )
        ok(accepted), ok(begun, 201)
        assert (await figure_of(chain.bureau.officer, above), await is_stale(chain)) == (5, False)


class TestLock:
    async def test_no_lock_over_one_below_that_is_returned_meanwhile(
        self, chain: Chain, so_head: Client, overlap: Overlap
    ) -> None:
        school, above = chain.schools[0], chain.report(chain.bureau)
        await _handed_up(chain, so_head)
        returned, locked = await overlap(
            "return_report",
            act(chain.bureau.head, chain.report(school), "return", RETURN),
            act(so_head, above, "lock"),
        )
        ok(returned)
        assert locked.status_code == 412
        shown = ok(await so_head.get(above))
        assert (shown["state"], shown["is_stale"]) == ("accepted", True)

    async def test_one_below_returned_during_the_lock_marks_it(
        self, chain: Chain, so_head: Client, overlap: Overlap
    ) -> None:
        school, above = chain.schools[0], chain.report(chain.bureau)
        await _handed_up(chain, so_head)
        locked, returned = await overlap(
            "lock_report",
            act(so_head, above, "lock"),
            act(chain.bureau.head, chain.report(school), "return", RETURN),
        )
        ok(locked), ok(returned)
        shown = ok(await so_head.get(above))
        assert (shown["state"], shown["is_stale"]) == ("locked", True)

    @pytest.mark.parametrize(
        ("operation", "first", "second"),
        [
            ("lock_report", "lock", "return"),
            ("return_report", "return", "lock"),
        ],
    )
    async def test_of_two_decisions_on_one_report_the_second_is_refused(
        self, chain: Chain, so_head: Client, overlap: Overlap, operation: str, first: str, second: str
    ) -> None:
        above = chain.report(chain.bureau)
        await _handed_up(chain, so_head)
        bodies = {"lock": None, "return": RETURN}
        done, refused = await overlap(
            operation, act(so_head, above, first, bodies[first]), act(so_head, above, second, bodies[second])
        )
        ok(done)
        assert refused.status_code in {409, 412}
        kinds = [each["kind"] for each in ok(await so_head.get(f"{above}/timeline"))]
        assert len({"locked", "returned"}.intersection(kinds)) == 1

    async def test_a_lock_is_lifted_once(self, chain: Chain, so_head: Client, overlap: Overlap) -> None:
        above, why = chain.report(chain.bureau), {"reason": "Bổ sung (bịa)"}
        await _handed_up(chain, so_head)
        ok(await act(so_head, above, "lock"))
        asked = [act(so_head, above, "unlocking", why) for _ in range(2)]
        lifted, again = await overlap("unlock_report", asked[0], asked[1])
        ok(lifted)
        assert again.status_code in {409, 412}
        assert [each["number"] for each in ok(await chain.bureau.head.get(above))["versions"]] == [1, 2]


async def _handed_up(chain: Chain, so_head: Client) -> None:
    """A school's report is accepted, and in the bureau's, which the department accepted."""
    school, above = chain.schools[0], chain.report(chain.bureau)
    await submitted(school, chain.report(school))
    ok(await act(chain.bureau.head, chain.report(school), "acceptance"))
    await submitted(chain.bureau, above)
    ok(await act(so_head, above, "acceptance"))
