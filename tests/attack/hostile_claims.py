"""Tokens whose claims, times or spelling are wrong, every one of them signed with the true key."""

import base64
from collections.abc import Iterator

from app.security.crypto.tokens import MAX_LENGTH, MAX_LIFETIME_S
from tests.attack.forge import ABSENT, Forge, Kind, b64, compact, not_objects

NOT_TEXT: tuple[object, ...] = (None, True, 0, ["x"], {"x": 1}, "")
NOT_WHOLE: tuple[object, ...] = (None, True, [1], {"n": 1}, "")


def kinds(forge: Forge) -> Iterator[Kind]:
    for group in (_claims, _audiences, _identities, _texts, _time_types, _times, _payloads, _spellings, _segments):
        yield from group(forge)


def _claims(forge: Forge) -> Iterator[Kind]:
    for name in forge.claims:
        yield f"claim {name} missing", forge.claiming(**{name: ABSENT})
    extra: dict[str, object] = {"role": "system_admin", "admin": True, "cnf": {"jkt": "x"}, "at_hash": "x", "": 1}
    for name, value in {**extra, "Sub": forge.claims["sub"], "act": {"sub": "x"}, "org_path": "/"}.items():
        yield f"claim {name!r} added", forge.claiming(**{name: value})
    yield "claims empty", forge.token(forge.header, {})


def _audiences(forge: Forge) -> Iterator[Kind]:
    for name in ("iss", "aud"):
        good = str(forge.claims[name])
        near: tuple[object, ...] = (good[:-1], good + "x", good + "/", good.upper(), f" {good}", f"{good}\x00", "*")
        lists: tuple[object, ...] = ([good], [good, "other"], {good: 1}, [[good]], [])
        for value in (*near, *lists, None, True, 0, ""):
            yield f"claim {name} {value!r}", forge.claiming(**{name: value})


def _identities(forge: Forge) -> Iterator[Kind]:
    for name in ("sub", "sid", "jti"):
        good = str(forge.claims[name])
        spelled = (good.upper(), good.replace("-", ""), f"{{{good}}}", f"urn:uuid:{good}", f" {good}", f"{good}\n")
        for value in (*spelled, "administrator", "1' OR '1'='1", "0", good[:-1], good.replace("-", "\u2010")):
            yield f"claim {name} spelled {value!r}", forge.claiming(**{name: value})
        for other in NOT_TEXT:
            yield f"claim {name} {other!r}", forge.claiming(**{name: other})


def _texts(forge: Forge) -> Iterator[Kind]:
    texts = ("\x00", "first\nparty", "\ud800", "tên", "\u202e", "\x7f")
    for value in (*NOT_TEXT, *texts):
        yield f"claim client_id {value!r}", forge.claiming(client_id=value)
    for value in (*NOT_TEXT, *texts, " ", "a  b", " a", "a ", "a\tb", 'a"b', "a\\b"):
        yield f"claim scope {value!r}", forge.claiming(scope=value)
    for value in (*NOT_WHOLE, 0, -1, "3", 3.0, 3.5, 2**53 + 1, 2**64):
        yield f"claim ver {value!r}", forge.claiming(ver=value)


def _time_types(forge: Forge) -> Iterator[Kind]:
    whole = compact(forge.claims)
    for name in ("iat", "nbf", "exp"):
        good = int(forge.claims[name])
        values: tuple[object, ...] = (
            *NOT_WHOLE,
            str(good),
            float(good),
            good + 0.5,
            f"{good} ",
            2**63,
            2**64,
            -(2**63),
        )
        for value in (*values, 10**300, good * 1000, -1, -good):
            yield f"time {name} {str(value)[:24]!r} ({type(value).__name__})", forge.claiming(**{name: value})
        for spelling in (
            "NaN",
            "Infinity",
            "-Infinity",
            "1e999",
            "-1e999",
            "1e10",
            f"{good}e0",
            f"0{good}",
            f"+{good}",
        ):
            raw = whole.replace(f'"{name}":{good}'.encode(), f'"{name}":{spelling}'.encode())
            yield f"time {name} spelled {spelling[:12]}", forge.token(forge.header, raw)


def _times(forge: Forge) -> Iterator[Kind]:
    """Seconds from now: (issued, good from, expires)."""
    spans = {
        "expired this second": (-MAX_LIFETIME_S, -MAX_LIFETIME_S, 0),
        "expired a second ago": (-60, -60, -1),
        "expired a year ago": (-31_536_900, -31_536_900, -31_536_000),
        "issued in the future": (60, 60, 600),
        "good only from tomorrow on": (0, 86_400, 86_700),
        "good only in a minute": (0, 60, 600),
        "good from before it was issued": (0, -60, 600),
        "a second too long": (0, 0, MAX_LIFETIME_S + 1),
        "a year long": (0, 0, 31_536_000),
        "a day long, begun before": (-43_200, -43_200, 43_200),
        "ends as it begins": (0, 0, 0),
        "ends before it begins": (0, 0, -10),
        "issued after it ends": (4, 4, 2),
    }
    now = int(forge.now.timestamp())
    for name, (issued, begins, ends) in spans.items():
        yield f"time: {name}", forge.claiming(iat=now + issued, nbf=now + begins, exp=now + ends)
    yield "time: in milliseconds", forge.claiming(**{n: int(forge.claims[n]) * 1000 for n in ("iat", "nbf", "exp")})
    yield "time: all zero", forge.claiming(iat=0, nbf=0, exp=0)
    yield "time: from the epoch on, without end", forge.claiming(iat=0, nbf=0, exp=2**53)


