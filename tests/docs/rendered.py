"""The parts of the pages that are drawn from code. `python -m tests.docs.rendered` writes them."""

import importlib
import pkgutil
import re
from collections.abc import Callable
from pathlib import Path

from app import schemas
from app.core.scoping import AccessClass, Tier
from app.core.settings import Settings
from app.core.states import StateMachine
from app.integrations.tables.faults import FAULTS
from app.integrations.tables.kinds import CodeOf
from app.models.notices.kinds import NOTICES
from app.repositories.reports.sources import SOURCES
from app.repositories.reports.sources.registry import Source
from app.schemas.base import TieredOut
from app.security.access.roles import (
    CLIENT_ROLES,
    CLIENT_SCOPES,
    EVERYONE,
    MATRIX,
    Act,
    Reach,
    Resource,
    RoleRights,
    client_scopes,
)
from app.services.setup.flows import FLOWS
from app.services.uploads.contract import Dataset
from app.services.uploads.datasets.all import DATASETS
from tests.docs.fault_codes import faults
from tests.docs.indicators import indicators
from tests.docs.national_template import flaws_table
from tests.uploads.flaws import FLAWS, SAID

DOCS = Path(__file__).parents[2] / "docs"
# One record has several answers, from a row of a list to a screen.
WHOLE = re.compile(r"(Detail|Screen)?Out$")


def roles() -> str:
    head = "| Role | Vai trò | Levels | Reach | Tier | Rights |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_role(name, has) for name, has in MATRIX.items())])


def _role(name: str, has: RoleRights) -> str:
    rights = ", ".join(sorted(f"`{resource}:{act}`" for act, resource in has.acts - EVERYONE)) or "–"
    levels = ", ".join(sorted(has.levels))
    reach = ", ".join(f"{each} {has.reach(each)}" for each in AccessClass if has.reach(each) is not Reach.NONE) or "–"
    tier = ", ".join(f"{each} {int(has.tier(each))}" for each in AccessClass if has.tier(each)) or "–"
    return f"| `{name}` | {has.label_vi} | {levels} | {reach} | {tier} | {rights} |"


def scopes() -> str:
    roles = sorted(CLIENT_ROLES)
    head = ["| Scope |" + "".join(f" `{role}` |" for role in roles), "|---|" + "---|" * len(roles)]
    rows = (
        f"| `{name}` |" + "".join(f" {'yes' if name in client_scopes(role) else ''} |" for role in roles)
        for name in CLIENT_SCOPES
    )
    return "\n".join([*head, *rows])


def states() -> str:
    return "\n\n".join(_flow(flow) for flow in FLOWS)


def _flow(flow: StateMachine) -> str:
    steps = (f"| `{s.action}` | {s.label_vi} | {s.label_en} | {'yes' if s.needs_reason else ''} |" for s in flow.steps)
    table = ["| Step | Bước | In English | Reason |", "|---|---|---|---|", *dict.fromkeys(steps)]
    title = flow.name.replace("_", " ").capitalize()
    named = [f"| `{state}` | {vi} | {en} |" for state, (vi, en) in flow.states.items()]
    states = ["| State | Trạng thái | In English |", "|---|---|---|", *named]
    return "\n".join([f"## {title}", "", "```mermaid", flow.mermaid(), "```", "", *states, "", *table])


def tiers() -> str:
    """What each record holds back from readers of a lower tier."""
    for module in pkgutil.walk_packages(schemas.__path__, f"{schemas.__name__}."):
        importlib.import_module(module.name)
    tiered = {WHOLE.sub("", s.__name__): s.tiers for s in _tiered(TieredOut) if s.tiers}
    rows = [f"| {name} | {_withheld(tiered[name], 2)} | {_withheld(tiered[name], 3)} |" for name in sorted(tiered)]
    return "\n".join(["| Record | From tier 2 on | Tier 3 only |", "|---|---|---|", *rows])


def _withheld(tiers: dict[str, Tier], least: int) -> str:
    return ", ".join(f"`{name}`" for name, tier in tiers.items() if tier == least) or "–"


def sources() -> str:
    """What the computed figures of reports count."""
    head = "| Source | Nguồn | Cách tính | What it counts | Counted by | Broken down by |\n|---|---|---|---|---|---|"
    return "\n".join([head, *(_source(SOURCES[name]) for name in sorted(SOURCES))])


def _source(one: Source) -> str:
    by = ", ".join(f"`{each}`" for each in sorted(one.dimensions)) or "–"
    return f"| `{one.name}` | {one.label_vi} | {one.rule_vi} | {one.rule_en} | {one.counted_by} | {by} |"


def _tiered(schema: type[TieredOut]) -> list[type[TieredOut]]:
    """A schema's heirs, a detailed one after the short one that it extends."""
    return [each for child in schema.__subclasses__() for each in [child, *_tiered(child)]]


