"""A download link says what it was made for, until its time, to nobody but us."""

from uuid import UUID, uuid4

from app.security.crypto.links import Link, Links

LINKS = Links(b"k" * 32)
FILE = uuid4()
LINK = Link("original", uuid4(), uuid4(), 7, 1_000_000)


def test_it_is_read_as_it_was_written_until_it_expires() -> None:
    token = LINKS.write(FILE, LINK)
    assert LINKS.read(FILE, token, 999_999.9) == LINK
    assert LINKS.read(FILE, token, 1_000_000) is None


def test_for_another_file_or_under_another_key_it_is_none() -> None:
    token = LINKS.write(FILE, LINK)
    assert LINKS.read(UUID(int=1), token, 0) is None
    assert Links(b"x" * 32).read(FILE, token, 0) is None


def test_no_change_of_it_is_read() -> None:
    token = LINKS.write(FILE, LINK)
    for at, letter in enumerate(token.rstrip("=")[:-1]):
        changed = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        assert LINKS.read(FILE, changed, 0) is None
    for cut in ("", token[:10], token[:-5], "ệ", "====", token + "AAAA"):
        assert LINKS.read(FILE, cut, 0) is None


def test_it_looks_different_each_time_and_is_short() -> None:
    assert LINKS.write(FILE, LINK) != LINKS.write(FILE, LINK)
    assert len(LINKS.write(FILE, LINK)) < 120
