"""The access matrix: every operation of the OpenAPI document × everybody × every kind of object."""

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

import httpx

from app.security.access.roles import CLIENT_ROLES
from tests.isolation.actors import Watch, fresh_user, system
from tests.isolation.estate import CANARY, SHARES, Estate
from tests.isolation.operation import PASSWORD, On, Operation
from tests.isolation.operations import OPERATIONS, SEARCHES
from tests.isolation.rule import Account, Actor, Case, Place
from tests.isolation.verdict import Target, verdict
from tests.province import UNITS
from tests.world import Client, World

DENIALS = {401, 403, 404}
PATH_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass
class Findings:
    requests: int = 0
    asked: set[tuple[str, str]] = field(default_factory=set)
    """Operations, each with the roles that asked it."""
    cells: Counter[int] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    false_denials: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def judge(self, cell: str, expected: int, status: int) -> None:
        self.cells[expected] += 1
        if status == expected:
            return
        line = f"{cell}: {status}, not {expected}"
        if status < 300 and expected >= 400:
            self.leaks.append(line)
        elif status in DENIALS and expected < 300:
            self.false_denials.append(line)
        else:
            self.other.append(line)

    def report(self, engine: str) -> str:
        return (
            f"{engine}: {self.requests} requests, {sum(self.cells.values())} cells {dict(sorted(self.cells.items()))},"
            f" {len(self.leaks)} leaks, {len(self.false_denials)} false denials, {len(self.other)} other differences"
        )


