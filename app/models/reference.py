"""Reference data with validity dates: code lists, hotlines and competences."""

from datetime import date

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Codes, Identified, Platform


class CodeListEntry(Platform, Base, kw_only=True):
    """One code of one list, valid from `valid_from` up to, not including, `valid_to`."""

    __tablename__ = "code_list_entry"

    list: Mapped[str] = mapped_column(String(40), primary_key=True)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(200))


class Hotline(Identified, Platform, Base, kw_only=True):
    """A telephone line. Its operator may be unknown (18008077) and may change over time."""

    __tablename__ = "hotline"
    __table_args__ = (UniqueConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(20))
    name_vi: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str] = mapped_column(String(300))
    operator_vi: Mapped[str | None] = mapped_column(String(300), default=None)
    purposes: Mapped[Codes] = mapped_column(default_factory=list)
    channels: Mapped[Codes] = mapped_column(default_factory=list)
    free: Mapped[bool | None] = mapped_column(default=None)
    round_the_clock: Mapped[bool | None] = mapped_column(default=None)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(String(200))


class Competence(Platform, Base, kw_only=True):
    """Which authority decides or acts by law, outside the schools, and within which time if the law names one."""

    __tablename__ = "competence"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None] = mapped_column(default=None)
    position: Mapped[int]
    label_vi: Mapped[str] = mapped_column(String(300))
    label_en: Mapped[str] = mapped_column(String(300))
    authority: Mapped[str] = mapped_column(String(40))
    authority_vi: Mapped[str] = mapped_column(String(200))
    authority_en: Mapped[str] = mapped_column(String(200))
    amount: Mapped[int | None] = mapped_column(default=None)
    time_unit: Mapped[str | None] = mapped_column(String(16), default=None)
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))
