"""Webhooks: signed, thin, at least once, never inside the network, and of one's own unit alone."""

import base64
import hmac
import json
import random
from datetime import datetime, timedelta
from threading import Barrier, Event
from typing import Any

import pytest

from app.core import time
from app.integrations import outward
from app.jobs.handlers import HANDLERS
from app.jobs.worker import Worker
from app.repositories.units import UnitRepository
from app.security.access.scope import ALL
from app.security.crypto.webhook_signatures import signed_headers
from app.services.cases.notices import ESCALATED
from app.services.notices.deliveries import deliver
from app.services.notices.notices import NoticeService
from app.services.platform.jobs import JobKind
from docs.receive_webhook import is_genuine
from tests.factories.clock import shift_clock
from tests.factories.http import assert_problem, list_ids, ok, read_etag
from tests.factories.intakes import create_public_intake
from tests.factories.notices import create_notice, deliver_notices, list_notice_ids
from tests.factories.units import StaffedUnit, create_unit
from tests.factories.webhooks import WEBHOOKS, change_webhook, create_webhook, list_deliveries
from tests.receivers import Received, Receiver, receiving
from tests.world import Client, World

LONG_AGO = "2020-01-01T00:00:00Z"
PATIENCE_S = 60


def genuine(received: Received, webhook: dict[str, Any]) -> bool:
    return is_genuine(received.headers, received.body, webhook["secret"])


def ids(receiver: Receiver) -> list[str]:
    return [each.headers["webhook-id"] for each in receiver.received]


async def test_a_notice_arrives_signed_and_says_nothing_of_the_case(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver
) -> None:
    await school.head.create_intake(narrative="Chuyện bịa kể riêng")
    await create_public_intake(world, unit_id=str(school.id), narrative="Lời bịa của người không tên")
    await create_notice(world, school.id)
    while await Worker(world.runtime, {**HANDLERS}).step():
        pass
    bodies = [json.loads(each.body) for each in receiver.received]
    assert {body["type"] for body in bodies} >= {"notice.escalated", "notice.immediate_danger"}
    assert {body["data"]["notice_id"] for body in bodies} == await list_notice_ids(world, school.id)
    assert all(body.keys() == {"type", "timestamp", "data"} for body in bodies)
    assert all(body["data"].keys() == {"notice_id", "unit_id", "incident_id", "sequence"} for body in bodies)
    assert all(genuine(each, webhook) for each in receiver.received)
    assert {each["state"] for each in await list_deliveries(admin, webhook)} == {"delivered"}


async def test_only_the_kinds_that_were_asked_for_are_sent(
    world: World, admin: Client, school: StaffedUnit, receiver: Receiver
) -> None:
    await create_webhook(admin, school, receiver.url, kinds=["escalation_answered"])
    for kind in ("escalated", "escalation_answered"):
        await create_notice(world, school.id, kind)
    await deliver_notices(world.runtime)
    assert [json.loads(each.body)["type"] for each in receiver.received] == ["notice.escalation_answered"]


async def test_a_kind_that_does_not_exist_is_refused(
    admin: Client, school: StaffedUnit, webhook: dict[str, Any]
) -> None:
    wrong = {"unit_id": str(school.id), "url": webhook["url"], "kinds": ["escalated", "nope"]}
    assert_problem(await admin.post(WEBHOOKS, wrong), 422, "enum", "/kinds/1")
    path = f"{WEBHOOKS}/{webhook['id']}"
    assert_problem(await admin.patch(path, {"kinds": ["nope"]}, await read_etag(admin, path)), 422, "enum", "/kinds/0")


async def test_notice_contains_only_what_its_kind_declares(world: World, school: StaffedUnit) -> None:
    async with world.runtime.work(ALL) as work:
        unit = await UnitRepository(work.session).get(school.id)
        with pytest.raises(LookupError):
            await NoticeService(work).notify(unit, ESCALATED, None, {"summary": "bịa"})


async def test_another_units_notices_go_elsewhere(
    world: World, admin: Client, webhook: dict[str, Any], receiver: Receiver
) -> None:
    other = await create_unit(world)
    with receiving() as elsewhere:
        await create_webhook(admin, other, elsewhere.url)
        await create_notice(world, other.id)
        await deliver_notices(world.runtime)
        assert len(elsewhere.received) == 1
    assert webhook["state"] == "active"
    assert receiver.received == []


