"""Access tokens: their claims, their validity period, and refusal of everything else."""

import json
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.ids import new_id
from app.security.crypto.keys import KeyRing
from app.security.crypto.tokens import MAX_LIFETIME_S, AccessClaims, TokenError, TokenService
from tests.attack.forge import Forge, b64

ISSUER, AUDIENCE = "https://antoan.example", "antoan-api"
NOW = datetime(2031, 3, 3, 7, tzinfo=UTC)  # far from the machine's clock, which has no say
NOW_S = int(NOW.timestamp())
LEEWAY_S = 5
SECOND = timedelta(seconds=1)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
near_base64 = st.text(alphabet="ABCabc019-_.=+/ \x00é", max_size=200)


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.open(tmp_path_factory.mktemp("keys") / "ring")


@pytest.fixture(scope="module")
def service(ring: KeyRing) -> TokenService:
    return TokenService(ring, ISSUER, AUDIENCE, leeway_s=LEEWAY_S)


@pytest.fixture(scope="module")
def forge(ring: KeyRing, service: TokenService) -> Forge:
    return Forge(ring, service, NOW)


def mint(service: TokenService, **changes: Any) -> str:
    good: dict[str, Any] = {"subject": new_id(), "session_id": new_id(), "client_id": "first-party", "epoch": 1}
    return service.mint(**{**good, "now": NOW, **changes})


def decoded(segment: str) -> Any:
    return json.loads(urlsafe_b64decode(segment + "=="))


def verdict(service: TokenService, token: str, now: datetime = NOW) -> AccessClaims | None:
    try:
        return service.verify(token, now)
    except TokenError:
        return None


# --- what a token says ---


def test_a_token_says_who_by_which_client_in_which_session_until_when(service: TokenService) -> None:
    subject, session = new_id(), new_id()
    token = mint(service, subject=subject, session_id=session, client_id="sgd-sync", epoch=7, scope=("read", "write"))
    claims = service.verify(token, NOW)
    assert claims == AccessClaims(
        subject, "sgd-sync", session, claims.token_id, 7, NOW_S, NOW_S + MAX_LIFETIME_S, ("read", "write")
    )


def test_a_token_without_scope_has_none(service: TokenService) -> None:
    assert service.verify(mint(service), NOW).scope == ()


def test_no_two_tokens_have_one_id(service: TokenService) -> None:
    one, other = (service.verify(mint(service), NOW) for _ in range(2))
    assert one.token_id != other.token_id


def test_a_token_holds_the_members_of_rfc_9068_and_nothing_personal(service: TokenService, ring: KeyRing) -> None:
    header, claims, _ = mint(service, scope=("read",)).split(".")
    assert decoded(header) == {"alg": "ES256", "kid": ring.current.kid, "typ": "at+jwt"}
    names = {"iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "sid", "ver", "scope"}
    assert decoded(claims).keys() == names


@pytest.mark.parametrize("lifetime", [0, -1, MAX_LIFETIME_S + 1])
def test_no_service_issues_tokens_for_longer_than_fifteen_minutes(ring: KeyRing, lifetime: int) -> None:
    with pytest.raises(ValueError, match="15 minutes"):
        TokenService(ring, ISSUER, AUDIENCE, lifetime_s=lifetime)


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": 0},
        {"client_id": ""},
        {"client_id": "trường"},
        {"client_id": "a\nb"},
        {"scope": ("",)},
        {"scope": ("a", "")},
        {"scope": ('"',)},
        {"client_id": "x" * 3000},
        {"scope": ("x" * 1500, "y" * 1500)},
    ],
)
def test_no_token_is_minted_that_would_be_refused(service: TokenService, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"RFC 6749|4096"):
        mint(service, **changes)


# --- when it is good ---


@pytest.mark.parametrize(
    ("seconds", "good"),
    [
        (-LEEWAY_S - 1, False),
        (-LEEWAY_S, True),
        (0, True),
        (MAX_LIFETIME_S - 1, True),
        (MAX_LIFETIME_S, False),
        (MAX_LIFETIME_S + LEEWAY_S, False),
    ],
)
def test_token_valid_from_iat_minus_leeway_until_exp(
    service: TokenService,
    seconds: int,
    good: bool,  # noqa: FBT001 — a table's column
) -> None:
    assert (verdict(service, mint(service), NOW + seconds * SECOND) is not None) is good


def test_system_clock_is_not_used(service: TokenService) -> None:
    token = mint(service)
    for elsewhere in (datetime(1990, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)):
        with time_machine.travel(elsewhere, tick=False):
            assert verdict(service, token) is not None
            assert verdict(service, token, NOW + MAX_LIFETIME_S * SECOND) is None


def test_shorter_lifetime_applies_to_existing_tokens(ring: KeyRing) -> None:
    long, short = (TokenService(ring, ISSUER, AUDIENCE, lifetime_s=seconds) for seconds in (600, 300))
    assert verdict(short, mint(long)) is None
    assert verdict(long, mint(short)) is not None


# --- whose it is ---


def test_token_is_valid_only_for_its_issuer_and_audience(service: TokenService, ring: KeyRing) -> None:
    for issuer, audience in ((ISSUER + "/", AUDIENCE), (ISSUER, "another-api"), ("", ""), (AUDIENCE, ISSUER)):
        assert verdict(TokenService(ring, issuer, audience), mint(service)) is None


def test_a_token_of_another_ring_is_not_ours(service: TokenService, tmp_path: Path) -> None:
    other = TokenService(KeyRing.open(tmp_path / "ring"), ISSUER, AUDIENCE)
    assert verdict(service, mint(other)) is None


