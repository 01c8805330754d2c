"""The API's routes: one line per resource."""

from app.api import (
    audit,
    auth,
    cases,
    clocks,
    disciplines,
    emergency_accesses,
    incidents,
    intakes,
    notices,
    operations,
    public,
    reference,
    referrals,
    retention,
    subject_requests,
    units,
    users,
)

PREFIX = "/api/v1"
RESOURCES = (
    public.router,
    auth.router,
    intakes.router,
    incidents.router,
    cases.router,
    disciplines.router,
    emergency_accesses.router,
    clocks.router,
    notices.router,
    audit.router,
    referrals.router,
    retention.router,
    subject_requests.router,
    reference.router,
    units.router,
    users.router,
    users.clients,
)
ROOT = (operations.router, auth.oauth)
