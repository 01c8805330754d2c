"""The API's routes: one line per resource."""

from app.api import (
    attachments,
    audit,
    auth,
    cases,
    clocks,
    disciplines,
    emergency_accesses,
    incidents,
    intakes,
    merges,
    messages,
    notices,
    operations,
    public,
    reference,
    referrals,
    similarities,
    units,
    users,
)

PREFIX = "/api/v1"
RESOURCES = (
    public.router,
    auth.router,
    intakes.router,
    messages.router,
    messages.public,
    incidents.router,
    merges.router,
    similarities.router,
    cases.router,
    disciplines.router,
    emergency_accesses.router,
    clocks.router,
    notices.router,
    audit.router,
    referrals.router,
    attachments.router,
    attachments.uploads,
    reference.router,
    units.router,
    users.router,
    users.clients,
)
ROOT = (operations.router, auth.oauth)
