"""Power cuts: possible disk contents at any moment, rebuilt from the system calls of a server.

A disk keeps what was written before the last fsync(2) that had returned. Of what was written after it, each write may
be there, be missing, or be there up to a sector's end: a draw decides.
"""

import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.needs import lacking

SECTOR = 512
CALLS = "pwrite64,ftruncate,fsync,fdatasync"
LINE = re.compile(
    r"(?P<at>\d+\.\d+) (?P<call>pwrite64|ftruncate|fsync|fdatasync)\(\d+<(?P<path>[^>]*)>"
    r'(?:, "(?P<data>[^"]*)"(?P<cut>\.\.\.)?)?(?:, (?P<first>\d+))?(?:, (?P<second>\d+))?\) += (?P<result>-?\d+).*'
    r" <(?P<took>\d+\.\d+)>"
)


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes at an offset; None cuts the file off there."""

    at: float
    name: str
    offset: int
    data: bytes | None

    def apply(self, image: bytearray, length: int | None = None) -> None:
        if self.data is None:
            del image[self.offset :]
            return
        data = self.data[:length]
        image.extend(bytes(max(0, self.offset - len(image))))
        image[self.offset : self.offset + len(data)] = data


@dataclass(frozen=True, slots=True)
class Sync:
    """`since` it was asked for what had been written; `at` it returned."""

    at: float
    since: float
    name: str


@contextmanager
def recorded(server: int, folder: Path) -> Iterator[None]:
    """Have every write and every sync of a process noted in `folder`. Says so where processes may not be traced."""
    command = ["strace", "-ff", "-qq", "-ttt", "-T", "-y", "-xx", "-s", "70000", "-e", f"trace={CALLS}"]
    if shutil.which("strace") is None:
        lacking("strace is not installed")
    folder.mkdir()
    with subprocess.Popen([*command, "-o", str(folder / "calls"), "-p", str(server)], stderr=subprocess.DEVNULL) as it:
        time.sleep(0.5)
        if it.poll() is not None:
            lacking("processes may not be traced here")
        yield
        it.terminate()


def acts(folder: Path, names: Iterable[str]) -> list[Write | Sync]:
    """What was done to the files of these names, by the time at which it took effect."""
    watched, found = set(names), list[Write | Sync]()
    for trace in folder.iterdir():
        for line in trace.read_text("ascii").splitlines():
            match = LINE.match(line)
            name = bytes.fromhex(match["path"].replace("\\x", "")).decode() if match else ""
            if match and Path(name).name in watched and int(match["result"]) >= 0:
                found.append(_act(match, Path(name).name))
    return sorted(found, key=lambda act: act.at)


def _act(match: re.Match[str], name: str) -> Write | Sync:
    at = float(match["at"])
    if match["call"] == "ftruncate":
        return Write(at, name, int(match["first"]), None)
    if match["call"] == "pwrite64":
        assert not match["cut"], "a write longer than what is noted of one"
        data = bytes.fromhex(match["data"].replace("\\x", ""))[: int(match["result"])]
        return Write(at, name, int(match["second"]), data)
    return Sync(at + float(match["took"]), at, name)


@dataclass
class Disk:
    """Files as they are durable, and what was written since. `heeds_syncs` false is a disk that lies."""

    files: dict[str, bytearray]
    heeds_syncs: bool = True
    pending: list[Write] = field(default_factory=list)

    def replay(self, act: Write | Sync) -> None:
        if isinstance(act, Write):
            self.pending.append(act)
        elif self.heeds_syncs:
            for write in self.pending:
                if write.name == act.name and write.at < act.since:
                    write.apply(self.files[write.name])
            self.pending = [w for w in self.pending if w.name != act.name or w.at >= act.since]

    def after_a_cut(self, draw: random.Random) -> dict[str, bytes]:
        """What may be found once the power is back."""
        files, share, torn = {name: bytearray(content) for name, content in self.files.items()}, draw.random(), 0.1
        for write in self.pending:
            if draw.random() < share:
                sectors = len(write.data or b"") // SECTOR
                length = SECTOR * draw.randrange(sectors) if sectors and draw.random() < torn else None
                write.apply(files[write.name], length)
        return {name: bytes(content) for name, content in files.items()}
