"""Dependencies of routes as types: rights, the unit of work, paging, preconditions."""

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Protocol, TypeVar, Unpack, overload
from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import Depends, Header, Query, Request, Response
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.api.http.entity_tags import ANY, Tags, known_tags, read_tags
from app.api.http.languages import preferred
from app.api.http.limits import Policy, RequestLimits
from app.api.http.routing import SAFE, Replay, StrictRequest
from app.core import problems
from app.core.paging import Cursors, Page, PageRequest
from app.core.problems import FieldFault, Known, Language, Text
from app.schemas.base import ListOut
from app.security.access.principal import Pending, Principal
from app.security.access.roles import Act, Resource
from app.security.access.scope import Scope
from app.security.crypto.links import Link, Links
from app.services.accounts.authenticator import Authenticator
from app.services.accounts.problems import PASSWORD_CHANGE_REQUIRED, TOTP_ENROLMENT_REQUIRED
from app.services.platform.idempotency import Idempotency
from app.services.platform.unit_of_work import Runtime, UnitOfWork
from app.services.platform.watched_links import WatchedLinks

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT", description="An access token")


# Dependencies are coroutines even without an await: FastAPI runs plain functions in a thread.
async def runtime(request: Request) -> Runtime:
    found: Runtime = request.app.state.runtime
    return found


async def language(request: Request) -> Language:
    return preferred(request.headers.get("accept-language"))


