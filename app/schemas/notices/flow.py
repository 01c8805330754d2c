"""The states of a webhook."""

from app.core.states import StateMachine, Step

WEBHOOK_FLOW = StateMachine(
    "webhook",
    "active",
    {
        "active": ("Đang gửi", "Active"),
        "paused": ("Tạm dừng", "Paused"),
        "disabled": ("Ngừng gửi: địa chỉ nhận không còn", "Disabled: the receiver is gone"),
    },
    (
        Step("ping", ("active",), "active", "Gửi thử", "Send a test message"),
        Step("pause", ("active", "disabled"), "paused", "Tạm dừng", "Pause"),
        Step("resume", ("paused", "disabled"), "active", "Gửi tiếp", "Resume"),
    ),
)
