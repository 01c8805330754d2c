"""Paths of units: each key from the root down, between slashes, such as `/so/phong/truong/`."""


def parent(path: str) -> str:
    """The path right above one; the root's is `/`, where no unit lies."""
    return path[: path.rstrip("/").rfind("/") + 1]


def line(path: str) -> list[str]:
    """The path and all above it, the root first."""
    keys = [key for key in path.split("/") if key]
    return ["/" + "/".join(keys[: depth + 1]) + "/" for depth in range(len(keys))]
