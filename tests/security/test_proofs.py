"""Proof of work: it slows a flood, counts once, and refuses nobody."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import altcha.v1 as altcha
import pytest
import time_machine

from app.core.time import utc_now
from app.security.receipts.proof_of_work import HARDEST, LIFETIME, LONGEST_DELAY_S, ProofOfWork

CALM = 4
COST = 1_000


@pytest.fixture
def board() -> ProofOfWork:
    return ProofOfWork(b"k" * 32, COST, CALM)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    delays: list[float] = []

    async def sleep(seconds: float) -> None:
        delays.append(seconds)

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        yield delays


def solved(challenge: dict[str, Any], **changes: Any) -> str:
    found = altcha.solve_challenge(
        challenge["challenge"], challenge["salt"], challenge["algorithm"], challenge["maxNumber"], 0
    )
    number = found.number if found else None
    payload = {key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(payload | changes).encode()).decode()


def test_a_solved_challenge_has_a_digest_by_which_it_counts_once(board: ProofOfWork) -> None:
    challenge = board.challenge()
    digest = board.verify(solved(challenge))
    assert digest is not None
    assert len(digest) == 64
    assert board.verify(solved(challenge)) == digest
    assert board.verify(solved(board.challenge())) != digest


def test_what_is_not_solved_or_not_ours_is_no_proof_and_no_error(board: ProofOfWork) -> None:
    challenge = board.challenge()
    right = solved(challenge)
    wrong = [
        None,
        "",
        "không phải base64",
        "e30=",
        "bnVsbA==",
        "W10=",
        base64.b64encode(b"[" * 100_000).decode(),
        base64.b64encode(b"\xff").decode(),
        base64.b64encode(b'"x"').decode(),
        solved(challenge, number=-1),
        solved(challenge, number="x"),
        solved(challenge, number=None),
        solved(challenge, number=1e400),
        solved(challenge, salt=None),
        solved(challenge, salt=challenge["salt"].replace("expires=", "expires=9")),
        solved(challenge, signature="x"),
        solved(challenge, signature=5),
        solved(challenge, algorithm="MD5"),
        right[:-8],
    ]
    assert [proof for proof in wrong if board.verify(proof) is not None] == []
    assert ProofOfWork(b"x" * 32, COST, CALM).verify(right) is None


def test_it_lapses(board: ProofOfWork) -> None:
    proof = solved(board.challenge())
    assert abs(board.expiry() - utc_now() - LIFETIME) < timedelta(seconds=5)
    with time_machine.travel(utc_now() + LIFETIME + timedelta(seconds=2), tick=False):
        assert board.verify(proof) is None


async def test_pressure_doubles_with_each_doubling_beyond_calm_up_to_sixteen(board: ProofOfWork) -> None:
    pressures = []
    for _ in range(CALM * 40):
        pressures.append(board.pressure())
        await board.take(proven=True)
    assert pressures[: CALM + 1] == [1] * (CALM + 1)
    assert [pressures[CALM * times + 1] for times in (1, 2, 4, 8, 16, 32)] == [2, 4, 8, 16, HARDEST, HARDEST]
    assert board.challenge()["maxNumber"] == COST * HARDEST


async def test_an_hour_later_it_is_calm_again(board: ProofOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(CALM * 4):
        await board.take(proven=True)
    assert board.pressure() == 4
    later = time.monotonic() + 3601
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: later)
        assert board.pressure() == 1


async def test_the_unproven_wait_in_a_flood_and_are_never_refused(board: ProofOfWork, waited: list[float]) -> None:
    for _ in range(CALM):
        await board.take(proven=False)
    assert waited == [0] * CALM
    for _ in range(CALM * 40):
        await board.take(proven=False)
    assert waited == sorted(waited)
    assert 0 < waited[-1] <= LONGEST_DELAY_S
    before = len(waited)
    await board.take(proven=True)
    assert len(waited) == before
