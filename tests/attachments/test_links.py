"""Links to files: for minutes, for one file, as long as who made them may see it."""

from datetime import datetime, timedelta

import pytest
import time_machine

from app.core import time
from app.security.files.contents import KINDS
from tests.factories.attachments import (
    JPEG,
    create_attachment,
    create_link,
    fetch_link,
    release_attachment,
    request_link,
)
from tests.factories.http import API, assert_problem, ok, read_etag
from tests.factories.sharing import share_incident
from tests.factories.units import StaffedUnit, create_unit
from tests.files.samples import FILMS_AND_VOICES, MP4
from tests.world import World

SOUND_AND_FILM = {KINDS[kind].media_type: content for kind, content in FILMS_AND_VOICES.items()}


class TestLinks:
    async def test_a_link_opens_for_five_minutes(self, school: StaffedUnit, incident: str) -> None:
        url = await create_link(school.head, (await create_attachment(school.head, incident))["id"])
        with time_machine.travel(time.utc_now() + timedelta(minutes=4, seconds=50)):
            assert (await fetch_link(school.head, url)).status_code == 200
        with time_machine.travel(time.utc_now() + timedelta(minutes=5, seconds=1)):
            assert_problem(await fetch_link(school.head, url), 404, "not_found")

    @pytest.mark.parametrize("kind", ["video/mp4", "audio/mp4"])
    async def test_of_a_film_that_is_watched_it_goes_on_for_two_hours(
        self, school: StaffedUnit, incident: str, kind: str
    ) -> None:
        film = await create_attachment(school.head, incident, SOUND_AND_FILM[kind], kind)
        begun = time.utc_now()
        link, made = ok(await request_link(school.head, film["id"]), 201), time.utc_now()
        assert datetime.fromisoformat(link["goes_on_until"]) - made <= timedelta(hours=2)
        for seconds in (0, 290, 310, 3600, 7195):
            with time_machine.travel(begun + timedelta(seconds=seconds)):
                part = await fetch_link(school.head, link["url"], Range="bytes=4-7")
                assert (part.status_code, part.content) == (206, SOUND_AND_FILM[kind][4:8]), seconds
        with time_machine.travel(made + timedelta(hours=2, seconds=1)):
            assert_problem(await fetch_link(school.head, link["url"], Range="bytes=0-3"), 404, "not_found")

    async def test_a_film_that_nobody_began_to_watch_is_closed_after_five_minutes(
        self, school: StaffedUnit, incident: str
    ) -> None:
        film = await create_attachment(school.head, incident, MP4, "video/mp4")
        url, other = [await create_link(school.head, film["id"]) for _ in "12"]
        with time_machine.travel(time.utc_now() + timedelta(seconds=10)):
            later = await create_link(school.head, film["id"])
            assert (await fetch_link(school.head, later)).status_code == 200
        with time_machine.travel(time.utc_now() + timedelta(minutes=6)):
            for closed in (url, other):
                assert_problem(await fetch_link(school.head, closed, Range="bytes=0-3"), 404, "not_found")

    async def test_no_other_file_goes_on(self, school: StaffedUnit, incident: str) -> None:
        link = ok(await request_link(school.head, (await create_attachment(school.head, incident))["id"]), 201)
        assert link["goes_on_until"] is None
        assert (await fetch_link(school.head, link["url"], Range="bytes=0-3")).status_code == 206
        with time_machine.travel(time.utc_now() + timedelta(seconds=310)):
            assert_problem(await fetch_link(school.head, link["url"], Range="bytes=0-3"), 404, "not_found")

    @pytest.mark.parametrize("ending", ["session", "account", "release", "grant"])
    async def test_each_range_of_a_film_asks_who_watches_again(
        self, world: World, school: StaffedUnit, agency: StaffedUnit, incident: str, ending: str
    ) -> None:
        film = await create_attachment(school.head, incident, MP4, "video/mp4")
        ok(await release_attachment(school.head, film["id"]))
        grant = ok(await share_incident(school.head, incident, 3, grantee_unit_id=agency.id), 201)
        url = await create_link(agency.partner, film["id"])
        assert (await fetch_link(agency.partner, url, Range="bytes=0-3")).status_code == 206
        with time_machine.travel(time.utc_now() + timedelta(seconds=310)):
            assert (await fetch_link(agency.partner, url, Range="bytes=4-7")).status_code == 206
        if ending == "session":
            ok(await agency.partner.post(f"{API}/auth/sign-out"), 204)
        elif ending == "account":
            administrator, account = await world.client("so.admin"), f"{API}/users/{agency.partner.user_id}"
            suspended = {"status": "suspended"}
            ok(await administrator.patch(account, suspended, await read_etag(administrator, account)))
        elif ending == "release":
            ok(await school.head.delete(f"{API}/attachments/{film['id']}/release"))
        else:
            ok(await school.head.delete(f"{API}/incidents/{incident}/grants/{grant['id']}"), 204)
        with time_machine.travel(time.utc_now() + timedelta(seconds=320)):
            assert_problem(await fetch_link(agency.partner, url, Range="bytes=8-11"), 404, "not_found")

    async def test_it_ends_with_the_session_that_made_it(
        self, world: World, school: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident, JPEG, "image/jpeg")
        twin = await create_unit(world)
        ok(await share_incident(school.head, incident, 3, grantee_unit_id=twin.id), 201)
        url = await create_link(twin.head, attachment["id"], "shared")
        assert (await fetch_link(twin.head, url)).status_code == 200
        ok(await twin.head.post(f"{API}/auth/sign-out"), 204)
        assert_problem(await fetch_link(twin.head, url), 404, "not_found")

    async def test_it_ends_with_the_grant_that_it_hung_on(
        self, school: StaffedUnit, agency: StaffedUnit, incident: str
    ) -> None:
        attachment = await create_attachment(school.head, incident, JPEG, "image/jpeg")
        grant = ok(await share_incident(school.head, incident, 2, grantee_unit_id=agency.id), 201)
        url = await create_link(agency.partner, attachment["id"], "shared")
        assert (await fetch_link(agency.partner, url)).status_code == 200
        ok(await school.head.delete(f"{API}/incidents/{incident}/grants/{grant['id']}"), 204)
        assert_problem(await fetch_link(agency.partner, url), 404, "not_found")

    async def test_it_opens_one_file_and_nothing_else(self, school: StaffedUnit, incident: str) -> None:
        one, other = (
            await create_attachment(school.head, incident, b"one"),
            await create_attachment(school.head, incident, b"other"),
        )
        url = await create_link(school.head, one["id"])
        assert (await fetch_link(school.head, url)).content == b"one"
        assert (await fetch_link(school.head, await create_link(school.head, other["id"]))).content == b"other"
        assert_problem(await fetch_link(school.head, url.replace(one["id"], other["id"])), 404, "not_found")
        for forged in (url[:-4], url.split("=")[0] + "=", url.split("=")[0] + "=" + "A" * 100):
            assert_problem(await fetch_link(school.head, forged), 404, "not_found")
        token = {"Authorization": f"Bearer {url.split('token=')[1]}"}
        assert_problem(await school.head.http.get(f"{API}/auth/me", headers=token), 401, "bad_token")

    async def test_link_contains_no_personal_data(self, school: StaffedUnit, incident: str) -> None:
        attachment = await create_attachment(school.head, incident, title="Bé Bịa")
        url = await create_link(school.head, attachment["id"])
        assert attachment["id"] in url
        assert not any(str(known) in url for known in (school.head.user_id, school.id, incident, "Bịa", "original"))
        assert await create_link(school.head, attachment["id"]) != url
