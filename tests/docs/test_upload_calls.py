"""The five calls of the page about uploads are answered as it says. All invented."""

import re
import shlex
from pathlib import Path

import httpx
import pytest

from tests.factories.http import API
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import ROSTER, run_uploads
from tests.world import World

PAGE = Path(__file__).parents[2] / "docs" / "uploads.md"
FILES = {"@si-so.csv": ROSTER}


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


def commands() -> list[list[str]]:
    found = re.search(r"## In five calls\n.*?```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    lines = re.sub(r"^#.*\n", "", found[1].replace("\\\n", ""), flags=re.MULTILINE).splitlines()
    return [shlex.split(line) for line in lines if line]


def after(words: list[str], option: str) -> list[str]:
    return [words[at + 1] for at, word in enumerate(words) if word == option]


async def test_the_five_calls_are_answered_as_the_page_says(primary: StaffedUnit) -> None:
    upload_id, answers = "", list[httpx.Response]()
    for words in commands():
        assert words[:2] == ["curl", "-s"]
        (address,) = [word for word in words if word.startswith("$API")]
        method = next(iter(after(words, "-X")), "GET")
        headers = dict(each.split(": ", 1) for each in after(words, "-H") if not each.startswith("Authorization"))
        body = next((FILES[each] for each in after(words, "--data-binary")), None)
        path = address.replace("$API", API).replace("$ID", upload_id)
        answers.append(await primary.officer.call(method, path, content=body, headers=headers))
        if method == "POST":
            upload_id = answers[-1].json()["id"]
            await run_uploads(primary.officer)
    assert [each.status_code for each in answers] == [200, 202, 200, 200, 200, 202]
    assert answers[2].json()["state"] == "checked"
    done = await primary.officer.get(f"{API}/uploads/{upload_id}")
    assert done.json()["rows"]["created"] == 2
