"""Rules of the key ring: who may read it, how keys follow each other, and that processes share one ring."""

import hmac
import json
import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
import time_machine
from joserfc.jwk import ECKey

from app.security.crypto import keys
from app.security.crypto.keys import KeyRing, SigningKey

NOW = datetime(2031, 3, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture
def ring(path: Path) -> KeyRing:
    return KeyRing.open(path)


@pytest.fixture(autouse=True)
def _always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ring looks at its file at most once a second; here at every use, so that no test waits."""
    monkeypatch.setattr(keys, "LOOK_EVERY_S", 0.0)


def published(ring: KeyRing) -> list[str]:
    entries = ring.jwks()["keys"]
    assert isinstance(entries, list)
    return [entry["kid"] for entry in entries]


def in_state(ring: KeyRing, state: str) -> list[SigningKey]:
    return [key for key in ring._keys.values() if key.state == state]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


# --- on disk ---


def test_nobody_but_its_owner_may_read_a_ring(ring: KeyRing, path: Path) -> None:
    ring.rotate()
    assert mode(path) == 0o700
    files = {file.name: mode(file) for file in path.iterdir()}
    assert files == dict.fromkeys(("ring.json", "master.key", "lock"), 0o600)


def test_a_generous_umask_changes_nothing(path: Path) -> None:
    before = os.umask(0)
    try:
        KeyRing.open(path).rotate()
    finally:
        os.umask(before)
    assert {mode(file) for file in path.iterdir()} == {0o600}


def test_a_directory_made_by_others_is_closed_to_them(path: Path) -> None:
    path.mkdir(mode=0o755)
    KeyRing.open(path)
    assert mode(path) == 0o700


@pytest.mark.parametrize("name", ["ring.json", "master.key"])
@pytest.mark.parametrize("loose", [0o640, 0o604, 0o622])
@pytest.mark.usefixtures("ring")
def test_a_ring_that_others_may_touch_is_refused(path: Path, name: str, loose: int) -> None:
    (path / name).chmod(loose)
    with pytest.raises(PermissionError, match=name):
        KeyRing.open(path)


@pytest.mark.usefixtures("ring")
def test_a_lost_master_secret_is_never_replaced_behind_the_operators_back(path: Path) -> None:
    """A restore that forgot the file would else seal new records under a key that opens none of the old."""
    (path / "master.key").unlink()
    with pytest.raises(FileNotFoundError):
        KeyRing.open(path)
    assert not (path / "master.key").exists()


@pytest.mark.usefixtures("ring")
def test_a_master_secret_cut_short_is_refused(path: Path) -> None:
    (path / "master.key").write_bytes(b"")
    with pytest.raises(ValueError, match="damaged"):
        KeyRing.open(path)


def test_a_start_cut_off_between_the_two_files_is_finished_by_the_next(ring: KeyRing, path: Path) -> None:
    first = ring.current.kid
    (path / "ring.json").unlink()
    again = KeyRing.open(path)
    assert again.secret("sealing") == ring.secret("sealing")
    assert again.current.kid != first


def test_what_a_crash_left_half_written_is_no_hindrance(ring: KeyRing, path: Path) -> None:
    (path / "ring.new").write_bytes(b"[{")
    ring.rotate()
    assert ring.current.kid in published(KeyRing.open(path))


# --- what is published ---


def test_the_published_keys_are_public_and_named_by_their_thumbprint(ring: KeyRing) -> None:
    entries = ring.jwks()["keys"]
    assert isinstance(entries, list)
    for entry in entries:
        assert entry.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
        assert jwt.PyJWK(entry).key.public_numbers()
        assert entry["kid"] == joserfc_thumbprint(entry)


def joserfc_thumbprint(entry: dict[str, str]) -> str:
    return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y")}).thumbprint()


def test_a_private_key_does_not_show_when_a_key_is_printed(ring: KeyRing) -> None:
    assert ring.current.kid in repr(ring.current)
    assert "PRIVATE" not in f"{ring.current!r} {ring!r} {vars(ring)}"


def test_a_new_ring_publishes_the_next_key_before_it_signs(ring: KeyRing) -> None:
    assert [key.state for key in ring._keys.values()] == ["current", "next"]
    assert published(ring) == [in_state(ring, "current")[0].kid, in_state(ring, "next")[0].kid]


def test_no_key_is_found_by_another_name(ring: KeyRing) -> None:
    kid = ring.current.kid
    assert ring.public_pem(kid) == ring.current.public_pem
    for other in ("", kid[:-1], kid.swapcase(), f"{kid} ", "current"):
        assert ring.public_pem(other) is None


# --- rotation ---


def test_a_rotation_puts_the_next_key_to_work_and_keeps_the_last_for_the_overlap(ring: KeyRing) -> None:
    current, following = (in_state(ring, state)[0].kid for state in ("current", "next"))
    with time_machine.travel(NOW, tick=False) as clock:
        ring.rotate(HOUR)
        assert ring.current.kid == following
        assert [key.kid for key in in_state(ring, "previous")] == [current]
        assert len(in_state(ring, "next")) == 1
        clock.shift(HOUR - timedelta(seconds=1))
        assert ring.public_pem(current) is not None
        assert current in published(ring)
        clock.shift(timedelta(seconds=1))
        assert ring.public_pem(current) is None
        assert current not in published(ring)


def test_a_key_whose_overlap_is_over_leaves_the_disk_at_the_next_rotation(ring: KeyRing, path: Path) -> None:
    first = ring.current.private_pem
    with time_machine.travel(NOW, tick=False) as clock:
        ring.rotate(HOUR)
        assert first in pems(path)
        clock.shift(HOUR)
        ring.rotate(HOUR)
    assert first not in pems(path)


def pems(path: Path) -> list[str]:
    return [entry["pem"] for entry in json.loads((path / "ring.json").read_bytes())]


@pytest.mark.parametrize("later", [timedelta(minutes=20), 9 * HOUR])
def test_an_overlap_once_promised_is_not_changed_by_a_later_rotation(ring: KeyRing, later: timedelta) -> None:
    first = ring.current.kid
    with time_machine.travel(NOW, tick=False) as clock:
        ring.rotate(2 * HOUR)
        clock.shift(HOUR)
        ring.rotate(later)
        clock.shift(HOUR - timedelta(seconds=1))
        assert ring.public_pem(first) is not None
        clock.shift(timedelta(seconds=1))
        assert ring.public_pem(first) is None


def test_without_overlap_a_compromised_key_is_out_at_once(ring: KeyRing) -> None:
    known = ring.current.kid
    ring.rotate(timedelta(0))
    assert ring.public_pem(known) is None


def test_the_private_halves_stay_as_they_were_when_keys_step_on(ring: KeyRing, path: Path) -> None:
    before = {key.kid: key.private_pem for key in ring._keys.values()}
    ring.rotate()
    after = {key.kid: key.private_pem for key in KeyRing.open(path)._keys.values()}
    assert before.items() <= after.items()


# --- several processes ---


def _open_at_barrier(
    path: Path, begin: "multiprocessing.synchronize.Barrier", answers: "multiprocessing.Queue[str]"
) -> None:
    begin.wait(120)
    ring = KeyRing.open(path)
    answers.put(f"{ring.current.kid} {ring.secret('x').hex()}")


def _rotate_at_barrier(path: Path, begin: "multiprocessing.synchronize.Barrier", times: int) -> None:
    ring = KeyRing.open(path)
    begin.wait(120)
    for _ in range(times):
        ring.rotate()


SPAWN = multiprocessing.get_context("spawn")


def test_processes_that_start_at_once_share_one_ring(path: Path) -> None:
    begin, answers = SPAWN.Barrier(4), SPAWN.Queue()
    started = [SPAWN.Process(target=_open_at_barrier, args=(path, begin, answers)) for _ in range(4)]
    for process in started:
        process.start()
    said = {answers.get(timeout=240) for _ in started}
    for process in started:
        process.join(30)
    assert said == {f"{(ring := KeyRing.open(path)).current.kid} {ring.secret('x').hex()}"}


def test_rotations_of_several_processes_follow_each_other_and_none_is_lost(ring: KeyRing, path: Path) -> None:
    begin = SPAWN.Barrier(2)
    started = [SPAWN.Process(target=_rotate_at_barrier, args=(path, begin, 5)) for _ in range(2)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0, 0]
    assert len(in_state(ring, "current")) == 1
    ring._look()
    assert [len(in_state(ring, state)) for state in ("previous", "current", "next")] == [10, 1, 1]


def test_a_ring_picks_up_what_another_process_rotated(ring: KeyRing, path: Path) -> None:
    other = KeyRing.open(path)
    other.rotate()
    assert ring.current.kid == other.current.kid
    assert published(ring) == published(other)


def test_it_picks_up_a_rotation_within_one_tick_of_the_file_systems_clock(ring: KeyRing, path: Path) -> None:
    before = (path / "ring.json").stat()
    other = KeyRing.open(path)
    other.rotate()
    os.utime(path / "ring.json", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ring.current.kid == other.current.kid


def test_a_ring_looks_at_its_file_at_most_once_a_second(
    ring: KeyRing, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOOK_EVERY_S", 1.0)
    seen = ring.current.kid
    KeyRing.open(path).rotate()
    assert ring.current.kid == seen
    ring._looked -= 1.0
    assert ring.current.kid != seen


# --- secrets ---


def test_a_secret_is_32_bytes_the_same_at_every_start_and_after_every_rotation(ring: KeyRing, path: Path) -> None:
    secret = ring.secret("sealing")
    ring.rotate(timedelta(0))
    assert len(secret) == 32
    assert KeyRing.open(path).secret("sealing") == secret


def test_secrets_of_different_purposes_and_installations_have_nothing_in_common(ring: KeyRing, tmp_path: Path) -> None:
    other = KeyRing.open(tmp_path / "other")
    purposes = ("sealing", "cursors", "receipts", "proof-of-work", "throttle", "", "sealing ")
    secrets = {r.secret(purpose) for r in (ring, other) for purpose in purposes}
    assert len(secrets) == 2 * len(purposes)


def test_no_release_derives_other_secrets_than_the_one_that_sealed_with_them(ring: KeyRing, path: Path) -> None:
    """RFC 5869 by hand: SHA-256, a salt of zeros, one block of 32 bytes."""
    extracted = hmac.digest(bytes(32), (path / "master.key").read_bytes(), "sha256")
    assert ring.secret("sealing") == hmac.digest(extracted, b"athd:sealing\x01", "sha256")
