"""What is asked of activation slips."""

from uuid import UUID

from pydantic import Field

from app.schemas.base import In, example


class ActivationSlipsIn(In):
    model_config = example(user_ids=None)

    user_ids: list[UUID] | None = Field(
        None, max_length=2_000, description="The accounts of the upload to draw a slip for; null: all that wait"
    )
