"""The one place in which a record gets another holder; its parts follow by their foreign keys (decision 0001)."""

from app.models.cases.incidents import Incident
from app.models.intakes.intakes import Intake
from app.models.privacy.subject_requests import SubjectRequest
from app.services.cases.custody import Place


def move(row: Incident | Intake | SubjectRequest, holder: Place) -> None:
    if isinstance(row, SubjectRequest):
        row.unit_id = holder.id
    else:
        row.holder_id = holder.id
    row.org_path = holder.org_path
