"""How intakes refuse to be forwarded or set aside."""

from app.core.problems import define

HELD_BEFORE = define(
    "held_before",
    409,
    "Tin này đã từng ở đơn vị đó: hãy trả lại kèm lý do, hoặc để cấp trên của cả hai đơn vị quyết định",
    "This unit held the intake before: hand it back with a reason, or let the level above both decide",
)
FORWARDING_FINAL = define(
    "forwarding_final",
    409,
    "Cấp trên của cả hai đơn vị đã quyết định, không thể trả lại nữa",
    "The level above both units has decided: it cannot be handed back again",
)
NO_LEVEL_ABOVE = define(
    "no_level_above",
    409,
    "Không có cấp trên chung nào có thể nhận lại tin này",
    "No level above both units can receive this intake",
)
SEVERAL_INTAKES = define(
    "several_intakes",
    409,
    "Vụ việc còn có tin khác hoặc đã được gộp nên không thể chuyển đi cùng tin này",
    "The incident has other intakes, or is part of a merge: it cannot move with this one",
)
SET_ASIDE = define(
    "set_aside",
    409,
    "Tin này đang được gác lại: hãy đưa trở lại xem xét trước",
    "This intake is set aside: undo that first",
)
