"""The states of a report period."""

from typing import Annotated

from app.core.states import StateMachine, Step, state_of

PERIOD_FLOW = StateMachine(
    "report_period",
    "planned",
    {
        "planned": ("Dự kiến", "Planned"),
        "open": ("Đang nhận báo cáo", "Open"),
        "closed": ("Đã đóng", "Closed"),
    },
    (
        Step("open", ("planned", "open"), "open", "Mở kỳ báo cáo, giao báo cáo cho đơn vị", "Open it, add units"),
        Step("close", ("open",), "closed", "Đóng kỳ báo cáo", "Close it"),
    ),
)
PeriodState = Annotated[str, state_of(PERIOD_FLOW)]
