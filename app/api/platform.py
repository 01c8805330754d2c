"""Operations and discovery: health, version, metrics, problem types, keys."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.api.http.deps import Anonymous, Probe, RuntimeDep
from app.api.http.open_json import OPEN, OpenAnswerDep
from app.api.http.routing import PREFIX, Route, content
from app.api.http.tags import tag
from app.core.problems import CATALOGUE, NOT_FOUND, UNAVAILABLE, ProblemType
from app.schemas.intakes.intakes import ReceiptKeysOut
from app.schemas.problems import ProblemTypeOut
from app.services.intakes.public import receipt_keys
from app.services.setup.start import is_ready

router = APIRouter(tags=[tag("operations", "Health, version, problem types, keys")], route_class=Route)
anyone = Depends(Anonymous())
probe = Depends(Probe())
RETRY = {"Retry-After": "5"}
LINKSET = "application/linkset+json"


@router.get("/healthz", dependencies=[probe])
async def health() -> dict[str, str]:
    """Whether the process responds."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[probe])
async def ready(rt: RuntimeDep) -> dict[str, str]:
    """Whether the database responds with the schema that this release requires."""
    if not await is_ready(rt):
        raise UNAVAILABLE(headers=RETRY)
    return {"status": "ready"}


@router.get("/version", dependencies=[anyone])
async def version(request: Request, rt: RuntimeDep) -> dict[str, str]:
    """The running version."""
    return {"api": request.app.version, "commit": rt.settings.build_commit, "schema": rt.schema_head}


@router.get("/metrics", include_in_schema=False, dependencies=[probe])
async def metrics(rt: RuntimeDep, authorization: Annotated[str, Header()] = "") -> Response:
    """Prometheus metrics, protected by the metrics token; disabled without one."""
    token = rt.settings.metrics_token
    if token is None or not hmac.compare_digest(authorization.encode(), f"Bearer {token.get_secret_value()}".encode()):
        raise NOT_FOUND()
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _described(kind: ProblemType, origin: str) -> ProblemTypeOut:
    return ProblemTypeOut(
        type=f"{origin}/problems/{kind.code}",
        code=kind.code,
        status=kind.status,
        title_vi=kind.title.vi,
        title_en=kind.title.en,
    )


@router.get("/problems", dependencies=[anyone], response_model=list[ProblemTypeOut], **OPEN)
async def list_problem_types(rt: RuntimeDep, answer: OpenAnswerDep) -> Response:
    """List every error code of the API."""
    kinds = sorted(CATALOGUE.values(), key=lambda kind: (kind.status, kind.code))
    return answer.of([_described(kind, rt.settings.origin) for kind in kinds])


@router.get("/problems/{code}", dependencies=[anyone])
async def get_problem_type(code: str, rt: RuntimeDep, response: Response) -> ProblemTypeOut:
    """One problem type, at the URI in a problem's `type`."""
    if code not in CATALOGUE:
        raise NOT_FOUND()
    response.headers["Cache-Control"] = "public, max-age=3600"
    return _described(CATALOGUE[code], rt.settings.origin)


@router.get("/.well-known/jwks.json", dependencies=[anyone])
async def get_jwks(rt: RuntimeDep, response: Response) -> dict[str, object]:
    """The public keys of access tokens, the next one included (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return rt.ring.jwks()


@router.get("/.well-known/receipt-keys.json", dependencies=[anyone])
async def get_receipt_keys(rt: RuntimeDep, response: Response) -> ReceiptKeysOut:
    """The public keys of signed receipts, including former years: a receipt outlives its signing key."""
    response.headers["Cache-Control"] = "public, max-age=3600"
    return ReceiptKeysOut.model_validate({"keys": receipt_keys(rt)})


@router.get(
    "/.well-known/api-catalog", dependencies=[anyone], response_class=Response, responses=content(LINKSET, "object")
)
async def get_api_catalog(rt: RuntimeDep) -> Response:
    """RFC 9727."""
    origin = rt.settings.origin
    api = {
        "anchor": f"{origin}{PREFIX}",
        "service-desc": [{"href": f"{origin}/openapi.json", "type": "application/json"}],
        "service-doc": [{"href": f"{origin}/docs", "type": "text/html"}],
    }
    return JSONResponse({"linkset": [api]}, media_type=LINKSET, headers={"Cache-Control": "public, max-age=3600"})
