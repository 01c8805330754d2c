"""No forged, altered or outlived access token is admitted, and the faults are ones that other verifiers admit."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
import time_machine
from jose import jwt as jose_jwt

from app.security.crypto.keys import KeyRing
from app.security.crypto.tokens import MAX_LENGTH, TokenError, TokenService
from tests.attack.forge import Forge, Kind
from tests.attack.hostile_tokens import high_s_twin, hostile_tokens, mutations

pytestmark = pytest.mark.attack

ISSUER, AUDIENCE = "https://antoan.example", "antoan-api"
# Far from the machine's clock, so that the clock cannot affect a verdict.
NOW = datetime(2031, 3, 3, 7, tzinfo=UTC)
# Good by RFC 7519, which lets an audience be a list, sets no longest life and does not order nbf and iat.
STRICTER = {
    f"claim aud {[AUDIENCE]!r}",
    f"claim aud {[AUDIENCE, 'other']!r}",
    "time: good from before it was issued",
    "time: a second too long",
    "time: a year long",
    "time: a day long, begun before",
    "time: from the epoch on, without end",
}
SIGNATURE_GROUPS = ("alg", "secret", "key", "signature")


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.open(tmp_path_factory.mktemp("keys") / "ring")


@pytest.fixture(scope="module")
def service(ring: KeyRing) -> TokenService:
    return TokenService(ring, ISSUER, AUDIENCE)


@pytest.fixture(scope="module")
def corpus(ring: KeyRing, service: TokenService) -> list[Kind]:
    return list(hostile_tokens(ring, service, NOW))


@pytest.fixture
def forge(ring: KeyRing, service: TokenService, corpus: list[Kind]) -> Forge:  # noqa: ARG001 — its keys are the last
    return Forge(ring, service, NOW)


def refused(service: TokenService, token: str) -> bool:
    try:
        service.verify(token, NOW)
    except TokenError:
        return True
    return False


def test_forge_makes_valid_tokens_without_the_fault(forge: Forge, service: TokenService) -> None:
    for token in (
        forge.good,
        forge.headed(),
        forge.claiming(),
        forge.claiming(client_id="another", ver=9, scope="a b"),
    ):
        assert not refused(service, token)


def test_every_kind_is_its_own(corpus: list[Kind]) -> None:
    assert len(corpus) >= 500
    assert len({name for name, _ in corpus}) == len({token for _, token in corpus}) == len(corpus)


def test_no_hostile_token_is_accepted(corpus: list[Kind], service: TokenService, record_property: Any) -> None:
    accepted = [name for name, token in corpus if not refused(service, token)]
    report(record_property, "hostile tokens", len(corpus), len(accepted))
    assert accepted == []


def test_no_hostile_token_shows_in_its_refusal(corpus: list[Kind], service: TokenService) -> None:
    for _, token in corpus:
        with pytest.raises(TokenError) as caught:
            service.verify(token, NOW)
        assert str(caught.value) == ""
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_no_one_character_mutation_is_accepted(forge: Forge, service: TokenService, record_property: Any) -> None:
    altered = list(mutations(forge.good))
    accepted = [token for token in altered if not refused(service, token)]
    report(record_property, "one-character mutations", len(altered), len(accepted))
    assert len(set(altered)) == len(altered) >= 4_500
    assert accepted == []


def test_a_dropped_doubled_or_exchanged_character_is_not_accepted(forge: Forge, service: TokenService) -> None:
    good, places = forge.good, range(len(forge.good))
    dropped = {good[:i] + good[i + 1 :] for i in places}
    doubled = {good[:i] + good[i] + good[i:] for i in places}
    exchanged = {good[:i] + good[i + 1] + good[i] + good[i + 2 :] for i in places[:-1]} - {good}
    assert all(refused(service, token) for token in dropped | doubled | exchanged)


def test_the_twin_of_a_signature_says_what_the_signature_said(forge: Forge, service: TokenService) -> None:
    """(r, n - s) is as good as (r, s). It buys nothing: the claims, and with them session and epoch, are the same."""
    twin = high_s_twin(forge.good)
    assert twin != forge.good
    assert service.verify(twin, NOW) == service.verify(forge.good, NOW)


def test_a_token_may_be_as_long_as_the_limit(forge: Forge, service: TokenService) -> None:
    room = MAX_LENGTH - len(forge.good)
    token = forge.claiming(client_id="first-party" + "x" * (room * 3 // 4 - 3))
    assert MAX_LENGTH - 8 < len(token) <= MAX_LENGTH
    assert not refused(service, token)


def test_other_libraries_refuse_what_the_ring_did_not_sign(corpus: list[Kind], ring: KeyRing) -> None:
    """Where signature or algorithm is the fault, PyJWT and joserfc agree, given algorithm, issuer and audience."""
    forged = [(n, t) for n, t in corpus if n.startswith(SIGNATURE_GROUPS)]
    assert len(forged) > 80
    for peer in (pyjwt, by_joserfc):
        assert [name for name, token in forged if accepts(peer, token, ring)] == []


def test_other_libraries_agree_on_issuer_audience_and_time_but_where_we_are_the_stricter(
    corpus: list[Kind], ring: KeyRing
) -> None:
    judged = [(n, t) for n, t in corpus if n.startswith(("claim iss", "claim aud", "time: "))]
    assert len(judged) > 40
    for peer in (pyjwt, by_joserfc):
        assert {name for name, token in judged if accepts(peer, token, ring)} == STRICTER


def test_corpus_contains_tokens_other_verifiers_accept(corpus: list[Kind], ring: KeyRing, record_property: Any) -> None:
    """Else it would prove little: these are faults that the strict verifier refuses and another lets through."""
    for peer in (pyjwt, by_joserfc, tutorial_jose):
        count = sum(accepts(peer, token, ring) for _, token in corpus)
        report(record_property, f"{peer.__name__} on the same corpus", len(corpus), count)
        assert count > 20


def test_the_corpus_holds_the_key_confusion_that_python_jose_has_not_mended(corpus: list[Kind], ring: KeyRing) -> None:
    """CVE-2026-85394: the DER public key is accepted as a secret. Delete this test once the library is fixed."""
    token = dict(corpus)["secret: HS256 by DER, labelled HS256"]
    assert accepts(tutorial_jose, token, ring)


def report(record_property: Any, what: str, sent: int, accepted: int) -> None:
    record_property(what, f"{accepted} of {sent}")
    print(f"{what}: {sent} sent, {accepted} accepted")


def accepts(peer: Callable[[str, KeyRing], object], token: str, ring: KeyRing) -> bool:
    try:
        with time_machine.travel(NOW, tick=False):
            peer(token, ring)
    except Exception:  # noqa: BLE001 — a verifier that breaks has not accepted
        return False
    return True


def pyjwt(token: str, ring: KeyRing) -> object:
    pem = ring.public_pem(jwt.get_unverified_header(token)["kid"])
    assert pem is not None
    return jwt.decode(token, pem, algorithms=["ES256"], audience=AUDIENCE, issuer=ISSUER, options={"require": ["exp"]})


def by_joserfc(token: str, ring: KeyRing) -> object:
    keys = joserfc.jwk.KeySet.import_key_set(ring.jwks())  # type: ignore[arg-type]
    claims = joserfc.jwt.decode(token, keys, algorithms=["ES256"]).claims
    rules = joserfc.jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}
    )
    rules.validate(claims)
    return claims


def tutorial_jose(token: str, ring: KeyRing) -> object:
    """python-jose as its examples use it, the key in DER and two algorithms: the setting of CVE-2026-85394."""
    pem = ring.public_pem(ring.current.kid)
    assert pem is not None
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))
    key: Any = der if jose_jwt.get_unverified_header(token).get("alg") == "HS256" else pem
    return jose_jwt.decode(token, key, algorithms=["ES256", "HS256"], audience=AUDIENCE, issuer=ISSUER)
