"""The shared copy of an image: its pixels, upright, without any other content of the file; or why there is none."""

import asyncio
import io
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.core.problems import Problem
from app.integrations import images
from app.integrations.images import Copy, ImageCleaner
from tests.files.bombs import WITHOUT_COPY
from tests.files.pictures import (
    END,
    RAMPS,
    SHOWN_RED,
    cut,
    large_jpeg,
    light_on_nothing,
    noise,
    progressive_noise,
)
from tests.files.samples import CANARIES, HEIC, jpeg, png, samples, webp

IMAGES = {"jpeg": jpeg(), "png": png(), "webp": webp(), "heic": HEIC}


async def copy_of(content: bytes, kind: str, cleaner: ImageCleaner | None = None) -> Copy:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(content), 64 * 1024):
            yield content[at : at + 64 * 1024]

    return await (cleaner or ImageCleaner()).clean(pieces(), len(content), kind)


async def made_of(content: bytes, kind: str) -> bytes:
    copy = await copy_of(content, kind)
    assert copy.state == "made"
    assert copy.content is not None
    return copy.content


def shown(copy: bytes) -> Image.Image:
    return Image.open(io.BytesIO(copy)).convert("RGB")


@pytest.mark.parametrize("kind", IMAGES)
async def test_no_metadata_survives(kind: str) -> None:
    planted = [word for word in CANARIES if word in IMAGES[kind]]
    assert len(planted) >= 3 or kind == "heic"
    clean = await made_of(IMAGES[kind], kind)
    assert [word for word in CANARIES if word in clean] == []
    with Image.open(io.BytesIO(clean)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_the_copy_stands_upright_without_the_tag_that_says_how() -> None:
    image = shown(await made_of(jpeg(64, 48), "jpeg"))
    assert image.size == (48, 64)
    red, green, _ = image.getpixel((40, 8))  # type: ignore[misc]
    assert (red > 200, green < 80) == (True, True), "the red quarter is upper right now"


async def test_a_large_picture_becomes_no_larger_than_the_screen_needs() -> None:
    assert max(shown(await made_of(jpeg(6000, 1000), "jpeg")).size) == 4096


@pytest.mark.parametrize("name", SHOWN_RED)
async def test_a_copy_shows_what_the_picture_does(name: str) -> None:
    kind, made = SHOWN_RED[name]
    image = shown(await made_of(made(), kind))
    assert image.size == (64, 48)
    red, green, blue = image.getpixel((8, 8))  # type: ignore[misc]
    assert (red > 200, green < 80, blue < 80) == (True, True, True)
    assert image.getpixel((56, 40)) > (200, 200, 200)  # type: ignore[operator]


@pytest.mark.parametrize("name", RAMPS)
async def test_grey_of_more_bits_is_as_dark_in_the_copy(name: str) -> None:
    kind, made = RAMPS[name]
    image = shown(await made_of(made(), kind)).convert("L")
    shades = [image.getpixel((x, 8)) for x in (0, 64, 128, 192, 255)]
    assert shades == pytest.approx([0, 64, 128, 192, 255], abs=2)


async def test_light_strokes_without_a_background_are_seen() -> None:
    low, high = shown(await made_of(light_on_nothing(), "png")).convert("L").getextrema()
    assert high - low > 80  # type: ignore[operator]


@pytest.mark.parametrize("size", [(8160, 6144), (9248, 6936), (12000, 9000), (16320, 12240)])
async def test_a_photo_of_a_large_sensor_has_a_smaller_copy(size: tuple[int, int]) -> None:
    image = shown(await made_of(await asyncio.to_thread(large_jpeg, *size), "jpeg")).convert("L")
    assert max(image.size) == 4096
    assert image.getpixel((100, 100)) < 10  # type: ignore[operator]
    assert image.getpixel((4000, 100)) > 245  # type: ignore[operator]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("made", [noise, progressive_noise])
async def test_a_cut_jpeg_has_no_copy(made: Any, share: float) -> None:
    assert await copy_of(cut(made(), share), "jpeg") == Copy("cut")  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.6, 0.99])