def _payloads(forge: Forge) -> Iterator[Kind]:
    whole = compact(forge.claims)
    for name in forge.claims:
        doubled = whole[:-1] + f',"{name}":'.encode() + compact(forge.claims[name]) + b"}"
        yield f"claims with {name} twice", forge.token(forge.header, doubled)
    escaped = whole[:-1] + b',"\\u0073ub":' + compact(forge.claims["sub"]) + b"}"
    yield "claims with sub twice, once in escapes", forge.token(forge.header, escaped)
    other = b'{"sub":"018f0000-0000-7000-8000-000000000000",' + whole[1:]
    yield "claims with another sub first", forge.token(forge.header, other)
    for name, raw in not_objects(whole):
        yield f"claims {name}", forge.token(forge.header, raw)
    yield "claims: a token within", forge.token(forge.header, forge.good.encode())


def _spellings(forge: Forge) -> Iterator[Kind]:
    header, claims, signature = forge.good.split(".")
    yield "spelling: signature not canonical", f"{header}.{claims}.{signature[:-1]}{_sibling(signature[-1])}"
    lax_header, lax_claims = (part[:-1] + _sibling(part[-1]) for part in map(_spare, (forge.header, forge.claims)))
    yield "spelling: header not canonical", forge.signed(f"{lax_header}.{claims}")
    yield "spelling: claims not canonical", forge.signed(f"{header}.{lax_claims}")
    yield "spelling: claims padded", forge.signed(f"{header}.{_spare(forge.claims)}==")
    yield "spelling: header padded", forge.signed(f"{header}=.{claims}")
    yield "spelling: signature padded", f"{forge.good}=="
    yield "spelling: a segment of 1 modulo 4", forge.signed(f"{header}.{claims}" + "A" * ((1 - len(claims)) % 4))
    plus = base64.b64encode(compact({**forge.claims, "client_id": "~~~???>>>"})).decode().rstrip("=")
    yield "spelling: the alphabet with + and /", forge.signed(f"{header}.{plus}")
    yield "spelling: in hexadecimal", forge.signed(f"{compact(forge.header).hex()}.{compact(forge.claims).hex()}")
    for name, character in _strange().items():
        yield f"spelling: {name} before", character + forge.good
        yield f"spelling: {name} after", forge.good + character
        yield f"spelling: {name} within", f"{header}.{claims[:20]}{character}{claims[20:]}.{signature}"
        yield f"spelling: {name} within, signed over", forge.signed(f"{header}.{claims[:20]}{character}{claims[20:]}")
    for name, dot in {"full stop, full width": "\uff0e", "ideographic": "\u3002", "one dot leader": "\u2024"}.items():
        yield f"spelling: dot {name}", forge.good.replace(".", dot)
    yield "spelling: letters of full width", "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in forge.good)
    yield "spelling: case swapped", forge.good.swapcase()
    yield "spelling: Bearer before", f"Bearer {forge.good}"
    yield "spelling: quoted", f'"{forge.good}"'
    yield "spelling: dots in per cent", forge.good.replace(".", "%2E")


def _strange() -> dict[str, str]:
    white = {"a space": " ", "a newline": "\n", "a return": "\r", "a tab": "\t", "a hard space": "\xa0"}
    return {
        **white,
        "NUL": "\x00",
        "a zero width space": "\u200b",
        "a BOM": "\ufeff",
        "a surrogate": "\ud800",
        "é": "é",
    }


def _segments(forge: Forge) -> Iterator[Kind]:
    header, claims, signature = forge.good.split(".")
    encrypted = b64(compact({**forge.header, "alg": "dir", "enc": "A256GCM"}))
    yield from {
        "segments: none": "",
        "segments: one": header,
        "segments: two": f"{header}.{claims}",
        "segments: four": f"{forge.good}.{signature}",
        "segments: four, first empty": f".{forge.good}",
        "segments: four, last empty": f"{forge.good}.",
        "segments: five, as in JWE": f"{header}.{claims}.{signature}.{claims}.{signature}",
        "segments: JWE, dir": f"{encrypted}..{claims}.{claims}.{signature}",
        "segments: dots only": "..",
        "segments: header empty": f".{claims}.{signature}",
        "segments: claims detached": f"{header}..{signature}",
        "segments: signature stripped": f"{header}.{claims}.",
        "segments: claims before header": f"{claims}.{header}.{signature}",
        "segments: two tokens": f"{forge.good} {forge.good}",
        "segments: two tokens, comma": f"{forge.good},{forge.good}",
        "segments: JSON serialisation": compact(
            {"protected": header, "payload": claims, "signature": signature}
        ).decode(),
        "segments: 100,000 dots": "." * 100_000,
        "size: a claim of a million": forge.claiming(client_id="x" * 1_000_000),
        "size: a header of a million": forge.headed(kid="k" * 1_000_000),
        "size: one character over": _sized(forge, MAX_LENGTH + 1),
        "size: a signature of a million": f"{header}.{claims}.{'A' * 1_000_000}",
    }.items()


def _sized(forge: Forge, length: int) -> str:
    """A token that would be good, were it not `length` characters long or just above."""
    missing, client = length - len(forge.good), str(forge.claims["client_id"])
    token = forge.claiming(client_id=client + "x" * (missing * 3 // 4 + 1))
    assert length <= len(token) <= length + 3
    return token


def _sibling(character: str) -> str:
    """Another last character that lax decoders read as the same bytes: it differs in spare bits only."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(character) ^ 1]


def _spare(members: dict[str, object]) -> str:
    """`members` encoded, with spaces after their JSON until four bits of the last character are to spare."""
    raw = compact(members)
    return b64(raw + b" " * ((1 - len(raw)) % 3))
