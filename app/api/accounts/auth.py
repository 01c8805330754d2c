"""Signing in and out."""

import base64
import binascii
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Header, Response

from app.api.http.deps import (
    Anonymous,
    AnonymousWork,
    LanguageDep,
    May,
    RuntimeDep,
    WorkDep,
)
from app.api.http.limits import Policy
from app.api.http.routing import NoRecord, Route
from app.api.http.tags import tag
from app.core.problems import BAD_REQUEST, Problem
from app.schemas.accounts.auth import (
    ActivationIn,
    ClientTokenOut,
    MeOut,
    OtpIn,
    PasswordIn,
    RefreshIn,
    SessionOut,
    SignInIn,
    TokensOut,
    TotpOut,
)
from app.security.access.roles import Act, Resource
from app.services.accounts.activations import ActivationService
from app.services.accounts.auth import AuthService
from app.services.accounts.problems import BAD_CREDENTIALS

router = APIRouter(prefix="/auth", tags=[tag("auth", "Signing in and out")], route_class=Route)
oauth = APIRouter(tags=["auth"], route_class=Route)
anyone = Depends(Anonymous())
signing_in = Depends(Anonymous(Policy.SIGN_IN))
refreshing = Depends(Anonymous(Policy.REFRESH))
oneself = Depends(May(Act.MANAGE, Resource.SELF))


@router.post("/sign-in", dependencies=[signing_in, NoRecord], responses={401: {}})
async def sign_in(body: SignInIn, work: AnonymousWork) -> TokensOut:
    """Sign in with a password, and a one-time code where a second factor is enrolled."""
    return TokensOut.model_validate(
        await AuthService(work).sign_in(body.username, body.password, body.otp, body.device)
    )


@router.post("/activation", status_code=204, dependencies=[signing_in, NoRecord], responses={401: {}})
async def activate_account(body: ActivationIn, work: AnonymousWork) -> None:
    """Activate an account with the one-time code of its slip, and set its password; then sign in with it.

    A wrong, used, expired or withdrawn code and an unknown name answer alike. Attempts slow down as those to sign in.
    """
    await ActivationService(work).activate(body.username, body.code, body.new_password)


@router.post("/refresh", dependencies=[refreshing, NoRecord], responses={401: {}})
async def refresh(body: RefreshIn, work: AnonymousWork) -> TokensOut:
    """Exchange a refresh token for new tokens.

    A refresh token is single-use. For ten seconds, and while its successor is unused, the same token gets the same
    successor again, for an answer lost on the way; any other second use ends the session.
    """
    return TokensOut.model_validate(await AuthService(work).refresh(body.refresh_token))


@router.post("/sign-out", status_code=204, dependencies=[oneself])
async def sign_out(work: WorkDep) -> None:
    """End this session."""
    await AuthService(work).sign_out()


@router.post("/sign-out-everywhere", status_code=204, dependencies=[oneself])
async def sign_out_everywhere(work: WorkDep) -> None:
    """End all of the caller's sessions."""
    await AuthService(work).sign_out_everywhere()


@router.get("/sessions", dependencies=[oneself])
async def list_sessions(work: WorkDep) -> list[SessionOut]:
    """List the caller's signed-in devices."""
    current = work.actor.sign_in_id
    found = await AuthService(work).own_sessions()
    return [SessionOut.model_validate(s).model_copy(update={"current": s.id == current}) for s in found]


@router.delete("/sessions/{session_id}", status_code=204, dependencies=[oneself])
async def end_session(session_id: UUID, work: WorkDep) -> None:
    """End one of the caller's sessions."""
    await AuthService(work).revoke(session_id)


@router.post("/password", dependencies=[oneself, NoRecord])
async def change_password(body: PasswordIn, work: WorkDep) -> TokensOut:
    """Change the caller's password; every other session ends and new tokens are issued."""
    return TokensOut.model_validate(await AuthService(work).change_password(body.old_password, body.new_password))


@router.post("/totp", status_code=201, dependencies=[oneself, NoRecord])
async def enrol_totp(work: WorkDep) -> TotpOut:
    """Start enrolment of a second factor; show the returned URI as a QR code, then confirm."""
    secret, uri = await AuthService(work).enrol_totp()
    return TotpOut(secret=secret, otpauth_uri=uri)


@router.post("/totp/confirmation", dependencies=[oneself, NoRecord])
async def confirm_totp(body: OtpIn, work: WorkDep) -> TokensOut:
    """Activate the second factor with a first code; every other session ends and new tokens are issued."""
    return TokensOut.model_validate(await AuthService(work).confirm_totp(body.otp))


@router.get("/me", dependencies=[oneself])
async def me(work: WorkDep, language: LanguageDep) -> MeOut:
    """The caller's account and permissions."""
    principal = work.actor
    rights = principal.rights
    return MeOut(
        id=principal.id,
        name=principal.name,
        role=principal.role,
        role_label=rights.label_vi if language == "vi" else rights.label_en,
        unit_id=principal.unit_id,
        tier=principal.case_tier,
        pending=principal.pending,
        rights=sorted(f"{r}:{a}" for a, r in rights.acts if principal.may(a, r)),
    )


@oauth.post("/oauth/token", dependencies=[signing_in, NoRecord], responses={401: {}})
async def client_token(
    work: AnonymousWork,
    grant_type: Annotated[str | None, Form(max_length=40, examples=["client_credentials"])] = None,
    client_id: Annotated[str | None, Form(max_length=64)] = None,
    client_secret: Annotated[str | None, Form(max_length=200)] = None,
    scope: Annotated[
        str | None, Form(max_length=1000, description="Ignored: a token always has all of the client's scopes")
    ] = None,
    # A system's token names all of its scopes.
    authorization: Annotated[str | None, Header(max_length=4096, include_in_schema=False)] = None,
) -> ClientTokenOut:
    """Client credentials (RFC 6749 section 4.4) for scripts and systems, by HTTP Basic or in the form."""
    if not grant_type:
        raise _oauth(BAD_REQUEST(), "invalid_request")
    if grant_type != "client_credentials":
        raise _oauth(BAD_REQUEST(), "unsupported_grant_type")
    if authorization is not None:
        client_id, client_secret = _basic(authorization)
    try:
        known: UUID | None = UUID(client_id or "")
    except ValueError:
        known = None
    try:
        tokens, scopes = await AuthService(work).client_credentials(known, client_secret or "")
    except Problem as problem:
        raise _oauth(problem, "invalid_client") from None
    if not set((scope or "").split()) <= set(scopes):
        raise _oauth(BAD_REQUEST(), "invalid_scope")
    return ClientTokenOut(access_token=tokens.access_token, expires_in=tokens.expires_in, scope=" ".join(scopes))


@oauth.get("/.well-known/oauth-authorization-server", dependencies=[anyone])
async def get_server_metadata(rt: RuntimeDep, response: Response) -> dict[str, object]:
    """RFC 8414."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    issuer = rt.settings.origin
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def _basic(header: str) -> tuple[str, str]:
    kind, _, encoded = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        name = secret = ""
    if kind.lower() != "basic" or not name or "\0" in secret:
        raise _oauth(BAD_CREDENTIALS(), "invalid_client")
    return name, secret


def _oauth(problem: Problem, error: str) -> Problem:
    """The same problem with the `error` member that OAuth clients expect (RFC 6749 section 5.2)."""
    problem.extra["error"] = error
    if error == "invalid_client":
        problem.headers["WWW-Authenticate"] = 'Basic realm="athd"'
    return problem
