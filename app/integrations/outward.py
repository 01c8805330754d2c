"""Requests to addresses that somebody typed in: only to the open internet, pinned, never redirected, soon given up."""

import asyncio
import socket
import ssl
from collections.abc import Collection
from functools import cache
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import httpx

TIMEOUT_S = 5.0
LONGEST_ANSWER = 4096


class ForbiddenTargetError(Exception):
    """The address leads inside, or nowhere: one answer for both, or it would tell which names there are inside."""


class MalformedTargetError(ForbiddenTargetError):
    """The address itself is wrong, wherever it leads."""


async def checked(url: str, internal_hosts: Collection[str], *, plain_allowed: bool) -> SplitResult:
    """The address's parts; raises MalformedTargetError unless it is https and plain, ForbiddenTargetError unless it
    leads to the open internet.

    `internal_hosts` are the operator's exceptions, by name.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MalformedTargetError from None
    if parts.scheme != "https" and not (plain_allowed and parts.scheme == "http"):
        raise MalformedTargetError
    if not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        raise MalformedTargetError
    await _resolved(parts, internal_hosts)
    return parts


async def post(
    url: str, body: str, headers: dict[str, str], internal_hosts: Collection[str], *, plain_allowed: bool
) -> int:
    """The status of the answer; 0 where there was none. Raises ForbiddenTargetError as `checked` does.

    The address is resolved once, judged, and connected to as judged: a name that changes its mind leads nowhere else.
    """
    parts = await checked(url, internal_hosts, plain_allowed=plain_allowed)
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
    """The machine's certificate authorities, read once."""
    return ssl.create_default_context()


async def _resolved(parts: SplitResult, internal_hosts: Collection[str]) -> str:
    host = parts.hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ForbiddenTargetError from None
    addresses = [str(each[4][0]) for each in found]
    if not addresses or (host not in internal_hosts and not all(_is_open(each) for each in addresses)):
        raise ForbiddenTargetError
    return addresses[0]


def _is_open(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast
