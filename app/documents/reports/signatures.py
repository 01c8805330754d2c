"""Who signs a report and who receives it, as the two lowest parts of the form print them (Decree 30/2020/NĐ-CP)."""

from typing import Final

from app.documents.reports.issues import IssueMarks
from app.schemas.reports.snapshots import Snapshot

DEPUTY: Final = "Phó "
FOR_THE_HEAD: Final = "KT."
FOR_ALL: Final = "TM."
MODES: Final = {"kt": FOR_THE_HEAD, "tm": FOR_ALL, "tl": "TL.", "tuq": "TUQ."}


def signature(snapshot: Snapshot) -> tuple[str, ...]:
    """The lines over the name: "KT. HIỆU TRƯỞNG" over "PHÓ HIỆU TRƯỞNG"; a title of two lines is printed as it is."""
    titles = tuple(" ".join(line.split()) for line in (snapshot.signer_title or "").splitlines() if line.strip())
    mode = MODES.get(snapshot.signing_mode or "")
    if mode is None:
        return titles
    if len(titles) == 1:
        titles = _over(mode, titles[0], snapshot.unit.name_vi)
    return (f"{mode} {titles[0]}" if titles else mode, *titles[1:])


def _over(mode: str, title: str, unit: str) -> tuple[str, ...]:
    """A deputy signs for the head, the head for the whole body: the one named first is printed above."""
    if mode == FOR_ALL:
        return (unit, title)
    if mode == FOR_THE_HEAD and title.startswith(DEPUTY):
        head = title.removeprefix(DEPUTY)
        return (head[:1].upper() + head[1:], title)
    return (title,)


def recipients(snapshot: Snapshot, marks: IssueMarks) -> tuple[str, ...]:
    """The lines of "Nơi nhận", the archive last."""
    named = [" ".join(each.split()).rstrip(";.") for each in marks.recipients]
    if not named and snapshot.recipient:
        named = [snapshot.recipient.name_vi]
    if not any(each.startswith("Lưu") for each in named):
        named.append("Lưu: VT")
    return tuple(f"- {each}{'.' if place == len(named) else ';'}" for place, each in enumerate(named, 1))
