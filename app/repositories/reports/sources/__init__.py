"""The computed sources of reports, by name."""

from app.repositories.reports.sources import acts, agreements, commitments, incidents, persons, reports, rosters
from app.repositories.reports.sources.registry import SOURCES

__all__ = ["SOURCES", "acts", "agreements", "commitments", "incidents", "persons", "reports", "rosters"]
