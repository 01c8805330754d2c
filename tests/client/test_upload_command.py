"""`athd upload`: how it ends, what it prints, and that a lost line loses nothing. All invented."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.client.connection import Connection
from app.client.exits import ClientError, Exit
from app.client.orders import Asked, Limits, Login, Output
from app.client.session import upload_over
from app.jobs.handlers import UPLOADS
from app.jobs.worker import Worker
from tests.factories.accounts import register_integration_client
from tests.factories.http import list_items, ok
from tests.factories.school_years import YEAR
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.uploads import BOYS, GIRLS, ROSTER, ROSTER_HEAD, run_uploads, send_file, table
from tests.factories.workbooks import sheets_of
from tests.world import World

SCOPES = ("upload:create", "upload:read", "roster_count:create", "roster_count:read")
WRONG = table(ROSTER_HEAD, BOYS.replace("220", "zqcellzq"))


@pytest.fixture
async def primary(world: World) -> StaffedUnit:
    return await create_unit(world, levels=["primary"])


class Command:
    """One command of a system of the unit: while it waits, the worker works."""

    def __init__(self, world: World, login: Login, directory: Path) -> None:
        self.world = world
        self.login = login
        self.http: httpx.AsyncClient = world.http
        self.file = directory / "si-so.csv"
        self.errors = directory / "loi.csv"
        self.worker = Worker(world.runtime, UPLOADS)

    async def run(self, body: bytes, limits: Limits | None = None, *, works: bool = True, **asked: Any) -> Exit:
        self.file.write_bytes(body)
        order = Asked(self.file, **{"dataset": "roster_counts", "school_year": YEAR, **asked})
        sleep = self._work if works else _rest
        limits = limits or Limits(patience_s=30)
        connection = Connection(self.http, self.login, limits.patience_s, sleep)
        try:
            return await upload_over(connection, order, limits, Output(self.errors, is_json=True))
        except ClientError as error:
            return error.code

    async def _work(self, _seconds: float) -> None:
        await self.worker.step()


async def _rest(_seconds: float) -> None:
    """Nobody works."""


@pytest.fixture
async def command(world: World, primary: StaffedUnit, tmp_path: Path) -> Command:
    made = await register_integration_client(world, primary.id, *SCOPES)
    return Command(world, Login("", client_id=made["id"], client_secret=made["secret"]), tmp_path)


async def test_a_file_goes_up_is_mended_and_is_in(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert await command.run(WRONG) is Exit.ROWS_REFUSED
    shown = capsys.readouterr()
    assert json.loads(shown.out.splitlines()[-1])["rows"]["refused"] == 1
    assert "dòng 2, pupils: Không phải số nguyên" in shown.err
    assert "zqcellzq" not in shown.out.splitlines()[-1] + shown.err
    assert command.errors.stat().st_mode & 0o777 == 0o600
    mended = command.errors.read_bytes().replace(b"zqcellzq", b"221")
    assert await command.run(mended) is Exit.DONE
    assert await command.run(mended) is Exit.DONE
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["rows"]["same"] == 1


async def test_the_errors_are_a_workbook_where_the_file_is_called_so(command: Command) -> None:
    command.errors = command.errors.with_suffix(".XLSX")
    assert await command.run(ROSTER.replace(b"220", b"zqcellzq")) is Exit.ROWS_REFUSED
    rows, *_ = sheets_of(command.errors.read_bytes()).values()
    assert any("zqcellzq" in map(str, row) for row in rows)
    assert command.errors.stat().st_mode & 0o777 == 0o600


async def test_a_lost_line_and_a_busy_server_lose_nothing(
    command: Command, primary: StaffedUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, tries = command.http.request, [0]

    async def faulty(method: str, url: str, **more: Any) -> httpx.Response:
        """Of three requests one gets through; of the others an answer is lost, or the server is busy."""
        tries[0] += 1
        if tries[0] % 3 == 0:
            return httpx.Response(503, headers={"Retry-After": "1"})
        answer = await request(method, url, **more)
        if tries[0] % 3 == 1:
            raise httpx.ReadError("lost")
        return answer

    monkeypatch.setattr(command.http, "request", faulty)
    assert await command.run(ROSTER, Limits(patience_s=600)) is Exit.DONE
    monkeypatch.undo()
    assert [each["state"] for each in await list_items(primary.head, "uploads")] == ["applied"]


TWO_HEADS = table(f"{ROSTER_HEAD},Sĩ số", f"{BOYS},1", f"{GIRLS},2")
HEAD_OF_ANOTHER_YEAR = table("Năm học 2024-2025", ROSTER_HEAD, BOYS, GIRLS)


@pytest.mark.parametrize(
    ("body", "asked", "code"),
    [
        (ROSTER, {"dry_run": True}, Exit.DONE),
        (ROSTER, {"mode": "all_or_nothing", "policy": "create_only"}, Exit.DONE),
        (WRONG, {"mode": "all_or_nothing"}, Exit.FILE_REFUSED),
        (HEAD_OF_ANOTHER_YEAR, {}, Exit.HELD),
        (TWO_HEADS, {"mapping": ("pupils:E",)}, Exit.DONE),
        (b"a,b\nc,d\n", {}, Exit.FILE_REFUSED),
        (b"%PDF-1.7\n", {}, Exit.FILE_REFUSED),
        (ROSTER, {"dataset": "units"}, Exit.FILE_REFUSED),
        (ROSTER, {"dataset": "classes"}, Exit.NOT_ALLOWED),
    ],
)
async def test_how_it_ends_is_a_number(command: Command, body: bytes, asked: dict[str, Any], code: Exit) -> None:
    assert await command.run(body, **asked) is code


async def test_a_head_that_reads_twice_says_where_to_choose(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await command.run(TWO_HEADS) is Exit.FILE_REFUSED
    assert "pupils (E | G)" in capsys.readouterr().err


async def test_it_waits_for_a_place_and_for_the_end_as_long_as_it_is_asked_to(
    command: Command, primary: StaffedUnit
) -> None:
    brief = Limits(timeout_s=3, patience_s=0)
    assert await command.run(ROSTER, Limits(waits=False), works=False) is Exit.DONE
    assert await command.run(ROSTER, brief, works=False) is Exit.UNENDED
    ok(await send_file(primary.officer, table(ROSTER_HEAD, BOYS)), 202)
    assert await command.run(table(ROSTER_HEAD, GIRLS), brief, works=False) is Exit.UNREACHED
    assert await command.run(WRONG) is Exit.ROWS_REFUSED
    await run_uploads(primary.officer)


async def test_a_system_of_another_secret_is_not_allowed(command: Command) -> None:
    command.login = Login("", client_id=command.login.client_id, client_secret="wrong")
    assert await command.run(ROSTER) is Exit.NOT_ALLOWED
    command.login = Login("", token="wrong")
    assert await command.run(ROSTER) is Exit.NOT_ALLOWED


@pytest.mark.parametrize(
    ("address", "token", "file", "code"),
    [
        ("http://127.0.0.1:9", "x", "si-so.csv", Exit.UNREACHED),
        ("http://127.0.0.1:9", "x", "none.csv", Exit.USAGE),
        ("http://127.0.0.1:9", "", "si-so.csv", Exit.USAGE),
        ("http://example.org", "x", "si-so.csv", Exit.USAGE),
        ("", "x", "si-so.csv", Exit.USAGE),
    ],
)
def test_the_command_line_names_what_it_lacks(tmp_path: Path, address: str, token: str, file: str, code: Exit) -> None:
    (tmp_path / "si-so.csv").write_bytes(ROSTER)
    line = ["upload", str(tmp_path / file), "--dataset", "roster_counts", "--patience", "0"]
    ended = CliRunner().invoke(cli, line, env={"ATHD_API": address, "ATHD_API_TOKEN": token})
    assert (ended.exit_code, ended.stdout) == (code, "")
    assert ended.stderr.startswith("athd: ")
