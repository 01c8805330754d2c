"""A download link says what it was made for, until its time, to nobody but us."""

from dataclasses import replace
from uuid import UUID, uuid4

from app.security.crypto.links import Link, Links

LINKS = Links(b"k" * 32)
FILE = uuid4()
LINK = Link(FILE, "original", uuid4(), uuid4(), 7, 1_000_000, 1_006_900)


def test_it_is_read_as_it_was_written() -> None:
    assert LINKS.read(FILE, LINKS.write(LINK)) == LINK


def test_its_id_is_that_of_what_it_says() -> None:
    assert LINK.id == replace(LINK).id
    others = [replace(LINK, file_id=uuid4()), replace(LINK, session_id=uuid4()), replace(LINK, expires_at=1)]
    assert len({LINK.id, *(other.id for other in others)}) == 1 + len(others)


def test_for_another_file_or_under_another_key_it_is_none() -> None:
    token = LINKS.write(LINK)
    assert LINKS.read(UUID(int=1), token) is None
    assert Links(b"x" * 32).read(FILE, token) is None


def test_no_change_of_it_is_read() -> None:
    token = LINKS.write(LINK)
    for at, letter in enumerate(token.rstrip("=")[:-1]):
        changed = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        assert LINKS.read(FILE, changed) is None
    for cut in ("", token[:10], token[:-5], "ệ", "====", token + "AAAA"):
        assert LINKS.read(FILE, cut) is None


def test_it_looks_different_each_time_and_is_short() -> None:
    assert LINKS.write(LINK) != LINKS.write(LINK)
    assert len(LINKS.write(LINK)) < 120
