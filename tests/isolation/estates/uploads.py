"""An ended upload of the holder with a file, a fault, a change and a mapping: for the holder's own staff alone."""

from typing import Any

from app.core.ids import new_id
from app.models.uploads.mappings import UploadMapping
from app.models.uploads.rows import UploadChange, UploadFault, UploadPart, id_of_fault
from app.models.uploads.uploads import Upload, UploadFile, code_of
from tests.isolation.plot import Plot
from tests.isolation.rule import UPLOADERS, Actor


def plant(plot: Plot) -> None:
    # Every tier of the number itself is another area's.
    word = f"zq9{plot.number:05d}t7zq"

    def reads(actor: Actor) -> bool:
        return actor.role in UPLOADERS and actor.unit == plot.case.holder

    plot.readers[word] = reads
    key = new_id()
    upload = Upload(
        id=key,
        unit_id=plot.holder,
        org_path=plot.path,
        code=code_of(key),
        dataset=word,
        policy="upsert",
        mode="row_by_row",
        is_dry_run=False,
        overwrites_edited=False,
        state="applied",
        format="csv",
        size=1,
        digest=key.hex,
        place=1,
        created_at=plot.now,
        created_by=plot.bystander,
        by_client=False,
        ended_at=plot.now,
        cipher=plot.work.new_cipher(),
    )
    part: dict[str, Any] = {"upload_id": upload.id, "org_path": plot.path}
    file = UploadFile(
        **part,
        kind="table",
        size=1,
        object_name=key.hex,
        copy_state="not_for_kind",
        keys={"original": word},
        created_at=plot.now,
        cipher=upload.row_cipher,
    )
    fault = UploadFault(**part, id=id_of_fault(2, 0), row_number=2, column_name=word, code="required")
    change = UploadChange(
        **part, row_number=3, fate="updated", record_id=new_id(), before={"name": word}, cipher=upload.row_cipher
    )
    mapping = UploadMapping(
        unit_id=plot.holder,
        org_path=plot.path,
        dataset=word,
        column_name="full_name",
        head_digest=key.hex,
        upload_id=key,
        at=2,
        mapped_at=plot.now,
        mapped_by=plot.bystander,
    )
    plot.add(mapping)
    plot.record("mapping_id", mapping.id, reads)
    plot.add(upload, file, fault, change, UploadPart(**part, first_row=1, at_byte=0, keys=b""))
    plot.record("upload_id", upload.id, reads)
