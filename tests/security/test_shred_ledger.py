"""The shred ledger: durable, chained, shared by processes, and refused once it was tampered with."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from app.security.crypto.shred_ledger import LEDGER, LedgerDamagedError, Order, Shred, ShredLedger

AT = datetime(2026, 11, 24, tzinfo=UTC)


def an_order() -> Order:
    return Order(uuid4(), uuid4(), "closed_incident", "schedule", None, AT)


def shreds(count: int) -> list[Shred]:
    return [Shred(uuid4(), "incident") for _ in range(count)]


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    ledger = ShredLedger(tmp_path)
    written = [ledger.append(an_order(), shreds(2)), ledger.append(an_order(), shreds(1))]
    assert [(each.first, each.last, each.number) for each in written] == [(1, 2, "2026-000001"), (3, 3, "2026-000003")]
    assert list(ShredLedger(tmp_path).stretches()) == written
    assert ShredLedger(tmp_path).last == 3


def test_an_empty_ledger_names_nothing(tmp_path: Path) -> None:
    assert list(ShredLedger(tmp_path).stretches()) == []
    assert ShredLedger(tmp_path).last == 0


def test_two_processes_go_on_with_one_chain(tmp_path: Path) -> None:
    one, other = ShredLedger(tmp_path), ShredLedger(tmp_path)
    for ledger in (one, other, one):
        ledger.append(an_order(), shreds(1))
    assert [each.first for each in one.stretches()] == [1, 2, 3]
    assert one.last == other.last == 3


def test_nobody_else_reads_it(tmp_path: Path) -> None:
    ShredLedger(tmp_path / "own").append(an_order(), shreds(1))
    assert (tmp_path / "own" / LEDGER).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["changed", "removed", "swapped", "garbled"])
def test_a_tampered_ledger_is_refused(tmp_path: Path, harm: str) -> None:
    ShredLedger(tmp_path).append(an_order(), shreds(3))
    path = tmp_path / LEDGER
    lines = path.read_text().splitlines(keepends=True)
    if harm == "changed":
        lines[1] = lines[1].replace("incident", "intake", 1)
    elif harm == "removed":
        del lines[1]
    elif harm == "swapped":
        lines[0], lines[1] = lines[1], lines[0]
    else:
        lines[1] = "không phải JSON\n"
    path.write_text("".join(lines))
    with pytest.raises(LedgerDamagedError):
        list(ShredLedger(tmp_path).stretches())


def test_a_line_cut_by_a_power_failure_counts_for_nothing_and_is_written_over(tmp_path: Path) -> None:
    """Its key was not destroyed: that happens only once the line is whole on disk."""
    ShredLedger(tmp_path).append(an_order(), shreds(2))
    path = tmp_path / LEDGER
    path.write_bytes(path.read_bytes()[:-7])
    ledger = ShredLedger(tmp_path)
    assert ledger.last == 1
    ledger.append(an_order(), shreds(1))
    assert [(each.first, each.last) for each in ShredLedger(tmp_path).stretches()] == [(1, 1), (2, 2)]


def test_an_append_reads_on_from_where_the_last_one_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, whole_lines = list[int](), ShredLedger._whole_lines

    def noted(ledger: ShredLedger, offset: int) -> Iterator[bytes]:
        read.append(offset)
        return whole_lines(ledger, offset)

    ledger, path = ShredLedger(tmp_path), tmp_path / LEDGER
    ledger.append(an_order(), shreds(2))
    size = path.stat().st_size
    ledger.append(an_order(), shreds(1))
    monkeypatch.setattr(ShredLedger, "_whole_lines", noted)
    path.write_bytes(path.read_bytes() + b'{"torn')
    ledger.append(an_order(), shreds(1))
    assert read == [size]
    assert ledger.last == 4
    assert b"torn" not in path.read_bytes()


def test_the_disk_has_a_line_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("app.security.crypto.shred_ledger.os.fsync", synced.append)
    ShredLedger(tmp_path).append(an_order(), shreds(1))
    assert len(synced) == 2, "the file, and the directory in which it is new"


def test_each_process_sees_to_it_that_the_disk_has_the_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that made the file and died at once may not have."""
    (tmp_path / LEDGER).touch(0o600)
    synced: list[Path] = []
    monkeypatch.setattr("app.security.crypto.shred_ledger.sync", synced.append)
    ledger = ShredLedger(tmp_path)
    ledger.append(an_order(), shreds(1))
    ledger.append(an_order(), shreds(1))
    assert synced == [tmp_path]
