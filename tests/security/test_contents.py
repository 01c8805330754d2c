"""What a file may be: the listed kinds, no lies about them, and nothing made to harm who opens it."""

import pytest

from app.core.problems import Problem
from app.security.files.contents import (
    BY_MEDIA_TYPE,
    HEAD_BYTES,
    check_head,
    check_whole,
    declared_kind,
)
from tests.files.archives import ARCHIVES, letter
from tests.files.bombs import BOMBS, DOCX
from tests.files.samples import samples

SAMPLES = samples()


def judge(media_type: str, content: bytes) -> None:
    kind = BY_MEDIA_TYPE[media_type]
    check_head(kind, content[:HEAD_BYTES])
    check_whole(kind, content)


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(SAMPLES) == set(BY_MEDIA_TYPE)


@pytest.mark.parametrize("media_type", SAMPLES)
def test_an_honest_file_passes(media_type: str) -> None:
    judge(media_type, SAMPLES[media_type])


@pytest.mark.parametrize("declared", SAMPLES)
@pytest.mark.parametrize("actual", SAMPLES)
def test_no_type_is_accepted_as_another(declared: str, actual: str) -> None:
    if declared == actual or (declared, actual) == ("audio/mp4", "video/mp4"):
        pytest.skip("the same, or sound under the brand of video")
    with pytest.raises(Problem) as refusal:
        judge(declared, SAMPLES[actual])
    assert refusal.value.type.code in {"content_mismatch", "file_refused"}


@pytest.mark.parametrize("name", [name for name, (kind, _) in BOMBS.items() if not kind.startswith("image/")])
def test_a_bomb_is_refused(name: str) -> None:
    media_type, made = BOMBS[name]
    with pytest.raises(Problem):
        judge(media_type, made())


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_reaches_outside_or_holds_macros_is_refused_for_what_it_is(name: str) -> None:
    media_type, made, code = ARCHIVES[name]
    with pytest.raises(Problem) as refusal:
        judge(media_type, made())
    assert refusal.value.type.code == code


def test_a_letter_with_links_and_talk_of_macros_passes() -> None:
    judge(DOCX, letter())


@pytest.mark.parametrize(
    ("offered", "name"),
    [
        ("image/jpeg", "jpeg"),
        ("IMAGE/JPEG; charset=utf-8", "jpeg"),
        ("image/jpg", "jpeg"),
        ("audio/x-m4a", "m4a"),
        ("text/plain; charset=utf-8", "text"),
        ("text/html", None),
        ("image/svg+xml", None),
        ("application/zip", None),
        ("application/octet-stream", None),
        ("", None),
        (None, None),
    ],
)
def test_a_declared_type_is_on_the_list_or_not(offered: str | None, name: str | None) -> None:
    kind = declared_kind(offered)
    assert (kind.name if kind else None) == name