RuntimeDep = Annotated[Runtime, Depends(runtime)]
LanguageDep = Annotated[Language, Depends(language)]


Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def _authenticate(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    """The caller, from a bearer token. Raises 401, and 429 above the caller's rate."""
    limits: RequestLimits = request.app.state.limits
    try:
        principal = await _verified(request, credentials)
    except problems.Problem:
        # Without a verified token the request counts as an anonymous one, so guessed tokens are limited.
        await limits.hit_anonymous(request.scope)
        raise
    await limits.hit(request.scope, Policy.DEFAULT, str(principal.id))
    structlog.contextvars.bind_contextvars(principal_id=str(principal.id), role=principal.role)
    request.state.principal = principal
    return principal


async def _verified(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    if credentials is None:
        raise problems.NOT_SIGNED_IN()
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.authenticate(credentials.credentials)


async def _admitted(request: Request) -> Principal:
    """The caller admitted by `May`: every route declares a right, checked before any other dependency."""
    found: Principal = request.state.principal
    return found


class May:
    """A route's declared right: one cell of the matrix. The application does not start without one."""

    def __init__(self, act: Act, resource: Resource) -> None:
        self.act = act
        self.resource = resource

    async def __call__(self, request: Request, credentials: Credentials) -> Principal:
        """Raises 401, 429 above the caller's rate, `forbidden` (403), or the problem of a required step: a password
        change, a second factor."""
        principal = await _authenticate(request, credentials)
        if principal.pending is Pending.PASSWORD_CHANGE and self.resource is not Resource.SELF:
            raise PASSWORD_CHANGE_REQUIRED()
        if principal.pending is Pending.TOTP_ENROLMENT and self.resource is not Resource.SELF:
            raise TOTP_ENROLMENT_REQUIRED()
        if not principal.may(self.act, self.resource):
            raise problems.FORBIDDEN()
        return principal


class Anonymous:
    """Declares a route public, with the policy by which its requests count.

    Open data counts for the account where a verified token comes along. No other purpose looks at a token: neither a
    report nor the log may show who is signed in.
    """

    def __init__(self, policy: Policy = Policy.PUBLIC) -> None:
        self.policy = policy

    async def __call__(self, request: Request) -> None:
        limits: RequestLimits = request.app.state.limits
        if self.policy is not Policy.PUBLIC:
            await limits.hit_anonymous(request.scope, self.policy)
            return
        try:
            principal = await _verified(request, await bearer(request))
        except problems.Problem:
            await limits.hit_anonymous(request.scope)
        else:
            await limits.hit(request.scope, Policy.DEFAULT, str(principal.id))


class Probe:
    """A route for monitoring: no right, no rate limit, and no row data."""

    async def __call__(self) -> None:
        pass


class LinkHolder:
    """A route opened by a download link, for its file, variant and session in their present state.

    Its path names the file of the table `table` as `<table>_id`; the link's holder needs the right to read `resource`.
    """

    def __init__(self, table: str, resource: Resource) -> None:
        self.table = table
        self.resource = resource

    async def __call__(
        self, request: Request, token: Annotated[str, Query(description="Copied from the link")] = ""
    ) -> None:
        """Raises `not_found` (404) for every invalid link."""
        rt, limits = await runtime(request), request.app.state.limits
        watched = WatchedLinks(rt)
        # Validate by hand: FastAPI skips this dependency if a declared parameter is invalid, and continues.
        file_id = _uuid(request.path_params[f"{self.table}_id"])
        link = Links.of(rt.ring, self.table).read(file_id, token)
        if link is None or not await watched.is_open(link):
            await limits.hit_anonymous(request.scope)
            raise problems.NOT_FOUND()
        await limits.hit(request.scope, Policy.DEFAULT, str(link.subject))
        try:
            principal = await request.app.state.authenticator.load_principal(link.subject, link.session_id, link.epoch)
        except problems.Problem:
            raise problems.NOT_FOUND() from None
        if principal.pending is not None or not principal.may(Act.READ, self.resource):
            raise problems.NOT_FOUND()
        await watched.use(link)
        structlog.contextvars.bind_contextvars(principal_id=str(principal.id), role=principal.role)
        request.state.principal, request.state.link = principal, link


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise problems.NOT_FOUND() from None


async def _opened(request: Request) -> Link:
    found: Link = request.state.link
    return found


LinkDep = Annotated[Link, Depends(_opened)]


async def _scoped_work(request: Request) -> AsyncIterator[UnitOfWork]:
    rt, principal = await runtime(request), await _admitted(request)
    async with rt.work(Scope.of(principal), principal, write=request.method not in SAFE) as work:
        yield _begun(request, work)


async def _anonymous_work(request: Request) -> AsyncIterator[UnitOfWork]:
    rt = await runtime(request)
    async with rt.work(Scope(), write=request.method not in SAFE) as work:
        yield _begun(request, work)


def _begun(request: Request, work: UnitOfWork) -> UnitOfWork:
    route = request.scope.get("route")
    work.operation = str(getattr(route, "name", "unmatched"))
    work.request_id = request.scope.get("athd.request_id")
    request.state.work = work
    return work


WorkDep = Annotated[UnitOfWork, Depends(_scoped_work, scope="function")]
AnonymousWork = Annotated[UnitOfWork, Depends(_anonymous_work, scope="function")]


KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="A key chosen by the client: a repeated request returns the first answer and has no further effect",
    ),
]
ANONYMOUS_KEY_LENGTH = 32
WRONG_FORM = Text("Tiêu đề này sai định dạng", "This header has the wrong form")


async def _idempotent(request: StrictRequest, work: WorkDep, key: KeyHeader = None) -> None:
    if key is not None:
        await _claim(request, work, str(work.actor.id), key)


async def _anonymous_idempotent(request: StrictRequest, work: AnonymousWork, key: KeyHeader = None) -> None:
    if key is None:
        return
    # Anonymous callers share one name: a key that another caller can guess would reveal a receipt.
    if len(key) < ANONYMOUS_KEY_LENGTH:
        raise bad_header("Idempotency-Key")
    await _claim(request, work, "anonymous", key)


async def _claim(request: StrictRequest, work: UnitOfWork, caller: str, key: str) -> None:
    if not IDEMPOTENCY_KEY.fullmatch(key):
        raise bad_header("Idempotency-Key")
    claim = Idempotency(work, caller, request.method, request.url.path, key)
    answer = await claim.claim(request.meaning())
    if answer is not None:
        raise Replay(answer)
    request.state.idempotency = claim