def test_a_token_outlives_a_rotation_and_not_the_overlap(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path / "ring")
    service = TokenService(ring, ISSUER, AUDIENCE)
    with time_machine.travel(NOW, tick=False) as clock:
        token = mint(service)
        ring.rotate(timedelta(minutes=10))
        assert verdict(service, token) is not None
        clock.shift(timedelta(minutes=10))
        assert verdict(service, token) is None


def test_unreadable_key_ring_is_an_internal_error(tmp_path: Path) -> None:
    """Otherwise a lost disk would sign everybody out, and no alarm would ring."""
    ring = KeyRing.open(tmp_path / "ring")
    service = TokenService(ring, ISSUER, AUDIENCE)
    token = mint(service)
    (tmp_path / "ring" / "ring.json").unlink()
    ring._looked = 0.0
    with pytest.raises(FileNotFoundError):
        service.verify(token, NOW)


# --- whatever else it is, it is refused, and quietly ---


@given(st.text() | near_base64 | st.lists(near_base64, min_size=3, max_size=3).map(".".join))
def test_any_text_is_refused_by_token_error_alone(service: TokenService, text: str) -> None:
    assert verdict(service, text) is None


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_signed_bytes_are_refused_by_token_error_alone(forge: Forge, header: bytes, claims: bytes) -> None:
    assert verdict(forge.service, forge.token(header, claims)) is None


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", ""]), json_values, min_size=1))
def test_any_signed_header_but_ours_is_refused(forge: Forge, changes: dict[str, object]) -> None:
    same = {**forge.header, **changes} == forge.header
    assert (verdict(forge.service, forge.headed(**changes)) is not None) is same


@pytest.mark.parametrize("value", [None, 1, b"a.b.c", ["a.b.c"]])
def test_what_is_no_text_is_refused_too(service: TokenService, value: Any) -> None:
    assert verdict(service, value) is None


# --- other libraries read the same ---


def by_pyjwt(token: str, ring: KeyRing) -> dict[str, Any]:
    pem = ring.public_pem(jwt.get_unverified_header(token)["kid"])
    assert pem is not None
    required = {"require": ["exp", "iat", "nbf", "sub", "jti"]}
    checks: dict[str, Any] = {"audience": AUDIENCE, "issuer": ISSUER, "options": required, "leeway": LEEWAY_S}
    return jwt.decode(token, pem, algorithms=["ES256"], **checks)


def by_joserfc(token: str, ring: KeyRing) -> dict[str, Any]:
    keys = joserfc.jwk.KeySet.import_key_set(ring.jwks())  # type: ignore[arg-type]
    claims = joserfc.jwt.decode(token, keys, algorithms=["ES256"]).claims
    rules = joserfc.jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
    )
    rules.validate(claims)
    return claims


@pytest.mark.parametrize("peer", [by_pyjwt, by_joserfc])
def test_another_library_reads_a_minted_token_by_the_published_keys(
    service: TokenService, ring: KeyRing, peer: Callable[[str, KeyRing], dict[str, Any]]
) -> None:
    token = mint(service, scope=("read",))
    ours = service.verify(token, NOW)
    with time_machine.travel(NOW, tick=False):
        theirs = peer(token, ring)
    assert (UUID(theirs["sub"]), UUID(theirs["sid"]), UUID(theirs["jti"])) == (
        ours.subject,
        ours.session_id,
        ours.token_id,
    )
    assert (theirs["iat"], theirs["exp"], theirs["ver"]) == (ours.issued_at, ours.expires_at, ours.epoch)


EARLY, LATE = st.integers(NOW_S - 20, NOW_S + LEEWAY_S + 1), st.integers(NOW_S - 1, NOW_S + 1000)
CHANGES = st.fixed_dictionaries(
    {"iat": EARLY, "nbf": EARLY, "exp": LATE, "ver": st.integers(0, 9)},
    optional={
        "iss": st.sampled_from([ISSUER, ISSUER, ISSUER + "/"]),
        "aud": st.sampled_from([AUDIENCE, AUDIENCE, "another"]),
        "scope": st.sampled_from(["read", "read write", " "]),
    },
)


@settings(max_examples=300)
@given(CHANGES)
def test_what_we_accept_other_libraries_accept_too(forge: Forge, changes: dict[str, object]) -> None:
    """Ours is the stricter of the three: it may refuse what they accept, never the other way about."""
    token = forge.claiming(**changes)
    if verdict(forge.service, token) is None:
        return
    with time_machine.travel(NOW, tick=False):
        assert by_joserfc(token, forge.ring) == by_pyjwt(token, forge.ring) == {**forge.claims, **changes}


# --- the library underneath ---


def test_python_jose_runs_on_cryptography_and_never_loads_its_own_arithmetic() -> None:
    """The `ecdsa` package signs in variable time (CVE-2024-23342) and is not to be mended."""
    assert "jose" in sys.modules
    assert not {"ecdsa", "rsa"} & sys.modules.keys()


def test_base64_of_a_segment_has_one_spelling(forge: Forge, service: TokenService) -> None:
    """Else one token would have many texts: the spare bits of a last character are zero."""
    text, _, signature = forge.good.rpartition(".")
    assert b64(urlsafe_b64decode(signature + "==")) == signature
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    for spare in range(1, 16):
        other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + spare]
        lax = f"{text}.{signature[:-1]}{other}"
        assert urlsafe_b64decode(lax.rpartition(".")[2] + "==") == urlsafe_b64decode(signature + "==")
        assert verdict(service, lax) is None
