"""The rights of the registry's routes."""

from fastapi import Depends

from app.api.http.deps import May
from app.security.access.roles import Act, Resource

reader = Depends(May(Act.READ, Resource.LEARNER))
creator = Depends(May(Act.CREATE, Resource.LEARNER))
editor = Depends(May(Act.UPDATE, Resource.LEARNER))