async def test_a_jpeg_that_is_cut_and_closed_has_no_copy(share: float) -> None:
    assert await copy_of(cut(noise(), share) + END, "jpeg") == Copy("cut")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["heic", "avif", "png", "webp", "gif", "bmp", "tiff"])
async def test_a_cut_picture_of_another_kind_has_no_copy(kind: str) -> None:
    copy = await copy_of(cut(samples()[kind], 0.8), kind)
    assert (copy.content, copy.state) in {(None, "cut"), (None, "unreadable")}


@pytest.mark.parametrize("name", [name for name, (state, _) in WITHOUT_COPY.items() if state != "not_for_kind"])
async def test_without_a_copy_it_is_said_why(name: str) -> None:
    state, made = WITHOUT_COPY[name]
    kind = next((kind for kind in ("jpeg", "heic") if kind.upper() in name), "png")
    assert await copy_of(made(), kind) == Copy(state)  # type: ignore[arg-type]


async def test_a_jpeg_of_countless_scans_costs_no_time() -> None:
    empty = b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x10\x00\x00"
    out = io.BytesIO()
    Image.new("RGB", (1500, 1500), "red").save(out, "JPEG", progressive=True)
    assert (await copy_of(out.getvalue(), "jpeg")).state == "made"
    for hidden in (b"", b"\xff\xfe\x00\x04\xff\xd9"):
        many = out.getvalue()[:-2] + hidden + empty * 200 + b"\xff\xd9"
        assert (await copy_of(many, "jpeg")).state == "too_large"


async def test_what_lies_behind_a_jpeg_is_no_scan_of_it() -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, "JPEG")
    assert (await copy_of(out.getvalue() + b"\xff\xda" * 500, "jpeg")).state == "made"


async def test_a_picture_that_no_decoder_reads_is_unreadable() -> None:
    assert (await copy_of(samples()["jxl"], "jxl")).state == "unreadable"
    assert (await copy_of(b"\x89PNG\r\n\x1a\n" + b"x" * 100, "png")).state == "unreadable"


async def test_a_file_beyond_the_memory_of_a_child_is_not_handed_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    assert await copy_of(jpeg(), "jpeg") == Copy("too_large")  # type: ignore[arg-type]


async def overload(content: bytes = b"") -> Problem:
    with pytest.raises(Problem) as refusal:
        await copy_of(content or jpeg(), "jpeg")
    assert refusal.value.headers["Retry-After"].isdigit()
    return refusal.value


async def test_slow_conversion_process_is_killed_and_the_picture_not_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, children = asyncio.create_subprocess_exec, list[asyncio.subprocess.Process]()

    async def watched(*command: str, **how: Any) -> asyncio.subprocess.Process:
        children.append(await begin(*command, **how))
        return children[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    monkeypatch.setattr(images, "DEADLINE_S", 0.001)
    assert (await overload()).type.code == "unavailable"
    assert [child.returncode for child in children] == [-signal.SIGKILL]


@pytest.mark.parametrize("limit", ["CPU_S = 0", "MEMORY_BYTES = 80 * 1024 * 1024"])
async def test_a_child_without_time_or_memory_does_not_blame_the_picture(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str
) -> None:
    child, name = tmp_path / "child.py", limit.split(" ", maxsplit=1)[0]
    lines = images.CHILD.read_text().splitlines()
    child.write_text("\n".join(limit if line.startswith(f"{name} =") else line for line in lines))
    monkeypatch.setattr(images, "CHILD", child)
    content = await asyncio.to_thread(large_jpeg, 8160, 6144)
    assert (await overload(content)).type.code == "unavailable"


async def test_too_many_at_once_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "WAIT_S", 0.01)
    with pytest.raises(Problem) as refusal:
        await copy_of(jpeg(), "jpeg", ImageCleaner(at_once=0))
    assert (refusal.value.type.code, refusal.value.headers) == ("unavailable", {"Retry-After": "30"})


async def test_a_program_that_cannot_begin_does_not_blame_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: str, **__: Any) -> None:
        raise BlockingIOError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", full)
    assert (await overload()).type.code == "unavailable"
