"""The API's routes: one line per resource."""

from app.api import attachments, auth, incidents, intakes, operations, public, reference, referrals, units, users

PREFIX = "/api/v1"
RESOURCES = (
    public.router,
    auth.router,
    intakes.router,
    incidents.router,
    referrals.router,
    attachments.router,
    attachments.uploads,
    reference.router,
    units.router,
    users.router,
    users.clients,
)
ROOT = (operations.router, auth.oauth)
