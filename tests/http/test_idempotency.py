"""Idempotency-Key: a request that is sent twice counts once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from app.core import time
from app.models.platform.requests import IdempotencyKey, SpentProof
from app.repositories.platform.requests import RequestRepository
from app.security.access.scope import ALL
from tests.factories.http import API, assert_problem, list_ids, ok
from tests.factories.units import StaffedUnit
from tests.world import Client, World

FORM = {"source_channel": "in_person", "group": "school_violence", "narrative": "Chuyện bịa để thử"}


async def send(client: Client, key: str, path: str = f"{API}/intakes", **more: object) -> httpx.Response:
    return await client.post(path, FORM | more, headers={"Idempotency-Key": key})


async def test_the_same_request_gets_the_same_answer_and_says_so(school: StaffedUnit) -> None:
    key = uuid4().hex
    first, second = await send(school.head, key), await send(school.head, key)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    for name in ("Location", "Content-Type"):
        assert second.headers[name] == first.headers[name]
    assert len(await list_ids(school.head, "intakes")) == 1


async def test_another_body_under_the_same_key_is_refused(school: StaffedUnit) -> None:
    key = uuid4().hex
    ok(await send(school.head, key), 201)
    assert_problem(await send(school.head, key, narrative="Chuyện bịa khác"), 422, "idempotency_key_reused")
    assert len(await list_ids(school.head, "intakes")) == 1


async def test_sixteen_concurrent_repeats_have_one_effect(school: StaffedUnit) -> None:
    key = uuid4().hex
    answers = await asyncio.gather(*(send(school.head, key) for _ in range(16)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    for late in (a for a in answers if a.status_code == 409):
        assert late.json()["code"] == "request_in_progress"
        assert late.headers["Retry-After"] == "1"
    assert len(await list_ids(school.head, "intakes")) == 1


async def test_a_key_is_its_callers_own_and_its_paths(school: StaffedUnit) -> None:
    key = uuid4().hex
    ok(await send(school.head, key), 201)
    other = await send(school.counsellor, key)
    assert "Idempotent-Replayed" not in other.headers
    assert len(await list_ids(school.head, "intakes")) == 2
    intake = ok(await school.head.post(f"{API}/intakes", FORM | {"open_incident": False}), 201)["id"]
    ok(await school.head.post(f"{API}/intakes/{intake}/incident", headers={"Idempotency-Key": key}), 201)


async def test_a_key_is_new_after_a_day(school: StaffedUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    key, real = uuid4().hex, time.utc_now
    first = ok(await send(school.head, key), 201)
    monkeypatch.setattr(time, "utc_now", lambda: real() + timedelta(hours=23, minutes=59))
    assert ok(await send(school.head, key), 201) == first
    monkeypatch.setattr(time, "utc_now", lambda: real() + timedelta(hours=24, minutes=1))
    later = await send(school.head, key)
    assert ok(later, 201)["id"] != first["id"]
    assert "Idempotent-Replayed" not in later.headers


async def test_a_refusal_is_not_stored(school: StaffedUnit) -> None:
    key = uuid4().hex
    assert_problem(await send(school.head, key, group="khong_co"), 422, "invalid")
    assert "Idempotent-Replayed" not in (await send(school.head, key)).headers


@pytest.mark.parametrize("key", ["", " ", "có dấu", "a" * 256, "hai chữ"])
async def test_a_key_is_up_to_255_visible_ascii_characters(school: StaffedUnit, key: str) -> None:
    response = await school.head.call(
        "POST",
        f"{API}/intakes",
        json=FORM,
        headers={"Idempotency-Key": key.encode()},
    )
    assert_problem(response, 400, "bad_header", "header:Idempotency-Key")


async def test_anonymous_repeat_requires_a_long_key(world: World) -> None:
    body = {"narrative": "Chuyện bịa của một người lạ"}
    path = f"{API}/public/intakes"
    short = await world.anonymous.post(path, body, headers={"Idempotency-Key": "1"})
    assert_problem(short, 400, "bad_header")
    key = uuid4().hex
    first, second = [await world.anonymous.post(path, body, headers={"Idempotency-Key": key}) for _ in range(2)]
    assert ok(first, 201)["receipt"] == ok(second, 201)["receipt"]


async def test_stored_answer_cannot_be_read_without_the_key(world: World, school: StaffedUnit) -> None:
    intake = ok(await send(school.head, uuid4().hex), 201)
    async with world.runtime.work(ALL) as work:
        rows = (await work.session.scalars(select(IdempotencyKey))).all()
    assert rows
    assert not any(intake["code"] in row.answer_sealed for row in rows)


async def test_answers_and_spent_proofs_are_forgotten_after_their_time(world: World, school: StaffedUnit) -> None:
    ok(await send(school.head, uuid4().hex), 201)
    async with world.runtime.work(ALL) as work:
        requests, digest = RequestRepository(work.session), uuid4().hex
        requests.add(SpentProof(digest=digest, expires_at=work.now))
        await work.flush()
        await requests.forget_before(work.now - timedelta(hours=24), work.now - timedelta(hours=1))
        assert await requests.is_spent(digest)
        assert (await work.session.scalars(select(IdempotencyKey))).first()
        later = work.now + timedelta(seconds=1)
        await requests.forget_before(later, later)
        work.session.expire_all()
        assert not await requests.is_spent(digest)
        old = select(IdempotencyKey).where(IdempotencyKey.created_at <= work.now)
        assert not (await work.session.scalars(old)).all()


async def test_unread_body_is_limited_too(school: StaffedUnit) -> None:
    intake = ok(await school.head.post(f"{API}/intakes", FORM | {"open_incident": False}), 201)["id"]
    response = await school.head.call(
        "POST",
        f"{API}/intakes/{intake}/incident",
        content=b"x" * (256 * 1024 + 1),
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert_problem(response, 413, "body_too_large")
