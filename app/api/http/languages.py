"""The language of texts: Vietnamese unless English is preferred (RFC 9110 section 12.5.4)."""

from app.core.problems import Language

MAX_HEADER = 200


def preferred(header: str | None) -> Language:
    """`vi` or `en`, whichever Accept-Language weighs more; `vi` by default."""
    weights: dict[str, float] = {}
    for part in (header or "")[:MAX_HEADER].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary in {"vi", "en"}:
            weights[primary] = max(weights.get(primary, 0.0), weight(parameters))
    return "en" if weights.get("en", 0.0) > weights.get("vi", 0.0) else "vi"


def weight(parameters: str) -> float:
    """The weight of a choice, 0 to 1, from its parameters (RFC 9110 section 12.4.2)."""
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