def notices() -> str:
    # Each area defines its kinds on import.
    importlib.import_module("app.main")
    rows = [
        f"| `{kind}` | {spec.to} | {', '.join(f'`{name}`' for name in sorted(spec.data))} |"
        f" {'yes' if spec.names_incident else ''} |"
        for kind, spec in sorted(NOTICES.items())
    ]
    return "\n".join(["| `kind` | Who gets it | `data` | `incident_id` |", "|---|---|---|---|", *rows])


def errors() -> str:
    rows = (f"| `{code}` | {_wording(texts, 0)} | {_wording(texts, 1)} |" for code, texts in faults().items())
    return "\n".join(["| `code` | Tiếng Việt | In English |", "|---|---|---|", *rows])


def _wording(texts: list[tuple[str, str]], language: int) -> str:
    return "; ".join(text[language] for text in texts) or "as the case is"


def upload_faults() -> str:
    importlib.import_module("app.main")
    rows = (f"| `{code}` | {_filled(text.vi)} | {_filled(text.en)} |" for code, text in sorted(FAULTS.items()))
    return "\n".join(["| `code` | Tiếng Việt | In English |", "|---|---|---|", *rows])


def _filled(text: str) -> str:
    return text.format(limit="…", other="…")


def upload_datasets() -> str:
    return "\n\n".join(_dataset(dataset) for dataset in DATASETS.values())


def _dataset(dataset: type[Dataset]) -> str:
    keys = "; or ".join(", ".join(f"`{name}`" for name in key) for key in (*dataset.keys, dataset.weak_key) if key)
    head = ["| Column | Tiêu đề | Head | Required | Code list | Aliases |", "|---|---|---|---|---|---|"]
    rows = (
        f"| `{column.name}` | {column.head.vi} | {column.head.en} | {'yes' if column.is_required else ''} |"
        f" {f'`{column.kind.list}`' if isinstance(column.kind, CodeOf) else ''} | {', '.join(column.aliases) or '–'} |"
        for column in dataset.columns.all
    )
    about = [f"{dataset.label.en}. Key: {keys}.", "", _contract(dataset)]
    return "\n".join([f"### {dataset.code}: {dataset.label.vi}", "", *about, "", *head, *rows])


def _contract(dataset: type[Dataset]) -> str:
    """What a request for it needs, and what it allows."""
    by = [role for role, has in MATRIX.items() if {(Act.CREATE, Resource.UPLOAD), *dataset.rights} <= has.acts]
    scopes = ", ".join(f"`{resource}:{act}`" for act, resource in dataset.rights)
    said = {
        "by school year": dataset.has_school_year,
        "revertible": dataset.is_revertible,
        "`all_or_nothing`": dataset.takes_all_or_nothing,
    }
    allowed = ", ".join(name if is_so else f"not {name}" for name, is_so in said.items())
    most = "" if dataset.most_rows is None else f", at most {dataset.most_rows:,} rows"
    return f"By {', '.join(f'`{role}`' for role in by)}, with {scopes}: {allowed}{most}."


def upload_flaws() -> str:
    head = ["| A row with | `code` | Dòng được sửa | It is mended |", "|---|---|---|---|"]
    rows = (f"| {flaw.name} | `{flaw.code}` | {SAID[flaw.how][0]} | {SAID[flaw.how][1]} |" for flaw in FLAWS)
    return "\n".join([*head, *rows])


PARTS: dict[str, tuple[Path, Callable[[], str]]] = {
    "roles": (DOCS / "integrators.md", roles),
    "scopes": (DOCS / "integrators.md", scopes),
    "sources": (DOCS / "report-sources.md", sources),
    "tiers": (DOCS / "integrators.md", tiers),
    "notices": (DOCS / "integrators.md", notices),
    "errors": (DOCS / "integrators.md", errors),
    "indicators": (DOCS / "report-indicators.md", indicators),
    "national_flaws": (DOCS / "national-template.md", flaws_table),
    "upload_flaws": (DOCS / "uploads.md", upload_flaws),
    "upload_faults": (DOCS / "uploads.md", upload_faults),
    "upload_datasets": (DOCS / "uploads.md", upload_datasets),
    "states": (DOCS / "states.md", states),
}


def written(name: str) -> str:
    """What the page holds between its marks; raises ValueError where it has none."""
    path, _ = PARTS[name]
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", path.read_text("utf-8"), re.DOTALL)
    if found is None:
        raise ValueError(f"{path.name} has no marks for {name}")
    return found[1]


def setting_defaults() -> dict[str, str]:
    """Each setting's variable and its default as the operators' page spells it."""
    return {
        f"ATHD_{name.upper()}": "–" if field.default in {None, ()} else f"`{field.default}`"
        for name, field in Settings.model_fields.items()
    }


def main() -> None:
    for name, (path, render) in PARTS.items():
        text = path.read_text("utf-8").replace(
            f"<!-- {name} -->\n{written(name)}<!-- /{name} -->", f"<!-- {name} -->\n{render()}\n<!-- /{name} -->"
        )
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