async def test_another_units_administrator_does_not_know_it(
    world: World, admin: Client, webhook: dict[str, Any]
) -> None:
    path = f"{WEBHOOKS}/{webhook['id']}"
    for other in ("so2.admin", "z.head"):
        assert (await (await world.client(other)).get(path)).status_code in {403, 404}
    stranger = await world.client("so2.admin")
    assert_problem(await stranger.get(path), 404, "not_found")
    assert_problem(await stranger.post(f"{path}/pings"), 404, "not_found")
    assert_problem(await stranger.get(f"{path}/deliveries"), 404, "not_found")
    assert webhook["id"] not in await list_ids(stranger, "webhooks")
    assert webhook["id"] in await list_ids(admin, "webhooks")
    assert_problem(
        await stranger.post(WEBHOOKS, {"unit_id": webhook["unit_id"], "url": webhook["url"]}), 422, "invalid"
    )


async def test_the_secret_is_shown_once_and_both_sign_for_a_day(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, monkeypatch: Any
) -> None:
    path = f"{WEBHOOKS}/{webhook['id']}"
    assert "secret" not in ok(await admin.get(path))
    replaced = ok(await admin.call("POST", f"{path}/secret", headers={"If-Match": await read_etag(admin, path)}))
    assert replaced["secret"] != webhook["secret"]
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    (first,) = receiver.received
    assert genuine(first, webhook)
    assert genuine(first, replaced)
    shift_clock(monkeypatch, hours=25)
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    assert len(receiver.received[1].headers["webhook-signature"].split(" ")) == 1


async def test_a_delivery_that_fails_comes_again_under_its_id_with_growing_pauses(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, monkeypatch: Any
) -> None:
    receiver.status = 500
    await create_notice(world, school.id)
    pauses = []
    for _ in range(10):
        await deliver_notices(world.runtime)
        (delivery,) = await list_deliveries(admin, webhook)
        if delivery["state"] != "pending":
            break
        pauses.append((datetime.fromisoformat(delivery["next_at"]) - time.utc_now()).total_seconds())
        shift_clock(monkeypatch, hours=30)
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == ("dead", 10, 500)
    assert delivery["next_at"] is None
    assert len(set(ids(receiver))) == 1
    assert pauses[0] < 10
    assert pauses[1] > 100
    assert await list_deliveries(admin, webhook, state="dead") == [delivery]
    receiver.status = 200
    assert ok(await admin.post(f"{WEBHOOKS}/{webhook['id']}/replay", {"since": LONG_AGO})) == {"count": 1}
    await deliver_notices(world.runtime)
    assert (await list_deliveries(admin, webhook))[0]["state"] == "delivered"
    assert len(set(ids(receiver))) == 1


async def test_status_410_disables_a_webhook_until_reactivation(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver
) -> None:
    receiver.status = 410
    await create_notice(world, school.id, count=2)
    await deliver_notices(world.runtime)
    path = f"{WEBHOOKS}/{webhook['id']}"
    assert ok(await admin.get(path))["state"] == "disabled"
    assert {(each["state"], each["next_at"]) for each in await list_deliveries(admin, webhook, state="pending")} >= {
        ("pending", None)
    }
    assert_problem(await admin.post(f"{path}/pings"), 409, "wrong_state")
    count, receiver.status = len(receiver.received), 200
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    assert len(receiver.received) == count
    await change_webhook(admin, webhook, state="active")
    await deliver_notices(world.runtime)
    assert {each["state"] for each in await list_deliveries(admin, webhook)} == {"delivered"}


async def test_a_redirect_is_not_followed(
    world: World, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, admin: Client
) -> None:
    with receiving() as elsewhere:
        receiver.status, receiver.location = 307, elsewhere.url
        await create_notice(world, school.id)
        await deliver_notices(world.runtime)
        assert (len(receiver.received), elsewhere.received) == (1, [])
    assert (await list_deliveries(admin, webhook))[0]["last_status"] == 307


async def test_a_silent_receiver_is_given_up(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, monkeypatch: Any
) -> None:
    outward._trusted()  # read before the time runs, as it is in a process that has sent before
    monkeypatch.setattr(outward, "TIMEOUT_S", 0.5)
    over = Event()
    receiver.before_answering = lambda: over.wait(PATIENCE_S)
    await create_notice(world, school.id)
    await deliver_notices(world.runtime)
    over.set()
    assert len(receiver.received) == 1
    assert [(each["state"], each["last_status"]) for each in await list_deliveries(admin, webhook)] == [("pending", 0)]


async def test_a_silent_receiver_delays_no_other(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver, monkeypatch: Any
) -> None:
    """Two who answer only when the other has heard as well: one after the other, neither ever would."""
    monkeypatch.setattr(outward, "TIMEOUT_S", PATIENCE_S)
    both = Barrier(2)
    with receiving() as another:
        for one in (receiver, another):
            one.before_answering = lambda: both.wait(PATIENCE_S)
        second = await create_webhook(admin, school, another.url)
        await create_notice(world, school.id)
        await deliver_notices(world.runtime)
    for each in (webhook, second):
        assert [delivery["state"] for delivery in await list_deliveries(admin, each)] == ["delivered"]


