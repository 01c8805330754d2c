"""The API's routes: one line per resource."""

from fastapi import APIRouter

from app.api import auth, incidents, intakes, operations, public, reference, referrals, units, users

api = APIRouter(prefix="/api/v1")
for resource in (
    public.router,
    auth.router,
    intakes.router,
    incidents.router,
    referrals.router,
    reference.router,
    units.router,
    users.router,
    users.clients,
):
    api.include_router(resource)

root = APIRouter()
root.include_router(operations.router)
root.include_router(auth.oauth)
