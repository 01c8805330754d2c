"""`athd upload`: the command line of a file's upload."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import typer

from app.client.exits import ClientError, Exit
from app.client.orders import Asked, Limits, Login, Output, check_file

LOCAL: Final = frozenset({"127.0.0.1", "::1", "localhost"})
Policy = Literal["upsert", "create_only", "update_only"]
Mode = Literal["row_by_row", "all_or_nothing"]
ENDS: Final = (
    "Ends with 0: every row is in. 1: some rows were refused. 2: usage. 3: the file waits for a person. "
    "4: the file was refused. 5: the server cannot be reached, or is overloaded. 6: not allowed. "
    "7: not ended in time, or cancelled."
)


def upload(
    file: Annotated[Path, typer.Argument(help="Tệp CSV, XLSX, XLS hoặc JSON Lines / The file")],
    dataset: Annotated[str, typer.Option(help="Bộ dữ liệu / The dataset: learners, classes, guardians, …")],
    school_year: Annotated[str | None, typer.Option(help="Năm học / Such as 2026-2027")] = None,
    policy: Annotated[Policy | None, typer.Option(help="Bản ghi nào được ghi / Which records are written")] = None,
    mode: Annotated[Mode | None, typer.Option(help="Ghi từng dòng hay tất cả / By rows, or all or nothing")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ kiểm tra / Check, and write nothing")] = False,
    overwrite_edited: Annotated[
        bool, typer.Option("--overwrite-edited", help="Cả bản ghi đã sửa tay / Also what was changed by hand")
    ] = False,
    mapping: Annotated[
        list[str] | None, typer.Option(help="Cột của tệp cho một cột / The file's column for one: full_name:C")
    ] = None,
    wait: Annotated[bool, typer.Option(help="Đợi đến khi xong / Wait for the end")] = True,
    timeout: Annotated[float, typer.Option(min=1, help="Đợi nhiều nhất, giây / Longest wait in seconds")] = 3600.0,
    patience: Annotated[
        float, typer.Option(min=0, help="Thử lại khi mất kết nối, giây / How long a lost line is tried again")
    ] = 300.0,
    errors: Annotated[
        Path | None, typer.Option(help="Ghi các dòng lỗi ra tệp này (.csv, .xlsx) / Where the refused rows are written")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In kết quả dạng JSON / Print the upload as JSON")] = False,
    api: Annotated[str, typer.Option(envvar="ATHD_API", help="Địa chỉ máy chủ / The server's address")] = "",
) -> None:
    """Tải một tệp nhiều dòng lên và đợi kết quả. / Upload a file of rows over the API, and wait for its end.

    Signs in with ATHD_API_TOKEN, or ATHD_API_CLIENT_ID with ATHD_API_CLIENT_SECRET or ATHD_API_CLIENT_SECRET_FILE.
    """
    from app.client.session import run

    asked = Asked(file, dataset, school_year, policy, mode, dry_run, overwrite_edited, tuple(mapping or ()))
    try:
        check_file(file)
        login = _login(api)
        code = asyncio.run(run(login, asked, Limits(wait, timeout, patience), Output(errors, as_json)))
    except ClientError as error:
        typer.echo(f"athd: {error}", err=True)
        code = error.code
    except OSError as error:
        typer.echo(f"athd: Không đọc hoặc ghi được tệp (a file cannot be read or written): {error.strerror}", err=True)
        code = Exit.USAGE
    except KeyboardInterrupt:
        typer.echo("athd: Máy chủ vẫn xử lý tệp đã nhận (the server goes on with what it received)", err=True)
        code = Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 — a traceback may quote data; 1 says that rows were refused
        typer.echo(f"athd: a defect of this software: {type(error).__name__}", err=True)
        code = Exit.DEFECT
    raise typer.Exit(code)


def _login(address: str) -> Login:
    """The server and who signs in there. Raises ClientError."""
    parts = urlsplit(address)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
    if not (is_safe and parts.hostname):
        raise ClientError(
            Exit.USAGE, "--api hoặc ATHD_API phải là địa chỉ https", "--api or ATHD_API must be an https address"
        )
    token, client_id = os.environ.get("ATHD_API_TOKEN"), os.environ.get("ATHD_API_CLIENT_ID")
    if not (token or client_id):
        raise ClientError(
            Exit.USAGE, "Cần ATHD_API_TOKEN hoặc ATHD_API_CLIENT_ID", "ATHD_API_TOKEN or ATHD_API_CLIENT_ID is needed"
        )
    return Login(f"{parts.scheme}://{parts.netloc}", token, client_id, _secret())


def _secret() -> str | None:
    name = os.environ.get("ATHD_API_CLIENT_SECRET_FILE")
    if name is None:
        return os.environ.get("ATHD_API_CLIENT_SECRET")
    try:
        return Path(name).read_text("utf-8").strip()
    except (OSError, ValueError):
        raise ClientError(
            Exit.USAGE, "Không đọc được ATHD_API_CLIENT_SECRET_FILE", "ATHD_API_CLIENT_SECRET_FILE cannot be read"
        ) from None


upload.__doc__ = f"{upload.__doc__}\n    {ENDS}"
