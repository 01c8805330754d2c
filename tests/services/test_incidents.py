"""Who sees an incident, and what may be done with it."""

from tests.world import Client


async def test_the_levels_above_see_a_schools_incident_and_nobody_else_does(
    school_a1: Client,
    school_a2: Client,
    school_b1: Client,
    bureau_a: Client,
    bureau_b: Client,
    department: Client,
    other_province: Client,
) -> None:
    taken = await school_a1.take_in()
    for sees in (school_a1, bureau_a, department):
        assert (await sees.incident(taken["incident_id"])).status_code == 200
    for blind in (school_a2, school_b1, bureau_b, other_province):
        assert (await blind.incident(taken["incident_id"])).status_code == 404
