"""Paths of units: the keys from the root down, separated by slashes, such as `/so/phong/truong/`."""


def parent(path: str) -> str:
    """The parent path; for the root it is `/`, which is no unit."""
    return path[: path.rstrip("/").rfind("/") + 1]


def line(path: str) -> list[str]:
    """The path and its ancestors, the root first."""
    keys = [key for key in path.split("/") if key]
    return ["/" + "/".join(keys[: depth + 1]) + "/" for depth in range(len(keys))]
