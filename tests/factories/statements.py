"""What the application sends to its database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from tests.world import World


@contextmanager
def sent(world: World) -> Iterator[list[str]]:
    """The statements that the application sends to read and to write, BEGIN among them, COMMIT not."""
    found: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        found.append(statement)

    def begin(_: object) -> None:
        # SQLite's is a statement like any other.
        if world.engine == "postgresql":
            found.append("BEGIN")

    for engine in engines(world):
        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "begin", begin)
    try:
        yield found
    finally:
        for engine in engines(world):
            event.remove(engine, "before_cursor_execute", note)
            event.remove(engine, "begin", begin)


def engines(world: World) -> list[Engine]:
    """The engines of the application; on PostgreSQL the reader is a view of the writer, and hears with it."""
    runtime = world.runtime
    both = [runtime.engine.sync_engine, runtime.reader.sync_engine]
    return both if world.engine == "sqlite" else both[:1]
