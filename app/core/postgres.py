"""A connection to PostgreSQL that opens a transaction and its settings with one message."""

from typing import Any

from asyncpg import Connection


class PostgresConnection(Connection):  # type: ignore[misc]
    """Sends what `at_begin` holds together with the next BEGIN, and only with that."""

    __slots__ = ("at_begin",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — asyncpg's own
        super().__init__(*args, **kwargs)
        self.at_begin = ""

    async def execute(self, query: str, *args: object, **more: object) -> Any:  # noqa: ANN401 — asyncpg's own
        settings, self.at_begin = self.at_begin, ""
        if not settings or not query.startswith("BEGIN"):
            return await super().execute(query, *args, **more)
        try:
            return await super().execute(query + settings, *args, **more)
        except BaseException:
            # It may have begun, and SQLAlchemy believes that it has not.
            self.terminate()
            raise
