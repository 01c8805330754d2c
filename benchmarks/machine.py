"""The machine of the measurement, and the core of each process."""

import os
import platform
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """`server` runs the web server under test and nothing else of ours; `client` the load and PostgreSQL.

    None where the system has no core to spare or cannot pin (macOS): everything then shares what there is.
    """

    server: int | None
    client: int | None


def choose_cores() -> Cores:
    if sys.platform != "linux":
        return Cores(None, None)
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(allowed[0], allowed[1]) if len(allowed) > 1 else Cores(None, None)


def pin(core: int | None) -> None:
    """Keep the calling thread, and the processes it starts from now on, on `core`."""
    if core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {core})


def stop_cleanly_on_sigterm() -> None:
    """Turn SIGTERM (of `timeout`, of CI) into SystemExit, so that the servers started here end with the command."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def core_ticks(core: int | None) -> tuple[int, int]:
    """(busy, all) clock ticks of a core since the machine started; (0, 0) where the system does not say."""
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return 0, 0
    for line in lines:
        name, *fields = line.split()
        if name == f"cpu{core}":
            ticks = [int(field) for field in fields[:8]]
            return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
    return 0, 0


def processor_seconds(session: int) -> float:
    """Processor time so far of a session's living processes; 0 where the system does not say."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process that has just ended
            # Behind the name, which may hold anything: state, parent, group, session; user and system time.
            fields = path.read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def facts(packages: tuple[str, ...], *more: str) -> list[str]:
    """One line each: processor, memory, load, Python, the versions of `packages`, and `more`."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return [
        f"{platform.system()} {platform.machine()}, {_processor()}, {os.cpu_count()} cores, {_memory_gib():.0f} GiB",
        f"load average before: {load}",
        f"Python {platform.python_version()}, " + ", ".join(f"{name} {_version(name)}" for name in packages),
        *more,
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _memory_gib() -> float:
    return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) / 2**30
