"""Audit entries also name intakes as subjects; subjects are immutable."""

from collections.abc import Sequence

from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit log is written once'); END"
KEPT = {
    "audit_subject_stays_so": f"BEFORE UPDATE ON audit_subject {REFUSE}",
    # Moves of the acting unit cascade into the path.
    "audit_entry_keeps_its_path": f"BEFORE UPDATE OF org_path ON audit_entry WHEN OLD.unit_id IS NULL {REFUSE}",
}


def upgrade() -> None:
    _rename("incident_id", "subject_id")
    if op.get_bind().dialect.name == "sqlite":
        for name, rule in KEPT.items():
            op.execute(f"CREATE TRIGGER {name} {rule}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in KEPT:
            op.execute(f"DROP TRIGGER {name}")
    _rename("subject_id", "incident_id")


def _rename(former: str, name: str) -> None:
    """Alter the table in place: a rebuilt table loses its triggers, and this one refuses deletion."""
    op.drop_index(op.f(f"ix_audit_subject_{former}_entry_id"), table_name="audit_subject")
    op.execute(f"ALTER TABLE audit_subject RENAME COLUMN {former} TO {name}")
    op.create_index(op.f(f"ix_audit_subject_{name}_entry_id"), "audit_subject", [name, "entry_id"])
