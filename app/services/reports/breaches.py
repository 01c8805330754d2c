"""The rules of a definition that figures break."""

from app.schemas.reports.definitions import Definition
from app.schemas.reports.snapshots import SnapshotFigure, SnapshotRule


def broken_rules(definition: Definition, figures: list[SnapshotFigure]) -> list[SnapshotRule]:
    return []
