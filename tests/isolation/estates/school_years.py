"""A roster count of the holder: one level of its own for each case, because a unit counts a level once."""

from app.models.school_years.roster_counts import RosterCount
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    count = RosterCount(
        unit_id=plot.holder,
        org_path=plot.path,
        school_year="2024-2025",
        moment="start",
        counted_on=plot.work.today,
        school_level=plot.row,
        sex="female",
        pupils=1,
        source="thử",
        created_at=plot.now,
        created_by=plot.bystander,
    )
    plot.add(count)
    plot.record("roster_count_id", count.id, plot.is_in_line)