@dataclass
class Matrix:
    world: World
    estate: Estate
    actors: list[Actor]
    share: int = 1
    """Of how many of a role's cells one is asked; which, follows from their names alone."""
    cases: list[Case] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)

    async def plant(self) -> None:
        self.cases = [await self.estate.case(f"held_by_{unit}", unit) for unit in UNITS]
        self.cases += [await self.estate.case(key, "school_b1", shared) for key, shared in SHARES.items()]
        self.cases.append(await self.estate.case("held_by_superior", "bureau_a", unit="school_a1"))
        self.accounts = [await self.estate.account(unit) for unit in UNITS]
        self.places = [await self.estate.place(unit) for unit in UNITS]

    async def run(self, only: frozenset[On] = frozenset(On), *, writes: bool = True) -> Findings:
        """Reads and lists first, while the estate is as it was planted; then what changes things."""
        steps = sorted((OPERATIONS | SEARCHES).items(), key=lambda item: _order(item[0], item[1]))
        watch = Watch(self.world, self.actors)
        for name, operation in steps:
            if operation.on not in only or (not writes and not name.startswith("GET")):
                continue
            asked = self._asked(name, operation.on)
            for actor in self.actors:
                await watch.stay_signed_in()
                for target in self._targets(operation.on):
                    if (actor.name, _name(target)) in asked:
                        self.findings.asked.add((name, actor.role))
                        await self._cell(name, operation, actor, target)
        return self.findings

    def _asked(self, name: str, on: On) -> set[tuple[str, str]]:
        """A share of each role's cells, and one at least: no role is left out of an operation."""
        cells = defaultdict[str, list[tuple[str, str]]](list)
        for actor in self.actors:
            cells[actor.role] += [(actor.name, _name(target)) for target in self._targets(on)]
        asked = set[tuple[str, str]]()
        for of_role in cells.values():
            of_role.sort(key=lambda cell: crc32(" ".join((name, *cell)).encode()))
            asked.update(of_role[: max(1, len(of_role) // self.share)])
        return asked

    def _targets(self, on: On) -> Sequence[Target | None]:
        if on in {On.CASE, On.SEARCH}:
            return self.cases
        if on is On.ACCOUNT:
            return self.accounts
        return self.places if on in {On.LEAF, On.UNIT} else [None]

    async def _cell(self, name: str, operation: Operation, actor: Actor, target: Target | None) -> None:
        expected = verdict(operation, actor, target)
        if expected < 300 and operation.writes:
            target = await self._fresh(target)
        client = actor.client
        if operation.on is On.ONESELF and actor.role:
            client = await self._twin(actor)
        ids = await self._ids(name, operation, actor, target)
        method, path = name.split(" ")[:2]
        headers = await self._tag(operation, client, ids)
        response = await self._send(client, method, path, operation, actor, ids, headers)
        cell = f"{name} by {actor.name} on {_name(target)}"
        self.findings.judge(cell, expected, response.status_code)
        self._search(cell, actor, response, ids, words_only=operation.lists_acts)
        if operation.finds is not None and isinstance(target, Case) and expected < 300:
            self._found(cell, response, target, expected=operation.finds(actor, target))

    async def _send(
        self,
        client: Client,
        method: str,
        path: str,
        operation: Operation,
        actor: Actor,
        ids: dict[str, object],
        headers: dict[str, str],
    ) -> httpx.Response:
        address = path.format_map(ids) + (f"?{operation.query.format_map(ids)}" if operation.query else "")
        body = operation.body(actor, ids) if operation.body else None  # type: ignore[arg-type]
        self.findings.requests += 1
        if isinstance(body, dict) and operation.media_type == "application/x-www-form-urlencoded":
            return await client.call(method, address, headers=headers, data=body)
        if body is not None:
            headers = {**headers, "Content-Type": operation.media_type}
        return await client.call(method, address, headers=headers, json=body)

    async def _fresh(self, target: Target | None) -> Target | None:
        if isinstance(target, Case):
            return await self.estate.case(target.key, target.holder, target.shared, target.unit)
        if isinstance(target, Account):
            return await self.estate.account(target.unit)
        return await self.estate.place(target.unit) if isinstance(target, Place) else target

    async def _twin(self, actor: Actor) -> Client:
        """Somebody like the actor, whose session and password may end here."""
        if actor.role in CLIENT_ROLES:
            return (await system(self.world, actor.unit)).client
        return await fresh_user(self.world, actor.unit, actor.role, password=PASSWORD)

    async def _ids(self, name: str, operation: Operation, actor: Actor, target: Target | None) -> dict[str, object]:
        if operation.on is On.SEARCH and isinstance(target, Case):
            return {"code": target.code, "part": target.code[:-2], "year": target.code[:4], "phone": target.phone}
        ids: dict[str, object] = {
            "bystander": self.estate.bystander,
            "hotline": self.estate.hotline,
            "agency": self.world.units["agency"],
            "own_unit": self.world.units.get(actor.unit),
            "code": "not_found",
            "day": "2031-01-01",
            "school_year": "2026-2027",
            "moment": "start",
            "rule_id": self.estate.bystander,
            "template_id": self.estate.bystander,
            "attachment_id": self.estate.bystander,
            "report_file_id": self.estate.bystander,
            "commitment_file_id": self.estate.bystander,
            "agreement_file_id": self.estate.bystander,
            "entry_id": self.estate.bystander,
            "number": 1,
            "section": "figures",
            "item": "A1",
            "format": "json",
            "dataset": "roster_counts",
        }
        if target is not None:
            ids |= target.ids
            ids["unit"] = self.world.units[target.unit if not isinstance(target, Case) else target.holder]
        if name.startswith("POST /api/v1/intakes/") and isinstance(target, Case):
            ids["intake_id"] = target.ids["loose_intake_id"]
        if operation.on is On.SESSION:
            ids["session_id"] = await self._session(actor)
        return ids

    async def _session(self, actor: Actor) -> object:
        twin = actor.client if not actor.role else await self._twin(actor)
        sessions = await twin.get("/api/v1/auth/sessions")
        # Somebody else's session, though of one's own unit and role.
        return sessions.json()[0]["id"] if sessions.status_code == 200 else self.estate.bystander

    async def _tag(self, operation: Operation, client: Client, ids: dict[str, object]) -> dict[str, str]:
        if operation.tag_from is None:
            return {}
        self.findings.requests += 1
        read = await client.get(operation.tag_from.format_map(ids))
        return {"If-Match": read.headers.get("ETag", '"1.3"')}

    def _search(
        self, cell: str, actor: Actor, response: httpx.Response, ids: dict[str, object], *, words_only: bool
    ) -> None:
        """No answer may hold a word or an id that its reader may not read, whatever its status."""
        asked = {str(value) for value in ids.values()}
        for word in set(CANARY.findall(response.text)) - asked:
            may_read = None if words_only and not word.startswith("zq") else self.estate.readers.get(word)
            if may_read is not None and not may_read(actor):
                self.findings.leaks.append(f"{cell}: shows {word}")

    def _found(self, cell: str, response: httpx.Response, case: Case, *, expected: bool) -> None:
        body = response.json()
        ids = {*(item["id"] for item in body.get("items", ())), *body.get("intake_ids", ())}
        found = not ids.isdisjoint({str(case.ids["incident_id"]), str(case.ids["intake_id"])})
        if found and not expected:
            self.findings.leaks.append(f"{cell}: finds it")
        if expected and not found:
            self.findings.false_denials.append(f"{cell}: does not find it")


def _order(name: str, operation: Operation) -> tuple[bool, bool, bool]:
    return (not name.startswith("GET"), name.startswith("DELETE"), operation.on is On.ONESELF)


def _name(target: Target | None) -> str:
    if target is None:
        return "-"
    return target.key if isinstance(target, Case) else target.unit


async def documented(world: World) -> set[str]:
    document = await asyncio.to_thread(world.app.openapi)
    methods = {"get", "put", "post", "patch", "delete", "head", "options"}
    return {f"{m.upper()} {path}" for path, item in document["paths"].items() for m in item if m in methods}
