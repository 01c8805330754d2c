"""The public API as a client uses it: signed in, patient with a lost line and with a busy server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from app.client.exits import ClientError, Exit
from app.client.orders import Login

PREFIX: Final = "/api/v1"
TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0, read=300.0)
BUSY: Final = frozenset({429, 500, 502, 503, 504})
UNAUTHENTICATED, FORBIDDEN, CONFLICT = 401, 403, 409
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
Body = Callable[[], AsyncIterator[bytes]]


@dataclass(slots=True)
class Patience:
    """How long one request is tried again: each pause is twice the one before, unless the server names it."""

    left_s: float
    pause_s: float = FIRST_PAUSE_S

    def next(self, answer: httpx.Response | None) -> float | None:
        """Seconds to the next try; None where it is over."""
        named = answer.headers.get("Retry-After", "") if answer is not None else ""
        pause = float(named) if named.isdigit() else self.pause_s
        self.pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        self.left_s -= max(pause, FIRST_PAUSE_S)
        return pause if self.left_s >= 0 else None


class Connection:
    """Requests of one command. Raises ClientError where the server cannot be reached, or refuses the caller."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        login: Login,
        patience_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.http = http
        self.sleep = sleep
        self._login = login
        self._patience_s = patience_s
        self._token = login.token

    async def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401 — JSON
        return read(await self.send("GET", path, params=params))

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
    ) -> httpx.Response:
        """The answer; tried again while the line is lost or the server is busy."""
        patience, is_renewed = Patience(self._patience_s), False
        while True:
            answer = await self._once(method, path, params, headers, body)
            if answer is not None and answer.status_code == UNAUTHENTICATED and not is_renewed and self._renew():
                is_renewed = True
                continue
            if answer is not None and not _is_busy(answer):
                return answer
            await self._pause(patience, answer)

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[httpx.Response]:
        """An answer that is read piece by piece. It is not tried again."""
        headers = {"Authorization": f"Bearer {await self._signed_in()}"}
        try:
            async with self.http.stream("GET", PREFIX + path, headers=headers) as answer:
                if answer.is_error:
                    await answer.aread()
                    check(answer)
                yield answer
        except httpx.TransportError:
            raise _unreached() from None

    async def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
        body: Body | None,
    ) -> httpx.Response | None:
        try:
            token = await self._signed_in()
            sent = {**(headers or {}), "Authorization": f"Bearer {token}"}
            content = body() if body is not None else None
            return await self.http.request(method, PREFIX + path, params=params, headers=sent, content=content)
        except httpx.TransportError:
            return None

    async def _pause(self, patience: Patience, answer: httpx.Response | None) -> None:
        seconds = patience.next(answer)
        if seconds is None:
            raise _unreached() if answer is None else _overloaded(answer)
        await self.sleep(seconds)

    def _renew(self) -> bool:
        """Whether another token can be asked for."""
        if self._login.client_id is None:
            return False
        self._token = None
        return True

    async def _signed_in(self) -> str:
        if self._token is None:
            self._token = await self._ask_token()
        return self._token

    async def _ask_token(self) -> str:
        known = self._login
        patience = Patience(self._patience_s)
        while True:
            answer = await self.http.post(
                "/oauth/token",
                auth=(known.client_id or "", known.client_secret or ""),
                data={"grant_type": "client_credentials"},
            )
            if not _is_busy(answer):
                break
            await self._pause(patience, answer)
        if answer.is_error:
            raise ClientError(
                Exit.NOT_ALLOWED,
                "Máy chủ không nhận mã và bí mật của hệ thống",
                "The server refuses the client's id and secret",
            )
        return str(read(answer)["access_token"])


def _is_busy(answer: httpx.Response) -> bool:
    is_waited_for = answer.status_code == CONFLICT and problem_code(answer) == "uploads_running"
    return answer.status_code in BUSY or is_waited_for


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem of an answer; of another server's answer nothing but its status."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return {"code": f"http_{answer.status_code}", "title": answer.reason_phrase}
    found: dict[str, Any] = answer.json()
    return found


def problem_code(answer: httpx.Response) -> str:
    return str(problem(answer).get("code"))


def said(answer: httpx.Response) -> str:
    """The problem in one line, with the places that it names."""
    found = problem(answer)
    places = "".join(f"; {each['pointer']}: {each['detail']}" for each in found.get("errors") or [])
    return f"{found.get('title')} [{found.get('code')}]{places}"


def read(answer: httpx.Response) -> Any:  # noqa: ANN401 — JSON
    """The content of an answer. Raises ClientError where it is a problem, or not from the API."""
    check(answer)
    try:
        return answer.json()
    except ValueError:
        raise _other_server() from None


def check(answer: httpx.Response) -> None:
    """Raises ClientError where the answer is a problem."""
    if answer.status_code in {UNAUTHENTICATED, FORBIDDEN}:
        said_vi = f"Không có quyền, hoặc mã truy cập đã hết hạn: {said(answer)}"
        raise ClientError(Exit.NOT_ALLOWED, said_vi, "No right to do this, or the token has expired")
    if answer.is_error:
        raise ClientError(Exit.FILE_REFUSED, f"Máy chủ từ chối: {said(answer)}", "The server refuses the request")
    if not answer.is_success:
        raise _other_server()


def _other_server() -> ClientError:
    return ClientError(Exit.UNREACHED, "Địa chỉ không phải của hệ thống", "The address is not that of the API")


def _unreached() -> ClientError:
    return ClientError(Exit.UNREACHED, "Không kết nối được máy chủ", "The server cannot be reached")


def _overloaded(answer: httpx.Response) -> ClientError:
    return ClientError(Exit.UNREACHED, f"Máy chủ quá tải: {said(answer)}", "The server is overloaded")
