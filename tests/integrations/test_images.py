"""The shared copy of an image: its pixels, upright, and nothing else of what the file held."""

import io
import time

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


@pytest.mark.parametrize("name", [name for name, (kind, _) in BOMBS.items() if kind.startswith("image/")])
async def test_an_image_that_harms_is_refused_by_its_head(name: str) -> None:
    media_type, made = BOMBS[name]
    content, began = made(), time.monotonic()
    with pytest.raises(Problem) as refusal:
        await ImageCleaner().clean(content, media_type.removeprefix("image/"))
    assert refusal.value.type.code == "file_refused"
    assert time.monotonic() - began < 2


async def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "DEADLINE_S", 0.001)
    with pytest.raises(Problem):
        await ImageCleaner().clean(jpeg(), "jpeg")
