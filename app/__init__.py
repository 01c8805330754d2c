"""An Toàn Học Đường: the backend of a province's programme for pupils' safety."""

import sys
from importlib import import_module

__version__ = "0.1.0"


def _import_without(unused: str, name: str) -> None:
    """Import a library that would also load `unused`, only because it is installed."""
    if unused in sys.modules:
        return
    sys.modules[unused] = None  # type: ignore[assignment] # that the import of it fails
    try:
        import_module(name)
    finally:
        del sys.modules[unused]


# The log is lines of JSON: no traceback of it is drawn on a terminal.
_import_without("rich", "structlog")
