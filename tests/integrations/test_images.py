"""The shared copy of an image: its pixels, upright, without any other content of the file."""

import asyncio
import io
import signal
from typing import Any

import pytest
from PIL import Image

from app.core.problems import Problem
from app.integrations import images
from app.integrations.images import ImageCleaner
from tests.files.bombs import BOMBS
from tests.files.samples import CANARIES, HEIC, jpeg, png, webp

IMAGES = {"jpeg": jpeg(), "png": png(), "webp": webp(), "heic": HEIC}


@pytest.mark.parametrize("kind", IMAGES)
async def test_no_metadata_survives(kind: str) -> None:
    planted = [word for word in CANARIES if word in IMAGES[kind]]
    assert len(planted) >= 3 or kind == "heic"
    clean = await ImageCleaner().clean(IMAGES[kind], kind)
    assert [word for word in CANARIES if word in clean] == []
    with Image.open(io.BytesIO(clean)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) == {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_the_copy_stands_upright_without_the_tag_that_says_how() -> None:
    with Image.open(io.BytesIO(await ImageCleaner().clean(jpeg(64, 48), "jpeg"))) as image:
        assert image.size == (48, 64)
        red, green, _ = image.convert("RGB").getpixel((40, 8))  # type: ignore[misc]
        assert (red > 200, green < 80) == (True, True), "the red quarter is upper right now"


async def test_a_large_picture_becomes_no_larger_than_the_screen_needs() -> None:
    with Image.open(io.BytesIO(await ImageCleaner().clean(jpeg(6000, 1000), "jpeg"))) as image:
        assert max(image.size) == 4096


HARMFUL = [name for name, (kind, _) in BOMBS.items() if kind.startswith("image/")]
FLOODS = [name for name in HARMFUL if name.startswith("a flood of pixels")]


async def refusal_of(name: str) -> Problem:
    media_type, made = BOMBS[name]
    with pytest.raises(Problem) as refusal:
        await ImageCleaner().clean(made(), media_type.removeprefix("image/"))
    return refusal.value


@pytest.mark.parametrize("name", HARMFUL)
async def test_an_image_that_harms_is_refused(name: str) -> None:
    assert (await refusal_of(name)).type.code == "file_refused"


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_of_pixels_is_refused_by_its_head(name: str) -> None:
    """By what the head says: to open them, where there are none, would be refused in other words."""
    detail = (await refusal_of(name)).detail
    assert detail is not None
    assert detail.en == "The image has too many pixels"


async def test_slow_conversion_process_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    begin, children = asyncio.create_subprocess_exec, list[asyncio.subprocess.Process]()

    async def watched(*command: str, **how: Any) -> asyncio.subprocess.Process:
        children.append(await begin(*command, **how))
        return children[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    monkeypatch.setattr(images, "DEADLINE_S", 0.001)
    with pytest.raises(Problem) as refusal:
        await ImageCleaner().clean(jpeg(), "jpeg")
    assert refusal.value.type.code == "file_refused"
    assert [child.returncode for child in children] == [-signal.SIGKILL]
