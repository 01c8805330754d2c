"""Requests to user-supplied addresses: public internet only, address pinned, no redirects, short time-outs."""

import asyncio
import socket
import ssl
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 5.0
# The ports of webhook receivers. Other ports may be mail, shells or databases.
PORTS = frozenset({443, 8443})
# In addition to `is_global`: special addresses of the IANA registries (RFC 6890), and a cloud-internal one.
SPECIAL_4 = tuple(
    IPv4Network(each)
    for each in (
        *("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
        "168.63.129.16/32",
    )
)
UNICAST_6 = IPv6Network("2000::/3")
# Protocol assignments (with Teredo), documentation, 6to4, AS112, documentation: none of them hosts a server.
SPECIAL_6 = tuple(
    IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# IPv6-only networks reach IPv4 through it; the last four bytes are the IPv4 address (RFC 6052, section 2.1).
NAT64 = IPv6Network("64:ff9b::/96")
# A separate pool: an unresponsive resolver delays only its own callers.
_RESOLVERS = ThreadPoolExecutor(4, "resolver")


class ForbiddenTargetError(Exception):
    """The address is internal or unresolvable: one error for both, so that internal names cannot be probed."""


class MalformedTargetError(ForbiddenTargetError):
    """The address itself is invalid."""


async def checked(url: str, internal_hosts: Collection[str], *, plain_allowed: bool) -> SplitResult:
    """The parsed address. Raises MalformedTargetError unless it is a simple https address, ForbiddenTargetError unless
    it resolves to the public internet.

    `internal_hosts` are the operator's exceptions by name, for any address and port.
    """
    parts = _parsed(url, internal_hosts, plain_allowed=plain_allowed)
    await _resolved(parts, internal_hosts)
    return parts


async def post(
    url: str, body: str, headers: dict[str, str], internal_hosts: Collection[str], *, plain_allowed: bool
) -> int:
    """The response status; 0 without a response. Raises ForbiddenTargetError as `checked` does.

    Resolves the name once, checks the address and connects to that address: DNS rebinding has no effect.
    """
    import httpx

    parts = _parsed(url, internal_hosts, plain_allowed=plain_allowed)
    address = await _resolved(parts, internal_hosts)
    host = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    pinned = parts._replace(netloc=f"{host}{port}").geturl()
    sent = {**headers, "Host": parts.netloc, "Content-Type": "application/json", "User-Agent": "athd-webhooks"}
    limits = httpx.Timeout(TIMEOUT_S)
    try:
        async with (
            asyncio.timeout(2 * TIMEOUT_S),
            httpx.AsyncClient(verify=_trusted(), trust_env=False, follow_redirects=False, timeout=limits) as http,
            http.stream(
                "POST", pinned, content=body, headers=sent, extensions={"sni_hostname": parts.hostname}
            ) as answer,
        ):
            return answer.status_code
    except (httpx.HTTPError, TimeoutError, OSError, ValueError):
        return 0


@cache
def _trusted() -> ssl.SSLContext:
    """The system's certificate authorities, loaded once."""
    return ssl.create_default_context()


def _parsed(url: str, internal_hosts: Collection[str], *, plain_allowed: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MalformedTargetError from None
    if parts.scheme != "https" and not (plain_allowed and parts.scheme == "http"):
        raise MalformedTargetError
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        raise MalformedTargetError
    if port is not None and port not in PORTS and parts.hostname not in internal_hosts:
        raise ForbiddenTargetError
    return parts


async def _resolved(parts: SplitResult, internal_hosts: Collection[str]) -> str:
    host = parts.hostname or ""
    look_up = partial(socket.getaddrinfo, host, parts.port or 443, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            found = await asyncio.get_running_loop().run_in_executor(_RESOLVERS, look_up)
    except (OSError, UnicodeError):
        raise ForbiddenTargetError from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or (host not in internal_hosts and not all(_is_open(each) for each in addresses)):
        raise ForbiddenTargetError
    return addresses[0]


def _is_open(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        embedded = _embedded(found)
        return _is_open_4(embedded) if embedded is not None else _is_open_6(found)
    return _is_open_4(found)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The embedded IPv4 address, in the two forms that resolvers return."""
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped


def _is_open_4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in each for each in SPECIAL_4)


def _is_open_6(address: IPv6Address) -> bool:
    """Only global unicast. Obsolete notations of IPv4 in IPv6 are refused."""
    return address in UNICAST_6 and address.is_global and not any(address in each for each in SPECIAL_6)
