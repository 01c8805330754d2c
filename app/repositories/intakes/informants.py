"""Searches for who reported."""

from app.models.intakes.informants import InformantSearch
from app.repositories.base import Repository


class InformantSearchRepository(Repository[InformantSearch]):
    model = InformantSearch
