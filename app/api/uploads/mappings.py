"""Heads of files that people of a unit mapped to columns by hand."""

from uuid import UUID

from fastapi import APIRouter, Depends

from app.api.http.deps import May, PagingDep, WorkDep
from app.api.http.routing import Route
from app.integrations.tables.columns import letters_of
from app.models.uploads.mappings import UploadMapping
from app.schemas.base import Code, ListOut
from app.schemas.uploads.uploads import UploadMappingOut
from app.security.access.roles import Act, Resource
from app.services.uploads.mappings import MappingService

router = APIRouter(prefix="/upload-mappings", tags=["uploads"], route_class=Route)
reader = Depends(May(Act.READ, Resource.UPLOAD))
uploader = Depends(May(Act.CREATE, Resource.UPLOAD))


def _out(mapping: UploadMapping) -> UploadMappingOut:
    return UploadMappingOut.of(mapping, place=letters_of(mapping.at))


@router.get("", dependencies=[reader])
async def list_upload_mappings(
    paging: PagingDep, work: WorkDep, dataset: Code | None = None
) -> ListOut[UploadMappingOut]:
    """The heads that a person of the caller's unit mapped to a column, and that are recognised in later files."""
    return paging.listed(await MappingService(work).page(paging.page, dataset), _out)


@router.delete("/{mapping_id}", status_code=204, dependencies=[uploader])
async def drop_upload_mapping(mapping_id: UUID, work: WorkDep) -> None:
    """Forget a mapping: the head is read by its text again."""
    await MappingService(work).drop(mapping_id)
