"""What goes over the wire. `In` refuses what it does not know; `Out` shows a reader no more than a tier allows."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, cast
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from app.core import time
from app.core.ids import read_case_code
from app.core.school_year_form import OF_THE_CENTURY, of_the_century
from app.core.scoping import Tier
from app.core.text import dialled, is_blank, one_line, trimmed
from app.core.time import local_date

T = TypeVar("T")
CLOCK_SKEW = timedelta(minutes=5)
DIGIT = re.compile("[0-9]")
# Of short numbers, such as 111.
FEWEST_DIGITS = 3
EARLIEST = date(1900, 1, 1)
UNENCODED_OFFSET = re.compile(r" (\d\d:?\d\d)$")
# For examples alone.
UNIT_ID, INCIDENT_ID, PERSON_ID = (f"01994c2a-7b1e-7c00-8000-00000000000{n}" for n in (1, 2, 3))


def cleaned(clean: Callable[[str], str]) -> BeforeValidator:
    """Cleans a text before it is judged; what is no text is left to the type."""
    return BeforeValidator(lambda value: clean(value) if isinstance(value, str) else value)


def _has_digits(value: str) -> str:
    if len(DIGIT.findall(value)) < FEWEST_DIGITS:
        raise PydanticCustomError(
            "not_a_phone_number",
            "not_a_phone_number",
            {"vi": "Không phải số điện thoại", "en": "It is no telephone number"},
        )
    return value


def blank_is_absent(value: object) -> object:
    """For what programs write by themselves: an empty member is one that they left out."""
    return None if isinstance(value, str) and is_blank(value) else value


def _seen(value: str) -> str:
    if is_blank(value):
        raise PydanticKnownError("string_too_short", {"min_length": 1})
    return value


def _in_utc(value: datetime) -> datetime:
    """In UTC; a moment of the calendar's first or last hours may have no such day there, or none in Việt Nam."""
    try:
        local_date(value)
        return value.astimezone(UTC)
    except OverflowError:
        raise _out_of_range() from None


def _not_too_early(value: datetime) -> datetime:
    if local_date(value) < EARLIEST:
        raise _out_of_range()
    return value


def _past(value: datetime) -> datetime:
    """A clock that is a little ahead says now: what has happened is never of tomorrow."""
    now = time.utc_now()
    if value > now + CLOCK_SKEW:
        raise PydanticCustomError(
            "in_the_future", "in_the_future", {"vi": "Thời điểm ở tương lai", "en": "The time lies in the future"}
        )
    return min(value, now)


def _out_of_range() -> PydanticCustomError:
    return PydanticCustomError(
        "time_out_of_range",
        "time_out_of_range",
        {"vi": "Thời điểm nằm ngoài khoảng hợp lý", "en": "The time is out of range"},
    )


def _in_calendar(value: date) -> date:
    """Drivers read the calendar's first day as minus infinity, and nothing here is older than a person."""
    if value < EARLIEST:
        raise PydanticCustomError(
            "date_out_of_range",
            "date_out_of_range",
            {"vi": "Ngày nằm ngoài khoảng hợp lý", "en": "The date is out of range"},
        )
    return value


def _happened(value: date) -> date:
    if value > time.today():
        raise PydanticCustomError(
            "in_the_future", "in_the_future", {"vi": "Ngày ở tương lai", "en": "The day lies in the future"}
        )
    return value


def _rfc3339(value: object) -> object:
    if isinstance(value, str) and "T" in value.upper():
        # In a query an unencoded plus is read as a space.
        return UNENCODED_OFFSET.sub(r"+\1", value)
    if isinstance(value, datetime):
        return value
    raise PydanticCustomError("datetime_type", "datetime_type", {})


def _case_code(value: str) -> str:
    if (code := read_case_code(value)) is None:
        raise PydanticCustomError(
            "mistyped_code",
            "mistyped_code",
            {"vi": "Mã gõ sai: hãy kiểm tra lại từng ký tự", "en": "The code is mistyped: check each character"},
        )
    return code


