"""Logs by allow-list. Everything secret in here is invented."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from typing import Any

import pytest
import structlog

from app.core.logging import ALLOWED, LOST_LINES, set_up_logging, where_raised
from tests.sources import nodes

SECRET = "ten-tre-em-bia"


BINDERS = {"bind_contextvars", "bound_contextvars"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root, former = logging.getLogger(), structlog.get_config()
    handlers, level, stream = root.handlers, root.level, io.StringIO()
    with redirect_stderr(stream):
        set_up_logging("INFO")
    yield stream
    structlog.configure(**former)
    root.handlers, root.level = handlers, level


@pytest.fixture
def lines(written: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_field_that_is_not_named_never_reaches_the_line(lines: Lines) -> None:
    structlog.get_logger().info("request", status=200, narrative=SECRET, username=SECRET, path=SECRET)
    [line] = lines()
    assert (line["event"], line["status"], line["level"]) == ("request", 200, "info")
    assert set(line) <= ALLOWED
    assert SECRET not in json.dumps(line)


def test_every_logged_field_is_allow_listed() -> None:
    """Otherwise the field is dropped silently, and missing when an operator needs it."""
    calls = [node for node in nodes() if isinstance(node, ast.Call) and is_log_call(node)]
    keys = {keyword.arg for call in calls for keyword in call.keywords}
    assert {"route", "request_id", "job_kind"} <= keys, "the search finds what is logged and what is bound"
    assert keys - ALLOWED == set()


def is_log_call(call: ast.Call) -> bool:
    """Whether it writes a line, or binds a field to the lines to come."""
    if not isinstance(call.func, ast.Attribute):
        return False
    logger = ast.unparse(call.func.value)
    return call.func.attr in BINDERS or (call.func.attr in LEVELS and logger in {"log", "structlog.get_logger()"})


def test_nor_does_one_that_was_bound_before(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r", narrative=SECRET):
        structlog.get_logger().info("request")
    [line] = lines()
    assert line["request_id"] == "r"
    assert SECRET not in json.dumps(line)


def test_a_librarys_message_is_cut_to_its_logger(lines: Lines) -> None:
    logging.getLogger("sqlalchemy.pool").error("failed with %s", SECRET)
    [line] = lines()
    assert (line["event"], line["where"], line["level"]) == ("library_message", "sqlalchemy.pool", "warning")
    assert SECRET not in json.dumps(line)


def test_an_exceptions_message_is_never_logged(lines: Lines) -> None:
    with pytest.raises(ValueError, match=SECRET) as caught:
        int(SECRET)
    kind = type(caught.value).__name__
    keys = (type(caught.value), caught.value, caught.tb)
    logging.getLogger("asyncio").error(SECRET, exc_info=keys)
    structlog.get_logger().error("defect", error_type=kind, where=where_raised(caught.value), exc_info=keys)
    library, own = lines()
    assert (library["error_type"], own["error_type"]) == ("ValueError", "ValueError")
    assert own["where"].startswith(f"{__name__}:")
    assert SECRET not in json.dumps([library, own])


def test_uvicorns_access_lines_with_their_addresses_are_silent(lines: Lines) -> None:
    logging.getLogger("uvicorn.access").warning("GET /?q=%s", SECRET)
    assert lines() == []


def test_below_its_level_nothing_is_written(lines: Lines, written: io.StringIO) -> None:
    structlog.get_logger().debug("request", status=200)
    logging.getLogger("library").info("x")
    assert lines() == []
    with redirect_stderr(written):
        set_up_logging("DEBUG")
    structlog.get_logger().debug("request")
    assert len(lines()) == 1


def test_texts_are_written_as_people_read_them(written: io.StringIO) -> None:
    structlog.get_logger().info("xong", reason="Đã dời đơn vị")
    assert "Đã dời đơn vị" in written.getvalue()


def test_where_is_the_innermost_frame_or_unknown() -> None:
    def deeper() -> None:
        raise KeyError(SECRET)

    with pytest.raises(KeyError) as caught:
        deeper()
    assert where_raised(caught.value) == f"{__name__}:{deeper.__code__.co_firstlineno + 1}"
    assert where_raised(KeyError(SECRET)) == "unknown"


def test_a_log_that_cannot_be_written_fails_nothing(lines: Lines) -> None:
    """A full disk loses a log line, never the request it describes."""

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "No space left on device")

    before = LOST_LINES._value.get()
    with redirect_stderr(Full()):
        set_up_logging("INFO")
    structlog.get_logger().info("request", status=200)
    assert LOST_LINES._value.get() == before + 1
    assert lines() == []
