"""Reference data comes with a release; loading it again changes only what the release changed."""

from sqlalchemy import func, select

from app.models.base import Base
from app.models.reference import CodeListEntry, Hotline
from app.models.units import UnitKind
from app.security.access.scope import ALL
from app.services.platform.unit_of_work import UnitOfWork
from app.services.setup.reference_data import load_reference_data
from tests.factories.http import API, ok
from tests.world import World

TABLES: tuple[type[Base], ...] = (UnitKind, CodeListEntry, Hotline)


async def counts(work: UnitOfWork) -> list[int]:
    return [int(await work.session.scalar(select(func.count()).select_from(table)) or 0) for table in TABLES]


async def the_severe(work: UnitOfWork) -> CodeListEntry:
    found = await work.session.scalar(
        select(CodeListEntry).where(CodeListEntry.list == "severity", CodeListEntry.code == "high")
    )
    assert found is not None
    return found


async def test_loading_again_adds_nothing_and_changes_nothing(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        before = await counts(work)
        await load_reference_data(work)
        assert await counts(work) == before
        assert not work.session.dirty
        assert min(before) > 0


async def test_a_row_that_differs_from_the_release_is_put_right(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        entry = await the_severe(work)
        label = entry.label_vi
        entry.label_vi = "Nhãn cũ"
        await work.flush()
        await load_reference_data(work)
        assert (await the_severe(work)).label_vi == label


async def test_a_row_that_is_missing_is_added(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        before = await counts(work)
        await work.session.delete(await the_severe(work))
        await work.flush()
        await load_reference_data(work)
        assert await counts(work) == before


async def test_what_is_not_known_of_a_hotline_stays_unknown(world: World) -> None:
    async with world.runtime.work(ALL) as work:
        line = await work.session.scalar(select(Hotline).where(Hotline.number == "18008077"))
        assert line is not None
        assert (line.operator_vi, line.round_the_clock, line.free) == (None, None, True)
        assert line.purposes == ["violence", "women", "counselling", "anti_trafficking"]


async def test_powers_of_the_commune_chair_are_dated_and_unconfirmed(world: World) -> None:
    """Decree 147/2025 assigns powers under Decree 56/2017 and the Law on Children; nobody here read its text."""
    now = ok(await world.anonymous.get(f"{API}/competences", params={"as_of": "2026-11-27"}))
    before = ok(await world.anonymous.get(f"{API}/competences", params={"as_of": "2025-06-30"}))
    added = {each["code"] for each in now} - {each["code"] for each in before}
    assert added == {"court_request", "service_registration", "child_list_province", "child_list_commune"}
    assert {each["authority"] for each in now} == {"commune_chair", "province_chair"}
    assert not any(each["is_confirmed"] for each in now)
    (separation,) = [each for each in now if each["code"] == "emergency_separation"]
    assert (separation["amount"], separation["time_unit"]) == (12, "hours")
