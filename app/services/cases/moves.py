"""The one place in which a record gets another holder; its parts follow by their foreign keys (decision 0001)."""

from datetime import datetime

from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.models.privacy.subject_requests import SubjectRequest
from app.services.cases.custody import Place


def move(row: Incident | Intake | SubjectRequest, holder: Place, now: datetime) -> None:
    if isinstance(row, SubjectRequest):
        row.unit_id = holder.id
    else:
        if isinstance(row, Incident) and row.held_by_superior and _is_below(holder, row):
            row.came_down_at, row.came_down_from_id = now, row.holder_id
        row.holder_id = holder.id
    row.org_path = holder.org_path


def _is_below(holder: Place, row: Incident) -> bool:
    return holder.org_path != row.org_path and holder.org_path.startswith(row.org_path)
