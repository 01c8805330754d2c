"""Small invented definitions of templates."""

from typing import Any

from app.schemas.reports.definitions import Definition


def indicator(code: str, **members: Any) -> dict[str, Any]:
    texts = {"label_vi": f"Chỉ tiêu {code}", "label_en": f"Indicator {code}", "unit_vi": "vụ", "unit_en": "incidents"}
    return {"kind": "indicator", "code": code, **texts, "measure": "count", "roll_up": "sum", **members}


def ratio(code: str, **members: Any) -> dict[str, Any]:
    return indicator(code, **{"measure": "ratio", "roll_up": "ratio", **members})


def narrative(code: str = "ND") -> dict[str, Any]:
    return {"kind": "narrative", "code": code, "label_vi": "Nội dung", "label_en": "Text"}


def rule(code: str, left: object, comparison: str, right: object, **members: Any) -> dict[str, Any]:
    """A side is the list of its items, a constant, or written out."""
    texts = {"text_vi": "Hãy kiểm tra lại", "text_en": "Please check"}
    sides = {"left": side(left), "comparison": comparison, "right": side(right)}
    return {"code": code, "strength": "error", **sides, **texts, **members}


def side(value: object) -> object:
    if isinstance(value, list):
        return {"items": value}
    return {"constant": value} if isinstance(value, int) else value


def document(*items: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    section = {"code": "results", "label_vi": "Kết quả", "label_en": "Results", "items": list(items)}
    return {"title_vi": "Báo cáo thử", "title_en": "A trial report", "sections": [section], "rules": list(rules)}


def definition(*items: dict[str, Any], rules: tuple[dict[str, Any], ...] = ()) -> Definition:
    return Definition.model_validate(document(*items, rules=rules))
