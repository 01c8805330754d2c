"""How proposals refuse a request."""

from app.core.problems import define

TOO_EARLY = define(
    "decision_too_early",
    409,
    "Người thứ hai của cùng đơn vị chỉ được quyết định xóa sau ít nhất một ngày kể từ khi có đề nghị",
    "A second person of the same unit decides on an erasure no earlier than a day after it was proposed",
)
