"""What a person or a log sees of an upload: a bar on a terminal, else plain lines. No cell is ever shown."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

Say = Callable[[str], None]
SENDING: Final = "Gửi tệp (sending)"
STATES: Final = {
    "received": "Đã nhận tệp (received)",
    "checking": "Kiểm tra từng dòng (checking)",
    "applying": "Đang ghi (applying)",
    "held": "Chờ người quyết định (held)",
    "checked": "Đã kiểm tra, chưa ghi (checked, nothing written)",
    "applied": "Đã ghi (applied)",
    "refused": "Cả tệp bị từ chối, không ghi gì (the file is refused, nothing written)",
    "cancelled": "Đã hủy (cancelled)",
}
FATES: Final = {
    "created": "tạo mới (created)",
    "updated": "cập nhật (updated)",
    "same": "không đổi (same)",
    "kept": "giữ nguyên vì đã sửa tay (kept)",
    "skipped": "bỏ qua (skipped)",
    "refused": "bị từ chối (refused)",
    "blank": "dòng trống (blank)",
}
# Of lines for a log: one for each such share of a stage.
STEP: Final = 0.25


class Screen(Protocol):
    def sent(self, done: int, size: int) -> None: ...

    def received(self, upload: dict[str, Any], *, is_joined: bool) -> None: ...

    def at(self, upload: dict[str, Any]) -> None: ...

    def close(self) -> None: ...


class Lines:
    """A line where a stage begins and at each quarter of it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last: tuple[str, int] | None = None

    def sent(self, done: int, size: int) -> None:
        self._step(SENDING, done / size if size else 1.0)

    def received(self, upload: dict[str, Any], *, is_joined: bool) -> None:
        self._say(received_line(upload, is_joined=is_joined))

    def at(self, upload: dict[str, Any]) -> None:
        self._step(state_of(upload), upload["progress"])

    def close(self) -> None:
        """Nothing stays open."""

    def _step(self, stage: str, share: float) -> None:
        reached = (stage, int(share / STEP))
        if reached != self._last:
            self._last = reached
            self._say(f"{stage}: {share:.0%}")


class Bar:
    """One bar, anew for each stage."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(SENDING, total=1.0)
        self._progress.start()

    def sent(self, done: int, size: int) -> None:
        self._progress.update(self._task, completed=done / size if size else 1.0)

    def received(self, upload: dict[str, Any], *, is_joined: bool) -> None:
        self._progress.console.print(received_line(upload, is_joined=is_joined), markup=False)

    def at(self, upload: dict[str, Any]) -> None:
        self._progress.update(self._task, description=state_of(upload), completed=upload["progress"])

    def close(self) -> None:
        self._progress.stop()


def state_of(upload: dict[str, Any]) -> str:
    return STATES.get(upload["state"], str(upload["state"]))


def received_line(upload: dict[str, Any], *, is_joined: bool) -> str:
    said = "Tệp này đang được xử lý (already under way)" if is_joined else STATES["received"]
    return f"{said}: {upload['code']} {upload['id']}"


def summary(upload: dict[str, Any]) -> list[str]:
    """What became of the upload and its rows."""
    rows = upload["rows"]
    counted = [f"  {rows[fate]:>9,} {name}" for fate, name in FATES.items() if rows[fate]]
    lines = [state_of(upload), f"  {rows['read']:>9,} dòng đã đọc (rows read)", *counted]
    if (fault := upload["fault"]) is not None:
        place = f", dòng {fault['row']} (row)" if fault["row"] is not None else ""
        columns = f": {', '.join(_placed(name, fault) for name in fault['columns'])}" if fault["columns"] else ""
        lines.append(f"{fault['text_vi']} ({fault['text_en']}){place}{columns}")
    if upload["state"] == "held":
        reasons = ", ".join(upload["held_because"])
        lines.append(f"Chờ người có quyền quyết định (a person has to release it): {reasons}")
    return lines


def _placed(name: str, fault: dict[str, Any]) -> str:
    """A column, with where it may stand in the file: for `--mapping`."""
    places = fault["choices"].get(name)
    return f"{name} ({' | '.join(places)})" if places else name


def fault_lines(faults: Sequence[dict[str, Any]]) -> list[str]:
    """Faults of rows by their place and code."""
    return [
        f"  dòng {each['row']}{', ' + each['column'] if each['column'] else ''}: {each['text_vi']} ({each['text_en']})"
        for each in faults
    ]