# In bodies, as JSON has them: `true` is no 1.
Integer = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
# Words as they were said: their lines stay.
Text = Annotated[str, cleaned(trimmed), StringConstraints(min_length=1)]
Line = Annotated[Text, StringConstraints(max_length=500)]
Narrative = Annotated[Text, StringConstraints(max_length=20_000)]
# A title, a name, a number, or what is looked for.
OneLine = Annotated[str, cleaned(one_line), StringConstraints(min_length=1)]
NAME_LENGTH = 200
Name = Annotated[OneLine, StringConstraints(max_length=NAME_LENGTH)]
# What somebody types into a search box, which may be empty: blank is empty.
Sought = Annotated[str, cleaned(one_line), StringConstraints(max_length=120)]
# What a list is filtered by.
Asked = Annotated[OneLine, StringConstraints(max_length=120)]
# As somebody gave it, with notes; it may hold two.
Phone = Annotated[str, cleaned(dialled), StringConstraints(max_length=100), AfterValidator(_has_digits)]
# What is compared as it was sent: a password, a token, a tag.
Verbatim = Annotated[str, StringConstraints(min_length=1), AfterValidator(_seen)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
CaseCode = Annotated[OneLine, StringConstraints(max_length=60), AfterValidator(_case_code)]
Instant = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_in_utc)]
PastInstant = Annotated[Instant, AfterValidator(_not_too_early), AfterValidator(_past)]
# Of a report: the clock of its device may be ahead, which the service bounds and marks.
ReportedInstant = Annotated[Instant, AfterValidator(_not_too_early)]
Day = Annotated[date, AfterValidator(_in_calendar)]
PastDate = Annotated[Day, AfterValidator(_happened)]
Address = Annotated[
    OneLine,
    StringConstraints(max_length=254, pattern=r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$"),
]
# Such as 2026-2027.
SchoolYearCode = Annotated[
    str, AfterValidator(of_the_century), Field(json_schema_extra={"pattern": OF_THE_CENTURY.pattern})
]
DecisionNumber = Annotated[OneLine, StringConstraints(max_length=100)]


def example(**members: JsonValue) -> ConfigDict:
    """The `model_config` of a body that shows callers an invented example."""
    return ConfigDict(json_schema_extra={"examples": [members]})


class In(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Patch(In):
    """A merge-patch (RFC 7396): what is left out stays, null clears, where it may be cleared."""

    kept: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _keep(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name in cls.kept:
            raise PydanticCustomError(
                "not_clearable", "not_clearable", {"vi": "Không được để trống", "en": "It cannot be cleared"}
            )
        return value


class Out(BaseModel):
    """Every member is in every response, null if there is no value."""

    model_config = ConfigDict(from_attributes=True, frozen=True, json_schema_serialization_defaults_required=True)

    @classmethod
    def of(cls, row: object, **more: object) -> Self:
        """The row with what is known beside it."""
        return cls.model_validate(_values(cls, row) | more)


@cache
def _names(out: type[Out], model: type[Any]) -> frozenset[str]:
    asked = {str(info.validation_alias or name) for name, info in out.model_fields.items()}
    return frozenset(name for name in asked if hasattr(model, name))


def _values(out: type[Out], row: object) -> dict[str, Any]:
    """What a row holds. Pydantic would ask for each by the ORM's own attributes, at six times the price."""
    loaded, model = row.__dict__, cast("Any", type(row))
    missing = _names(out, model).difference(loaded)
    return loaded | {name: getattr(row, name) for name in missing} if missing else loaded


@cache
def _several(out: type["TieredOut"]) -> TypeAdapter[list[Any]]:
    return TypeAdapter(list[out])  # type: ignore[valid-type]


@cache
def _withheld(out: type["TieredOut"], tier: Tier) -> tuple[str, ...]:
    return tuple(name for name, least in out.tiers.items() if least > tier)


class TieredOut(Out):
    """Fields annotated with a Tier are withheld from readers below it, and named in `masked`."""

    masked: list[str] = Field(default_factory=list, description="Fields withheld at the reader's tier")

    tiers: ClassVar[dict[str, Tier]] = {}

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:  # noqa: ANN401 — pydantic's signature
        cls.tiers = {
            name: marker
            for name, info in cls.model_fields.items()
            for marker in info.metadata
            if isinstance(marker, Tier)
        }

    @classmethod
    def shown(cls, row: object, tier: Tier, **more: object) -> Self:
        """The row as a reader of `tier` may see it."""
        return cls.model_validate(_values(cls, row) if hasattr(row, "__table__") else row).seen_at(tier, **more)

    @classmethod
    def all_shown(cls, rows: Sequence[Mapping[str, Any]], tiers: Sequence[Tier]) -> list[Self]:
        """Several rows as `shown`, validated at once: for a page it takes half the time."""
        whole: list[Self] = _several(cast("Any", cls)).validate_python(rows)
        return [each.seen_at(tier) for each, tier in zip(whole, tiers, strict=True)]

    def seen_at(self, tier: Tier, **more: object) -> Self:
        """What a reader of `tier` may see of it, with what is known beside it."""
        if hidden := _withheld(cast("Any", type(self)), tier):
            more |= {**dict.fromkeys(hidden), "masked": list(hidden)}
        return self.model_copy(update=more) if more else self


class ListOut(Out, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(None, description="Pass as `cursor` for the next page; null on the last")


class NextActionOut(Out):
    """One act that the caller may do now, and the operation that does it."""

    action: str = Field(description="Its word in the body where the operation does several, as a step of a flow")
    label_vi: str
    label_en: str
    operation_id: str
    method: str
    path: str


NextActions = Annotated[
    list[NextActionOut],
    Field(
        default_factory=list,
        description="What this caller may do now, by role, reach, level, state and what is still missing",
    ),
]


class MinimumPeriodOut(Out):
    until: date = Field(description="The first day after it")
    is_confirmed: bool = Field(description="false: it refuses nothing, and is shown to the decider")
    source: str


class LocalRuleIn(In):
    """A unit's own rule, by a decision."""

    decision_number: DecisionNumber
    valid_from: Day


class LocalRuleEndIn(In):
    model_config = example(valid_to="2027-01-01")

    valid_to: Day = Field(description="The first day on which it no longer holds")


class LocalRuleOut(Out):
    id: UUID
    unit_id: UUID
    unit_name_vi: str | None = None
    unit_name_en: str | None = None
    decision_number: str
    valid_from: date
    valid_to: date | None
