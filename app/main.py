"""create_app(): wiring only."""

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import structlog
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from app import __version__
from app.api.http.answer_headers import COMPONENTS
from app.api.http.declared import check_declared
from app.api.http.docs_pages import add_docs
from app.api.http.limits import RequestLimits
from app.api.http.middleware import RequestContext
from app.api.http.next_actions import Operations
from app.api.http.openapi import describe
from app.api.http.problem_responses import add_problem_handlers
from app.api.resources import ROUTES
from app.core.logging import set_up_logging
from app.core.settings import Settings
from app.jobs.worker import working
from app.services.accounts.authenticator import Authenticator
from app.services.setup.refusals import REFUSED_TO_START, refusal
from app.services.setup.start import check_database, open_runtime

log = structlog.get_logger()
ASKED = [
    *("Accept-Language", "Attachment-Title", "Authorization", "Content-Type", "If-Match", "If-None-Match", "If-Range"),
    *("Idempotency-Key", "Prefer", "Range", "X-Request-ID"),
]


def create_served_app() -> FastAPI:
    """The application of one process of `athd serve`, which has a log of its own."""
    # What the start creates is permanent: nothing is collected until the application freezes it.
    gc.disable()
    settings = Settings()
    set_up_logging(settings.log_level)
    try:
        return create_app(settings)
    except Exception as error:  # noqa: BLE001 — a supervisor would start it again for ever
        log.error("start_refused", reason=refusal(error))  # noqa: TRY400 — a traceback may quote data
        sys.exit(REFUSED_TO_START)


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    runtime = open_runtime(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await check_database(runtime)
        except Exception as error:
            log.error("start_refused", reason=refusal(error))  # noqa: TRY400 — a traceback may quote data
            raise
        # Start-up objects are permanent: freeze them out of the collector.
        gc.collect()
        gc.freeze()
        # A page creates thousands of objects, and reference counting frees nearly all of them.
        gc.set_threshold(20_000, 10, 10)
        gc.enable()
        async with working(runtime) if settings.worker else nullcontext():
            yield
        await runtime.close()

    app = FastAPI(
        title="An Toàn Học Đường",
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    app.state.authenticator = Authenticator(runtime)
    app.state.limits = RequestLimits.of(settings)
    app.router.routes.extend(ROUTES)
    add_docs(app)
    add_problem_handlers(app)
    runtime.cache(Operations).remember(check_declared(app))
    describe(app)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=ASKED,
            expose_headers=list(COMPONENTS),
        )
    app.add_middleware(RequestContext, settings=settings)
    return app
