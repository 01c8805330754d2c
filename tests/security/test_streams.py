"""A sealed content opens whole and in part, and nothing but what was sealed at its place ever opens."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.security.crypto.streams import (
    CHUNK_BYTES,
    SEALED_CHUNK_BYTES,
    StreamKey,
    StreamOpener,
    StreamSealer,
    TamperedError,
    chunk_count,
    sealed_size,
    slices,
)

AAD = b"attachment:1|incident:1|original"
KEY = StreamKey.new()
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]


def content(size: int) -> bytes:
    return bytes(range(256)) * (size // 256) + bytes(size % 256)


def sealed(plain: bytes, key: StreamKey = KEY, aad: bytes = AAD, step: int = 10_007) -> bytes:
    sealer = StreamSealer(key, aad)
    return b"".join(sealer.feed(plain[at : at + step]) for at in range(0, len(plain), step)) + sealer.finish()


def chunks(raw: bytes) -> list[bytes]:
    return [raw[at : at + SEALED_CHUNK_BYTES] for at in range(0, len(raw), SEALED_CHUNK_BYTES)]


def opened(parts: list[bytes], size: int, key: StreamKey = KEY, aad: bytes = AAD) -> bytes:
    opener = StreamOpener(key, aad, size)
    return b"".join(opener.open(index, part) for index, part in enumerate(parts))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_and_is_as_long_as_said(size: int) -> None:
    raw = sealed(content(size))
    assert len(raw) == sealed_size(size)
    assert len(chunks(raw)) == chunk_count(size)
    assert opened(chunks(raw), size) == content(size)


@settings(max_examples=25)
@given(st.binary(max_size=200_000), st.integers(1, 200_000))
def test_it_does_not_matter_in_which_pieces_it_comes(plain: bytes, step: int) -> None:
    assert sealed(plain, step=step) == sealed(plain)


@settings(max_examples=200)
@given(st.data())
def test_a_range_is_cut_from_its_own_chunks_alone(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from(SIZES[1:]))
    start = data.draw(st.integers(0, size - 1))
    stop = data.draw(st.integers(start + 1, size))
    needed = list(slices(start, stop))
    assert len(needed) <= (stop - start) // CHUNK_BYTES + 2
    raw, opener = chunks(sealed(content(size))), StreamOpener(KEY, AAD, size)
    found = b"".join(opener.open(s.index, raw[s.index])[s.start : s.stop] for s in needed)
    assert found == content(size)[start:stop]


@pytest.mark.parametrize("size", SIZES)
def test_no_chunk_opens_when_a_bit_of_it_was_changed(size: int) -> None:
    raw = chunks(sealed(content(size)))
    opener = StreamOpener(KEY, AAD, size)
    for index, part in enumerate(raw):
        for at in {0, len(part) // 2, len(part) - 17, len(part) - 1} & set(range(len(part))):
            changed = bytearray(part)
            changed[at] ^= 1
            with pytest.raises(TamperedError):
                opener.open(index, bytes(changed))


def test_no_chunk_opens_in_the_place_of_another() -> None:
    size = 3 * CHUNK_BYTES + 7
    raw, opener = chunks(sealed(content(size))), StreamOpener(KEY, AAD, size)
    for index in range(len(raw)):
        for other in range(len(raw)):
            if index != other:
                with pytest.raises(TamperedError):
                    opener.open(index, raw[other])


@pytest.mark.parametrize("size", SIZES[4:])
@pytest.mark.parametrize("claimed", [CHUNK_BYTES, 2 * CHUNK_BYTES])
def test_cut_short_at_a_chunk_it_does_not_open_as_a_shorter_content(size: int, claimed: int) -> None:
    if claimed >= size:
        pytest.skip("not shorter")
    with pytest.raises(TamperedError):
        opened(chunks(sealed(content(size)))[: chunk_count(claimed)], claimed)


@pytest.mark.parametrize("size", SIZES)
def test_with_something_appended_it_does_not_open_as_a_longer_content(size: int) -> None:
    raw = chunks(sealed(content(size)))
    for more in (raw[0], raw[-1], b"", b"\0" * SEALED_CHUNK_BYTES):
        with pytest.raises(TamperedError):
            opened([*raw, more], len(raw) * CHUNK_BYTES + 1)


@pytest.mark.parametrize("short", [b"", b"\0" * 15, b"\0" * 16])
def test_what_is_shorter_than_a_tag_does_not_open(short: bytes) -> None:
    with pytest.raises(TamperedError):
        StreamOpener(KEY, AAD, 0).open(0, short)


def test_it_opens_at_its_own_place_and_with_its_own_key_alone() -> None:
    raw = chunks(sealed(content(100)))
    for key, aad in (
        (KEY, b"attachment:2|incident:1|original"),
        (KEY, b"attachment:1|incident:2|original"),
        (KEY, b"attachment:1|incident:1|shared"),
        (StreamKey.new(), AAD),
        (StreamKey(KEY.key, b"\0" * 7), AAD),
    ):
        with pytest.raises(TamperedError):
            opened(raw, 100, key, aad)


def test_two_contents_of_the_same_bytes_have_nothing_in_common() -> None:
    one, other = (sealed(content(1000), StreamKey.new()) for _ in range(2))
    assert one != other
    assert content(32) not in one


def test_a_key_is_written_and_read_and_never_shown() -> None:
    assert StreamKey.read(KEY.written()) == KEY
    assert KEY.key.hex() not in repr(KEY)
    assert repr(KEY.key) not in repr(KEY)
