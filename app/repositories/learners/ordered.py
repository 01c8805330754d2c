"""Lists in the order of a text, such as names: the cursor is the id of the last row, whose text is looked up."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.security.access.listings import Asked, Listing, M


class OrderedListing(Listing[M]):
    """The rows of `model` by a text of theirs, and by id where it is equal. A row without it comes first."""

    def __init__(
        self,
        model: type[M],
        build: Callable[[Asked], Select[*tuple[Any, ...]]],
        text: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
    ) -> None:
        super().__init__(model, build)
        self._text = text

    def _select(self, asked: Asked) -> Select[Any]:
        model, own = self._model, func.coalesce(self._text, "")
        query = self._build(asked)
        if "before" in asked:
            last = aliased(model)
            text = func.coalesce(getattr(last, self._text.key), "")
            place = select(text).where(last.id == asked["before"]).scalar_subquery()
            query = query.where(or_(own > place, and_(own == place, model.id > asked["before"])))
        return query.order_by(own, model.id).limit(asked["limit"])
