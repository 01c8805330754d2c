"""What is known of a report's issue beside its snapshot."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class IssueMarks:
    """Number, symbol, day and place from the clerk's register, and who receives it. An unknown one is a dotted line."""

    number: int | None = None
    symbol: str | None = None
    issued_on: date | None = None
    place: str | None = None
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """Which form of a version is printed: the digest of what it shows, and whether it is the form for the public."""

    digest: str
    marks: IssueMarks
    is_public: bool = False