async def test_a_tag_outlives_deliveries_and_not_a_change_by_a_person(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any]
) -> None:
    path = f"{WEBHOOKS}/{webhook['id']}"
    before = await read_etag(admin, path)
    await create_notice(world, school.id, count=3)
    ok(await admin.post(f"{path}/pings"), 201)
    await deliver_notices(world.runtime)
    assert [each["sequence"] for each in await list_deliveries(admin, webhook)] == [4, 3, 2, 1]
    assert await read_etag(admin, path) == before
    await change_webhook(admin, webhook, state="paused")
    assert await read_etag(admin, path) != before


async def test_a_worker_killed_after_sending_sends_the_same_again(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver
) -> None:
    await create_notice(world, school.id)
    await Worker(world.runtime, {JobKind.FAN_OUT: HANDLERS[JobKind.FAN_OUT]}).step()
    (delivery,) = await list_deliveries(admin, webhook)
    async with world.runtime.work(ALL) as work:
        await deliver(work, {"delivery_id": delivery["id"]})  # …and dies before the commit
    assert len(receiver.received) == 1
    await deliver_notices(world.runtime)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


async def test_receiver_that_deduplicates_by_id_converges(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver
) -> None:
    await create_notice(world, school.id, count=40)
    for _ in range(3):
        await deliver_notices(world.runtime)
        assert ok(await admin.post(f"{WEBHOOKS}/{webhook['id']}/replay", {"since": LONG_AGO})) == {"count": 40}
    await deliver_notices(world.runtime)
    assert len(receiver.received) == 160
    states = []
    for seed in range(3):
        shuffled = random.Random(seed).sample(receiver.received, len(receiver.received))
        bodies = {each.headers["webhook-id"]: json.loads(each.body) for each in shuffled}
        states.append(sorted(bodies.values(), key=lambda body: body["data"]["sequence"]))
    assert states[0] == states[1] == states[2]
    assert [body["data"]["sequence"] for body in states[0]] == list(range(1, 41))
    assert {body["data"]["notice_id"] for body in states[0]} == await list_notice_ids(world, school.id)


async def test_a_preview_shows_what_would_be_sent_and_sends_nothing(
    world: World, admin: Client, school: StaffedUnit, webhook: dict[str, Any], receiver: Receiver
) -> None:
    await change_webhook(admin, webhook, state="paused")
    await create_notice(world, school.id, count=2)
    await deliver_notices(world.runtime)
    shown = ok(await admin.get(f"{WEBHOOKS}/{webhook['id']}/preview"))
    assert [each["type"] for each in shown] == ["notice.escalated"] * 2
    assert {str(each["data"]["notice_id"]) for each in shown} == {"None"}
    assert receiver.received == []


async def test_a_ping_arrives(world: World, admin: Client, webhook: dict[str, Any], receiver: Receiver) -> None:
    sent = ok(await admin.post(f"{WEBHOOKS}/{webhook['id']}/pings"), 201)
    await deliver_notices(world.runtime)
    (received,) = receiver.received
    assert (received.headers["webhook-id"], json.loads(received.body)["type"]) == (sent["id"], "ping")
    assert genuine(received, webhook)


def test_the_signature_is_that_of_the_standard() -> None:
    """A value computed apart, by the words of the specification."""
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
    at = time.utc_now()
    headers = signed_headers("msg_1", at, '{"a":1}', [secret])
    content = f'msg_1.{int(at.timestamp())}.{{"a":1}}'.encode()
    by_hand = base64.b64encode(hmac.new(b"0123456789abcdef0123456789abcdef", content, "sha256").digest()).decode()
    assert headers["webhook-signature"] == f"v1,{by_hand}"


def test_the_example_refuses_what_is_forged_changed_or_stale() -> None:
    secret, other = ("whsec_" + base64.b64encode(bytes([n] * 32)).decode() for n in (1, 2))
    body, chance = b'{"type":"ping"}', random.Random(20)
    fresh = signed_headers("msg_1", time.utc_now(), body.decode(), [other, secret])
    assert is_genuine(fresh, body, secret)
    for _ in range(200):
        place = chance.randrange(len(body))
        assert not is_genuine(fresh, body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], secret)
        header = chance.choice(("webhook-id", "webhook-signature", "webhook-timestamp"))
        assert not is_genuine(fresh | {header: fresh[header][: chance.randrange(len(fresh[header]))]}, body, secret)
    for minutes in (-6, 6):
        stale = signed_headers("msg_1", time.utc_now() + timedelta(minutes=minutes), body.decode(), [secret])
        assert not is_genuine(stale, body, secret)
    assert not is_genuine({}, body, secret)
    assert not is_genuine(fresh | {"webhook-timestamp": "١٢٣"}, body, secret)
    assert not is_genuine(fresh | {"webhook-signature": "v1,é"}, body, secret)
