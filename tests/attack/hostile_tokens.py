"""Access tokens that no verifier may accept: one of each kind, and every one-character mutation of a good one.

The kinds follow RFC 8725 (JSON Web Token Best Current Practices) and the published faults of JWT libraries. Most are
signed with the true key: only the claim, header or spelling in question is wrong. Every identity is invented.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.security.crypto.keys import KeyRing
from app.security.crypto.tokens import TokenService
from tests.attack import hostile_claims
from tests.attack.forge import ABSENT, Forge, Kind, b64, compact, concatenated, load, not_objects

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256's group (FIPS 186-4, D.1.2.3)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def hostile_tokens(ring: KeyRing, service: TokenService, now: datetime) -> Iterator[Kind]:
    """(name, token) of each kind. Rotates `ring` twice to retire keys: give it one of its own."""
    retired = Forge(ring, service, now).good
    ring.rotate(timedelta(0))
    previous = Forge(ring, service, now).good
    ring.rotate(timedelta(0))
    yield "key: dropped from the ring two rotations ago", retired
    yield "key: previous, its overlap over", previous
    forge = Forge(ring, service, now)
    for group in (_algorithms, _secrets, _kids, _headers, _types, _keys, _signatures):
        yield from group(forge)
    yield from hostile_claims.kinds(forge)


def mutations(token: str) -> Iterator[str]:
    """`token` with one character changed: at every place its two neighbours in the alphabet and seven others."""
    for place, character in enumerate(token):
        index = ALPHABET.find(character)
        near = {ALPHABET[index - 1], ALPHABET[(index + 1) % 64]} if index >= 0 else set()
        for other in sorted((near | set("Az9_.= ")) - {character}):
            yield token[:place] + other + token[place + 1 :]


def high_s_twin(token: str) -> str:
    """The other signature of the same text that the same key makes good: (r, n - s)."""
    text, _, signature = token.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    return f"{text}.{b64(raw[:32] + (ORDER - int.from_bytes(raw[32:], 'big')).to_bytes(32, 'big'))}"


def _algorithms(forge: Forge) -> Iterator[Kind]:
    signature = forge.good.rpartition(".")[2]
    for name in ("none", "None", "NONE", "nOnE"):
        yield f"alg {name}, signature empty", forge.text(alg=name) + "."
        yield f"alg {name}, signature kept", f"{forge.text(alg=name)}.{signature}"
    wrong = (
        "",
        "es256",
        "ES256 ",
        "ES384",
        "ES512",
        "ES256K",
        "RS256",
        "PS256",
        "EdDSA",
        "dir",
        ["ES256"],
        256,
        None,
        True,
    )
    for value in wrong:
        yield f"alg {value!r}, signed as ES256", forge.headed(alg=value)
    yield "alg missing", forge.headed(alg=ABSENT)
    key = rsa.generate_private_key(65537, 2048)
    text = forge.text(alg="RS256")
    yield (
        "alg RS256, a key of the attacker's",
        f"{text}.{b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}",
    )


def _secrets(forge: Forge) -> Iterator[Kind]:
    """The public key, in every published form, used as an HMAC secret (CVE-2024-33663, CVE-2026-85394)."""
    public = serialization.load_pem_public_key(forge.public)
    raw, spki = serialization.Encoding.X962, serialization.PublicFormat.SubjectPublicKeyInfo
    secrets = {
        "PEM": forge.public,
        "PEM without its last newline": forge.public.rstrip(),
        "PEM's body": b"".join(forge.public.splitlines()[1:-1]),
        "DER": public.public_bytes(serialization.Encoding.DER, spki),
        "point": public.public_bytes(raw, serialization.PublicFormat.UncompressedPoint),
        "compressed point": public.public_bytes(raw, serialization.PublicFormat.CompressedPoint),
        "JWK": compact(forge.ring.current.jwk),
        "JWKS": compact(forge.ring.jwks()),
        "kid": forge.ring.current.kid.encode(),
        "nothing": b"",
    }
    for form, secret in secrets.items():
        for name, labelled in (("HS256", "HS256"), ("HS384", "HS384"), ("HS512", "HS512"), ("HS512", "ES256")):
            text = forge.text(alg=labelled)
            mac = hmac.digest(secret, text.encode(), name.replace("HS", "sha"))
            yield f"secret: {name} by {form}, labelled {labelled}", f"{text}.{b64(mac)}"


def _kids(forge: Forge) -> Iterator[Kind]:
    kid = forge.ring.current.kid
    other = next(str(k["kid"]) for k in forge.ring.jwks()["keys"] if k["kid"] != kid)  # type: ignore[attr-defined]
    strange = (None, 0, [kid], {"kid": kid}, "", kid.swapcase(), f"{kid} ", f"{kid}\x00", kid[:-1], "*", "\ud800")
    paths = ("../../../../dev/null", "/dev/null", "' UNION SELECT 'key", "$(id)", "http://127.0.0.1/key", "k" * 2000)
    for value in (*strange, *paths, other):
        yield f"kid {str(value)[:50]!r} ({type(value).__name__})", forge.headed(kid=value)
    yield "kid missing", forge.headed(kid=ABSENT)


def _headers(forge: Forge) -> Iterator[Kind]:
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64(point.x.to_bytes(32, "big")), "y": b64(point.y.to_bytes(32, "big"))}
    yield "header jwk, signed by it", forge.token({**forge.header, "jwk": jwk}, forge.claims, own)
    urls = {"jku": "https://attacker.example/keys", "x5u": "https://attacker.example/certificate"}
    lists: dict[str, object] = {"crit": ["exp"], "x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA", "epk": jwk}
    names: dict[str, object] = {
        "b64": True,
        "cty": "JWT",
        "zip": "DEF",
        "enc": "A256GCM",
        "iss": "x",
        "": 1,
        "Alg": "none",
    }
    for name, value in {**urls, **lists, **names}.items():
        yield f"header {name!r}", forge.headed(**{name: value})
    yield "header crit empty", forge.headed(crit=[])
    yield "header b64 false and critical", forge.headed(b64=False, crit=["b64"])
    whole = compact(forge.header)
    for name in forge.header:
        doubled = whole[:-1] + f',"{name}":'.encode() + compact(forge.header[name]) + b"}"
        yield f"header with {name} twice", forge.token(doubled, forge.claims)
    yield "header with alg twice, none first", forge.token(b'{"alg":"none",' + whole[1:], forge.claims)
    yield "header with a member NaN", forge.token(whole[:-1] + b',"x":NaN}', forge.claims)
    for name, raw in not_objects(whole):
        yield f"header {name}", forge.token(raw, forge.claims)


def _types(forge: Forge) -> Iterator[Kind]:
    wrong = (
        "JWT",
        "jwt",
        "AT+JWT",
        "at+JWT",
        "application/at+jwt",
        "at+jwt ",
        "",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        None,
        1,
    )
    for value in (*wrong, ["at+jwt"]):
        yield f"typ {value!r}", forge.headed(typ=value)
    yield "typ missing", forge.headed(typ=ABSENT)


def _keys(forge: Forge) -> Iterator[Kind]:
    stranger = ec.generate_private_key(ec.SECP256R1())
    yield "key: a stranger's, under our kid", forge.token(forge.header, forge.claims, stranger)
    text = forge.text()
    curves = ((ec.SECP256K1(), 32), (ec.BrainpoolP256R1(), 32), (ec.SECP384R1(), 48), (ec.SECP521R1(), 66))
    for curve, width in curves:
        yield f"key: on {curve.name}", forge.signed(text, ec.generate_private_key(curve), width)
    with TemporaryDirectory() as directory:
        other = KeyRing.open(Path(directory) / "ring").current
    yield "key: of another ring", forge.token({**forge.header, "kid": other.kid}, forge.claims, load(other.private_pem))
    yield "key: of another ring, under our kid", forge.token(forge.header, forge.claims, load(other.private_pem))


def _signatures(forge: Forge) -> Iterator[Kind]:
    text, _, signature = forge.good.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s, zero, order = raw[:32], raw[32:], bytes(32), ORDER.to_bytes(32, "big")
    der = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    digest = hashlib.sha256(text.encode()).digest()
    private = load(forge.ring.current.private_pem)
    forged: dict[str, bytes] = {
        "DER": der,
        "a byte short": raw[:-1],
        "a byte long": raw + b"\x00",
        "a byte of zero before": b"\x00" + raw,
        "half": r,
        "twice": raw + raw,
        "one byte": raw[:1],
        "r and s zero": zero + zero,
        "r zero": zero + s,
        "s zero": r + zero,
        "r and s the order": order + order,
        "r zero, s the order": zero + order,
        "r and s one": (zero[1:] + b"\x01") * 2,
        "r and s all ones": b"\xff" * 64,
        "r and s swapped": s + r,
        "bytes reversed": raw[::-1],
        "complemented": bytes(byte ^ 255 for byte in raw),
        "of another token": base64.urlsafe_b64decode(forge.mint().rpartition(".")[2] + "=="),
        "by SHA-384": concatenated(private.sign(text.encode(), ec.ECDSA(hashes.SHA384()))),
        "of the digest": concatenated(private.sign(digest, ec.ECDSA(hashes.SHA256()))),
        "of the header": concatenated(private.sign(text.split(".")[0].encode(), ec.ECDSA(hashes.SHA256()))),
        "of the claims": concatenated(private.sign(text.split(".")[1].encode(), ec.ECDSA(hashes.SHA256()))),
        "of text without its dot": concatenated(
            private.sign(text.replace(".", "").encode(), ec.ECDSA(hashes.SHA256()))
        ),
        "the digest itself": digest + digest,
    }
    for name, value in forged.items():
        yield f"signature: {name}", f"{text}.{b64(value)}"
    yield "signature: of other claims", f"{forge.claiming(ver=4).rpartition('.')[0]}.{signature}"