def bad_header(name: str, form: Text = WRONG_FORM, **known: Unpack[Known]) -> problems.Problem:
    return problems.BAD_HEADER(faults=[FieldFault(f"header:{name}", "bad_header", form, **known)])


Idempotent = Depends(_idempotent, scope="function")
AnonymousIdempotent = Depends(_anonymous_idempotent, scope="function")


async def _precondition(
    if_match: Annotated[
        str | None, Header(description="The ETag you read; required (428 if missing, 412 if stale)")
    ] = None,
) -> Tags:
    # `*` is no record that was read: it would overwrite what others wrote meanwhile.
    if if_match is None or if_match.strip() == ANY:
        raise problems.PRECONDITION_REQUIRED()
    tags = read_tags(if_match)
    if tags is None:
        raise bad_header("If-Match")
    return tags


IfMatch = Annotated[Tags, Depends(_precondition)]


async def _known(
    if_none_match: Annotated[str | None, Header(description="The ETag you have: 304 if it is still current")] = None,
) -> Tags:
    return known_tags(if_none_match)


NoneMatch = Annotated[Tags, Depends(_known)]


class Row(Protocol):
    @property
    def id(self) -> UUID: ...


R = TypeVar("R", bound=Row)
X = TypeVar("X")
Y = TypeVar("Y")


class Paging:
    """A page of a list: reads the cursor and issues the next one, bound to the caller and the filters."""

    def __init__(
        self,
        request: Request,
        response: Response,
        principal: Principal,
        cursors: Cursors,
        limit: int,
        cursor: str | None,
    ) -> None:
        self._request = request
        self._response = response
        self._cursors = cursors
        filters = sorted((k, v) for k, v in request.query_params.multi_items() if k not in {"cursor", "limit"})
        self._context = json.dumps([request.url.path, str(principal.id), filters])
        self.page = PageRequest(limit, *cursors.read(cursor, self._context)) if cursor else PageRequest(limit, None)

    @overload
    def listed(self, found: Page[R], show: Callable[[R], X]) -> ListOut[X]: ...

    @overload
    def listed(self, found: Page[R], show: Callable[[R, Y], X], beside: Sequence[Y], /) -> ListOut[X]: ...

    def listed(self, found: Page[R], show: Callable[..., X], *beside: Sequence[object]) -> ListOut[X]:
        """The page to return: each row mapped by `show`, with its value in `beside`, such as its tier."""
        items = [show(*each) for each in zip(found.items, *beside, strict=True)]
        return ListOut(items=items, next_cursor=self.next_cursor(found))

    def next_cursor(self, found: Page[R]) -> str | None:
        """The next page's cursor, also as a `Link` header (RFC 8288); None on the last page."""
        if not found.more or not found.items:
            return None
        cursor = self._cursors.write(found.items[-1].id, self._context, found.last_time)
        asked = [each for each in self._request.query_params.multi_items() if each[0] != "cursor"]
        target = f"{self._request.url.path}?{urlencode([*asked, ('cursor', cursor)])}"
        self._response.headers["Link"] = f'<{target}>; rel="next"'
        return cursor


async def _paging(
    request: Request,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=500, description="Rows on a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before")] = None,
) -> Paging:
    rt, principal = await runtime(request), await _admitted(request)
    return Paging(request, response, principal, rt.cursors, limit, cursor)


PagingDep = Annotated[Paging, Depends(_paging)]


def entity_tag(*parts: object) -> str:
    """A strong ETag. It depends on the tier because readers get different views of a row."""
    return '"' + ".".join(str(part) for part in parts) + '"'


def check_tag(given: Tags, current: str) -> None:
    """Raises `stale` (412) with the current tag."""
    if not given.match(current):
        raise problems.STALE(headers={"ETag": current})
