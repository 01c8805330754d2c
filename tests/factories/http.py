"""Requests and what their answers must be."""

from typing import Any

import httpx

from tests.world import Client

API = "/api/v1"


def ok(response: httpx.Response, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def assert_problem(response: httpx.Response, status: int, code: str, pointer: str | None = None) -> None:
    """The problem with its stable code; with a `pointer`, the fault of that code at that place."""
    assert response.status_code == status, response.text
    problem = response.json()
    if pointer is None:
        assert problem["code"] == code
    else:
        assert (pointer, code) in {(fault["pointer"], fault["code"]) for fault in problem["errors"]}


async def read_etag(client: Client, path: str) -> str:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    return response.headers["ETag"]


async def list_ids(client: Client, what: str, **params: object) -> set[str]:
    """Ids of a list, to its last page."""
    return {item["id"] for item in await list_items(client, what, **params)}


async def list_items(client: Client, what: str, **params: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    more: dict[str, object] = {}
    while True:
        page = ok(await client.get(f"{API}/{what}", params={"limit": 500, **params, **more}))
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        more = {"cursor": page["next_cursor"]}
