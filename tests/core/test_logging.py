"""Logs by allow-list. Everything secret in here is invented."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.core.logging import ALLOWED, set_up_logging, where_raised

SECRET = "ten-tre-em-bia"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    root = logging.getLogger()
    former = structlog.get_config(), root.handlers, root.level

    def read(level: str = "INFO") -> list[dict[str, Any]]:
        text = capsys.readouterr().err
        return [json.loads(line) for line in text.splitlines()]

    set_up_logging("INFO")
    yield read
    structlog.reset_defaults()
    structlog.configure(**former[0])
    root.handlers, root.level = former[1], former[2]


def test_a_field_that_is_not_named_never_reaches_the_line(lines: Any) -> None:
    structlog.get_logger().info("request", status=200, narrative=SECRET, username=SECRET, path=SECRET)
    [line] = lines()
    assert (line["event"], line["status"], line["level"]) == ("request", 200, "info")
    assert set(line) <= ALLOWED
    assert SECRET not in json.dumps(line)


def test_nor_does_one_that_was_bound_before(lines: Any) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r", narrative=SECRET):
        structlog.get_logger().info("request")
    [line] = lines()
    assert line["request_id"] == "r"
    assert SECRET not in json.dumps(line)


def test_a_librarys_message_is_cut_to_its_logger(lines: Any) -> None:
    logging.getLogger("sqlalchemy.pool").error("failed with %s", SECRET)
    [line] = lines()
    assert (line["event"], line["where"], line["level"]) == ("library_message", "sqlalchemy.pool", "warning")
    assert SECRET not in json.dumps(line)


def test_an_exceptions_message_is_never_logged(lines: Any) -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logging.getLogger("asyncio").exception(SECRET)
        structlog.get_logger().error(
            "defect", error_type=type(error).__name__, where=where_raised(error), exc_info=True
        )
    library, own = lines()
    assert (library["error_type"], own["error_type"]) == ("ValueError", "ValueError")
    assert own["where"].startswith(f"{__name__}:")
    assert SECRET not in json.dumps([library, own])


def test_uvicorns_access_lines_with_their_addresses_are_silent(lines: Any) -> None:
    logging.getLogger("uvicorn.access").warning("GET /?q=%s", SECRET)
    assert lines() == []


def test_below_its_level_nothing_is_written(lines: Any) -> None:
    structlog.get_logger().debug("request", status=200)
    logging.getLogger("library").info("x")
    assert lines() == []
    set_up_logging("DEBUG")
    structlog.get_logger().debug("request")
    assert len(lines()) == 1


def test_texts_are_written_as_people_read_them(lines: Any, capsys: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info("xong", reason="Đã dời đơn vị")
    assert "Đã dời đơn vị" in capsys.readouterr().err


def test_where_is_the_innermost_frame_of_ours_or_unknown() -> None:
    def deeper() -> None:
        raise KeyError(SECRET)

    try:
        deeper()
    except KeyError as error:
        assert where_raised(error) == f"{__name__}:{deeper.__code__.co_firstlineno + 1}"
    assert where_raised(KeyError(SECRET)) == "unknown"


def test_an_error_by_name_only_is_not_needed_to_log(lines: Any) -> None:
    record = logging.LogRecord("library", logging.ERROR, __file__, 1, SECRET, None, (None, None, None))
    logging.getLogger("library").handle(record)
    assert lines()[0]["error_type"] is None
    assert sys.exc_info() == (None, None, None)
