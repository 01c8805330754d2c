"""Figures in words: how a number, a share, a duration and the lack of each are printed."""

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeAlias

from app.core.vocabulary import Dimension
from app.schemas.reports.definitions import CODE_LISTS, IndicatorItem, Measure, codes_of_cell
from app.schemas.reports.snapshots import Snapshot, SnapshotFigure

# By code list: the label of each code, in the order of the list.
Labels: TypeAlias = Mapping[str, Mapping[str, str]]

WITHOUT_NUMBER: Final[Mapping[str, str]] = {
    "not_applicable": "không áp dụng",
    "missing": "chưa có số liệu",
    "hidden": "đã ẩn",
}
NONE: Final = "–"
YES_OR_NO: Final = "có/không"
PERCENT: Final = "%"
MINUTES: Final = 60
BROKEN_DOWN_BY: Final[Mapping[Dimension, str]] = {
    Dimension.SCHOOL_LEVEL: "cấp học",
    Dimension.GRADE: "khối lớp",
    Dimension.SEX: "giới tính",
    Dimension.AGE_BAND: "nhóm tuổi",
    Dimension.ROLE: "vai trò",
    Dimension.FORM: "hình thức",
    Dimension.LOCATION: "nơi xảy ra",
    Dimension.SEVERITY: "mức độ",
    Dimension.INJURY_OUTCOME: "mức thương tích",
    Dimension.OWNERSHIP: "loại hình",
    Dimension.MEASURE: "biện pháp",
    Dimension.CHANNEL: "kênh",
    Dimension.AUTHORITY: "cơ quan",
}


def value(item: IndicatorItem, figure: SnapshotFigure | None) -> str:
    """The figure as it is printed: "1.234", "84,6% (11/13)", "Có", or why there is no number; never 0 for none."""
    if figure is None:
        return WITHOUT_NUMBER["missing"]
    if figure.status in WITHOUT_NUMBER:
        return WITHOUT_NUMBER[figure.status]
    return number(item, figure.numerator, figure.denominator, WITHOUT_NUMBER["missing"])


def previous(item: IndicatorItem, figure: SnapshotFigure | None) -> str:
    if figure is None or figure.status == "not_applicable":
        return NONE
    return number(item, figure.previous_numerator, figure.previous_denominator, NONE)


def number(item: IndicatorItem, numerator: int | None, denominator: int | None, otherwise: str) -> str:
    if numerator is None:
        return otherwise
    if item.measure is Measure.DURATION:
        return decimal(Decimal(numerator) / MINUTES)
    if item.measure is Measure.YES_NO and denominator is None and numerator <= 1:
        return "Có" if numerator else "Không"
    return grouped(numerator) if denominator is None else _share(item, numerator, denominator)


def percent(item: IndicatorItem, numerator: int, denominator: int) -> Decimal | None:
    """The share, or for a change against the year before how much more or less, in percent; none of nothing."""
    if not denominator:
        return None
    is_change = item.formula is not None and item.formula.kind == "change"
    return Decimal(numerator - denominator if is_change else numerator) * 100 / denominator


def _share(item: IndicatorItem, numerator: int, denominator: int) -> str:
    parts = f"({grouped(numerator)}/{grouped(denominator)})"
    share = percent(item, numerator, denominator)
    if share is None:
        return f"{NONE} {parts}"
    sign = "+" if item.formula is not None and item.formula.kind == "change" and share > 0 else ""
    return f"{sign}{decimal(share)}% {parts}"


def grouped(whole: int) -> str:
    return f"{whole:,}".replace(",", ".")


def decimal(exact: Decimal) -> str:
    """With one decimal where it is not whole: "84,6"."""
    rounded = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    whole = grouped(abs(int(rounded)))
    tenths = abs(int(rounded * 10)) % 10
    return ("-" if rounded < 0 else "") + (f"{whole},{tenths}" if tenths else whole)


def labels_of(snapshot: Snapshot) -> Labels:
    """The words of its codes at the submission: a list that changes since changes no document."""
    found: dict[str, dict[str, str]] = {}
    for each in snapshot.labels:
        found.setdefault(each.list, {})[each.code] = each.label_vi
    return found


def is_asked(item: IndicatorItem, snapshot: Snapshot) -> bool:
    """Whether the unit is asked for it at all: what only units above have is no gap in a school's report."""
    return snapshot.coverage is not None or not item.only_above


def unit(item: IndicatorItem, figure: SnapshotFigure | None) -> str:
    """The unit of measure: a yes is no percentage, the units of which so many said yes are one."""
    if item.measure is not Measure.YES_NO:
        return item.unit_vi
    return YES_OR_NO if figure is None or figure.denominator is None else PERCENT


def cell_label(cell: str, labels: Labels) -> str:
    """A cell by the labels of its codes: "Nữ; Tiểu học"."""
    return "; ".join(code_label(Dimension(name), code, labels) for name, code in codes_of_cell(cell).items())


def code_label(dimension: Dimension, code: str, labels: Labels) -> str:
    return labels.get(CODE_LISTS[dimension], {}).get(code, code)


def in_order(cells: Iterable[str], labels: Labels) -> list[str]:
    """Cells in the order of the code lists; codes of no list come last."""

    def place(cell: str) -> list[tuple[int, str]]:
        return [_place(Dimension(name), code, labels) for name, code in codes_of_cell(cell).items()]

    return sorted(cells, key=place)


def _place(dimension: Dimension, code: str, labels: Labels) -> tuple[int, str]:
    order = list(labels.get(CODE_LISTS[dimension], {}))
    return (order.index(code) if code in order else len(order), code)


def notes(item: IndicatorItem, figure: SnapshotFigure | None) -> list[str]:
    """What is said beside a figure: its target, what the system counted, who counts otherwise, and remarks."""
    said = [item.note_vi, f"Mục tiêu: {item.target_percent}%" if item.target_percent is not None else None]
    if figure is not None and figure.status != "hidden":
        said += [_declared(item, figure), _adjusted(figure), _outside(figure), figure.comment]
    return [each for each in said if each]


def _declared(item: IndicatorItem, figure: SnapshotFigure) -> str | None:
    if figure.status != "declared" or figure.computed_numerator is None:
        return f"Lý do: {figure.reason}" if figure.reason else None
    counted = number(item, figure.computed_numerator, figure.computed_denominator, NONE)
    if counted == value(item, figure):
        return None
    return f"Đơn vị khai; hệ thống tính: {counted}. Lý do: {figure.reason or 'không nêu'}"


def _adjusted(figure: SnapshotFigure) -> str | None:
    return f"Đã điều chỉnh: {figure.adjustment:+d}" if figure.adjustment else None


def _outside(figure: SnapshotFigure) -> str | None:
    if figure.outside is None:
        return None
    day = f", ngày {figure.outside_on:%d/%m/%Y}" if figure.outside_on else ""
    return f"Số của nguồn khác: {grouped(figure.outside)} ({figure.outside_source or 'không nêu nguồn'}{day})"
