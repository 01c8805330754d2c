"""School years and their terms, as dated data."""

from datetime import date

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Platform, refers


class SchoolYear(Platform, Base, kw_only=True):
    """A school year such as `2026-2027`. It runs until the next one begins, so that no day lies outside."""

    __tablename__ = "school_year"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="days"),)

    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))


class SchoolTerm(Platform, Base, kw_only=True):
    """A term of a school year: `first` or `second`."""

    __tablename__ = "school_term"
    __table_args__ = (CheckConstraint("ends_on > starts_on", name="days"),)

    school_year: Mapped[str] = mapped_column(refers("school_year.code"), primary_key=True)
    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    is_confirmed: Mapped[bool]
    source: Mapped[str] = mapped_column(String(300))
