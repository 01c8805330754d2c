"""Compound files (MS-CFB) of streams and storages by name, such as older Word and Excel files."""

import struct
from dataclasses import dataclass, field

SECTOR = 512
# Shorter streams would lie in another stream.
LEAST = 4096
END, FREE, FAT, NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
PACKAGE = bytes.fromhex("0c00030000000000c000000000000046")


@dataclass
class Entry:
    name: str
    kind: int
    content: bytes = b""
    clsid: bytes = bytes(16)
    children: list[int] = field(default_factory=list)


def compound(clsid: bytes = bytes(16), **streams: bytes) -> bytes:
    """`A/B` is a stream in a storage; `clsid` is the class of each storage."""
    entries = [Entry("Root Entry", ROOT)]
    for path, content in streams.items():
        parent = 0
        *folders, name = path.split("/")
        for folder in folders:
            parent = _entry(entries, parent, Entry(folder, STORAGE, clsid=clsid))
        _entry(entries, parent, Entry(name, STREAM, content.ljust(LEAST, b"\0")))
    directory = -(-len(entries) // 4)
    fat, at, bodies, starts = [FAT, *range(2, directory + 1), END], directory + 1, b"", {}
    for number, entry in enumerate(entries):
        if entry.kind == STREAM:
            count = -(-len(entry.content) // SECTOR)
            starts[number] = at
            fat += [*range(at + 1, at + count), END]
            bodies, at = bodies + entry.content.ljust(count * SECTOR, b"\0"), at + count
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(SECTOR, b"\xff")
    assert len(table) == SECTOR
    listed = b"".join(_listed(entries, number, starts.get(number, END)) for number in range(len(entries)))
    return _header() + table + listed.ljust(directory * SECTOR, b"\0") + bodies


def _entry(entries: list[Entry], parent: int, entry: Entry) -> int:
    for number in entries[parent].children:
        if entries[number].name == entry.name:
            return number
    entries.append(entry)
    entries[parent].children.append(len(entries) - 1)
    return len(entries) - 1


def _listed(entries: list[Entry], number: int, start: int) -> bytes:
    entry, name = entries[number], entries[number].name.encode("utf-16-le")
    siblings = next((each.children for each in entries if number in each.children), [number])
    right = dict(zip(siblings, [*siblings[1:], NONE], strict=True))[number]
    first = entry.children[0] if entry.children else NONE
    head = name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name) + 2, entry.kind, 1, NONE, right, first)
    return head + entry.clsid + bytes(20) + struct.pack("<IQ", start, len(entry.content))


def _header() -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, LEAST, END, 0, END, 0) + struct.pack("<I", 0)
    return head.ljust(SECTOR, b"\xff")


def sheet_record(kind: int) -> bytes:
    """A workbook whose only sheet is of `kind`: 0 of cells, 1 of Excel 4's macros."""
    body = bytes(4) + bytes([0, kind, 4, 0]) + b"Tr01"
    return (
        struct.pack("<HH", 0x809, 4) + bytes(4) + struct.pack("<HH", 0x85, len(body)) + body + struct.pack("<HH", 10, 0)
    )


WORD = {"WordDocument": b"\xec\xa5\xc1\0"}
DOC = compound(**WORD)
XLS = compound(Workbook=sheet_record(0))
EQUATION = compound(**{"Equation Native": b"\x1c"})
OLDER_WITH_MACROS = {
    "a letter with a project": compound(**WORD, **{"Macros/VBA/dir": b"x"}),
    "a sheet with a project": compound(Workbook=sheet_record(0), **{"_VBA_PROJECT_CUR/VBA/dir": b"x"}),
    "a sheet of Excel 4's macros": compound(Workbook=sheet_record(1)),
    "an embedded document with a project": compound(**WORD, **{"ObjectPool/_1/Macros/VBA/dir": b"x"}),
}
