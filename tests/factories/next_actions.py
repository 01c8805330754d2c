"""What an answer says that its reader may do next, and every act on a record tried over HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.api.http.next_actions import Acts
from tests.factories.http import ok
from tests.world import Client, World

REFUSED = {403, 404, 409}
MERGE = "application/merge-patch+json"
Record = Mapping[str, Any]
# The body of an act, by who does it and on which record.
Body = Callable[[Client, Record], Awaitable[dict[str, Any] | None]]


def named_actions(answer: Record) -> list[str]:
    return [each["action"] for each in answer["next_actions"]]


def fixed(**body: object) -> Body:
    async def made(_: Client, __: Record) -> dict[str, Any]:
        return dict(body)

    return made


async def nothing(_: Client, __: Record) -> None:
    return None


@dataclass
class Trial:
    """Each act of a kind of record, tried by somebody: what is listed succeeds, what is not is refused."""

    world: World
    acts: tuple[Acts, ...]
    bodies: Mapping[str, Body]
    make: Callable[[], Awaitable[str]]
    """A new record in the state that is tried: its path."""
    ids: Mapping[str, str] = field(default_factory=dict)
    tried: int = 0

    async def run(self, client: Client) -> set[str]:
        """Raises AssertionError; returns what was listed."""
        path = await self.make()
        read = await client.get(path)
        if read.status_code == 404:
            record, listed = {"id": path.rsplit("/", 1)[-1]}, {}
        else:
            record = ok(read)
            listed = {(each["action"], each["operation_id"]): each for each in record["next_actions"]}
        for acts in self.acts:
            for act, operation in acts.operations.items():
                if (act, operation) not in listed:
                    answer = await self._send(client, read, record, act, *self._operation(operation, record))
                    assert answer.status_code in REFUSED, (act, record.get("state"), answer.status_code, answer.text)
        for (act, _), each in listed.items():
            await self._succeeds(client, act, each)
        return {act for act, _ in listed}

    async def _succeeds(self, client: Client, act: str, listed: Record) -> None:
        path = await self.make()
        read = await client.get(path)
        record = ok(read)
        again = next((each for each in record["next_actions"] if each["action"] == act), None)
        assert again is not None, act
        assert (again["method"], again["operation_id"]) == (listed["method"], listed["operation_id"])
        answer = await self._send(client, read, record, act, again["method"], again["path"])
        assert answer.status_code < 300, (act, record.get("state"), answer.text)

    def _operation(self, name: str, record: Record) -> tuple[str, str]:
        for path, item in self.world.app.openapi()["paths"].items():
            for method, each in item.items():
                if each["operationId"] == name:
                    key = "intake_id" if "intakes" in path else path.split("{")[1].split("}")[0]
                    return method.upper(), path.format_map({"plan_id": record["id"], **self.ids, key: record["id"]})
        raise LookupError(name)

    async def _send(
        self, client: Client, read: httpx.Response, record: Record, act: str, method: str, target: str
    ) -> httpx.Response:
        self.tried += 1
        tag = read.headers.get("ETag", '"1.3"')
        media_type = MERGE if method == "PATCH" else "application/json"
        body = await self.bodies[act](client, record)
        return await client.call(method, target, json=body, headers={"If-Match": tag, "Content-Type": media_type})
