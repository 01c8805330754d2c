"""Structured logs by allow-list: only the fields named here reach a log line."""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from prometheus_client import Counter

LOST_LINES = Counter("athd_log_lines_lost_total", "Lines of the log that could not be written")

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "request_id", "method", "route", "status", "duration_ms", "reason", "code",
        "error_type", "where", "engine", "revision", "principal_id", "role", "job_id", "job_kind", "keys",
        "campaign_id", "counters",
    }
)  # fmt: skip


def _allow(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED}


def set_up_logging(level: str) -> None:
    """JSON lines on standard error. Library messages are reduced to level and logger: they may contain data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _allow,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Unfailing(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = name != "uvicorn.access"


class _Unfailing:
    """A stream whose failure, such as a full disk, loses a log line and never fails the request."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError:
            LOST_LINES.inc()
            return 0

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class _LibraryHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        structlog.get_logger().warning("library_message", where=record.name, error_type=error)


def where_raised(error: BaseException) -> str:
    """Module and line of the innermost frame: enough to find a defect, without data."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
