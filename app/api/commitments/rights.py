"""The rights of the routes of commitments."""

from fastapi import Depends

from app.api.http.deps import May
from app.security.access.roles import Act, Resource

reader = Depends(May(Act.READ, Resource.COMMITMENT))
campaigner = Depends(May(Act.CREATE, Resource.COMMITMENT))
recorder = Depends(May(Act.UPDATE, Resource.COMMITMENT))
agreement_reader = Depends(May(Act.READ, Resource.COMMITMENT_AGREEMENT))
agreement_recorder = Depends(May(Act.UPDATE, Resource.COMMITMENT_AGREEMENT))
counter = Depends(May(Act.READ, Resource.COMMITMENT_COUNT))
template_reader = Depends(May(Act.READ, Resource.COMMITMENT_TEMPLATE))
template_manager = Depends(May(Act.MANAGE, Resource.COMMITMENT_TEMPLATE))
slip_reader = Depends(May(Act.READ, Resource.COMMITMENT_SLIP))
slip_printer = Depends(May(Act.CREATE, Resource.COMMITMENT_SLIP))
