"""Accounts of people and of systems."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends

from app.api.http.bodies import MERGE_PATCH
from app.api.http.deps import (
    Idempotent,
    IfMatch,
    May,
    PagingDep,
    WorkDep,
    check_tag,
    entity_tag,
)
from app.api.http.entity_tags import Tags
from app.api.http.filters import AtUnit, Several, several
from app.api.http.record_headers import Created, RecordHeaders, Tagged
from app.api.http.routing import Route, ShownOnce
from app.api.http.tags import tag
from app.models.accounts import Client, User
from app.schemas.accounts.users import (
    ClientCreatedOut,
    ClientIn,
    ClientOut,
    FirstPasswordOut,
    UserCreatedOut,
    UserIn,
    UserOut,
    UserPatch,
)
from app.schemas.base import Asked, ListOut
from app.security.access.roles import Act, Resource
from app.services.accounts.users import ClientService, UserService
from app.services.platform.unit_of_work import UnitOfWork

router = APIRouter(prefix="/users", tags=[tag("users", "Accounts of people and systems")], route_class=Route)
clients = APIRouter(prefix="/clients", tags=["users"], route_class=Route)
reader = Depends(May(Act.READ, Resource.USER))
manager = Depends(May(Act.MANAGE, Resource.USER))
client_reader = Depends(May(Act.READ, Resource.CLIENT))
client_manager = Depends(May(Act.MANAGE, Resource.CLIENT))


async def _matched(work: UnitOfWork, user_id: UUID, tag: Tags) -> User:
    user = await UserService(work).get(user_id)
    check_tag(tag, entity_tag(user.version))
    return user


def _tagged(headers: RecordHeaders, account: User | Client) -> None:
    headers.tag(account.version)


@router.get("", dependencies=[reader])
async def list_users(
    paging: PagingDep,
    work: WorkDep,
    at: AtUnit,
    role: Several[Asked] = None,
) -> ListOut[UserOut]:
    """List accounts of the caller's unit and its subordinates."""
    found = await UserService(work).page(paging.page, at, role=several(role))
    return paging.listed(found, UserOut.model_validate)


@router.post("", status_code=201, dependencies=[manager, Idempotent, ShownOnce])
async def create_user(body: UserIn, headers: Created, work: WorkDep) -> UserCreatedOut:
    """Create an account; its first password is shown once."""
    user, password = await UserService(work).create(body)
    headers.locate(f"/users/{user.id}")
    _tagged(headers, user)
    return UserCreatedOut(**UserOut.model_validate(user).model_dump(), first_password=password)


@router.get("/{user_id}", dependencies=[reader])
async def get_user(user_id: UUID, headers: Tagged, work: WorkDep) -> UserOut:
    """One account."""
    user = await UserService(work).get(user_id)
    _tagged(headers, user)
    return UserOut.model_validate(user)


@router.patch("/{user_id}", dependencies=[manager])
async def change_user(
    user_id: UUID,
    body: Annotated[UserPatch, Body(media_type=MERGE_PATCH)],
    tag: IfMatch,
    headers: Tagged,
    work: WorkDep,
) -> UserOut:
    """Change an account by merge-patch; a change of role, unit or status ends its sessions."""
    user = await UserService(work).change(await _matched(work, user_id, tag), body)
    _tagged(headers, user)
    return UserOut.model_validate(user)


@router.post("/{user_id}/password-reset", dependencies=[manager, ShownOnce])
async def reset_password(user_id: UUID, tag: IfMatch, headers: Tagged, work: WorkDep) -> FirstPasswordOut:
    """Give an account a new first password, shown once; its sessions and its second factor end."""
    user = await _matched(work, user_id, tag)
    password = await UserService(work).reset_password(user)
    _tagged(headers, user)
    return FirstPasswordOut(first_password=password)


@clients.get("", dependencies=[client_reader])
async def list_clients(paging: PagingDep, work: WorkDep) -> ListOut[ClientOut]:
    """List integration clients of the caller's unit and its subordinates."""
    found = await ClientService(work).page(paging.page)
    return paging.listed(found, ClientOut.model_validate)


@clients.post("", status_code=201, dependencies=[client_manager, Idempotent, ShownOnce])
async def create_client(body: ClientIn, headers: Created, work: WorkDep) -> ClientCreatedOut:
    """Register an integration client; its secret is shown once."""
    client, secret = await ClientService(work).create(body)
    headers.locate(f"/clients/{client.id}")
    _tagged(headers, client)
    return ClientCreatedOut(**ClientOut.model_validate(client).model_dump(), secret=secret)


@clients.get("/{client_id}", dependencies=[client_reader])
async def get_client(client_id: UUID, headers: Tagged, work: WorkDep) -> ClientOut:
    """One integration client."""
    client = await ClientService(work).get(client_id)
    _tagged(headers, client)
    return ClientOut.model_validate(client)


@clients.delete("/{client_id}", status_code=204, dependencies=[client_manager])
async def suspend_client(client_id: UUID, tag: IfMatch, work: WorkDep) -> None:
    """Suspend an integration client permanently."""
    service = ClientService(work)
    client = await service.get(client_id)
    check_tag(tag, entity_tag(client.version))
    await service.suspend(client)
