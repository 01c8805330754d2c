"""An incident that was merged into the case's."""

from app.core.ids import case_code
from app.models.cases.incidents import Incident
from app.models.duplicates import IncidentMerge
from tests.isolation.plot import Plot


def plant(plot: Plot) -> None:
    absorbed = Incident(
        **plot.held,
        code=case_code(plot.now.year),
        state="received",
        group="school_violence",
        cipher=plot.cipher,
        summary=plot.identities,
        received_at=plot.now,
        created_at=plot.now,
        merged_into_id=plot.incident_id,
        event_id=plot.incident_id,
    )
    merge = IncidentMerge(
        incident_id=absorbed.id,
        org_path=plot.path,
        survivor_id=plot.incident_id,
        reason=plot.circumstances,
        cipher=plot.cipher,
        merged_at=plot.now,
    )
    plot.add(absorbed, merge)
    plot.record("absorbed_id", absorbed.id, plot.is_in_line)
    plot.record("merge_id", merge.id, plot.is_in_line)
