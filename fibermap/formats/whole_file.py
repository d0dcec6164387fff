"""A file appears whole or not at all: it is written beside its place under another name, then renamed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fibermap.kernel.errors import Code, FibermapError, InputRefused


@contextmanager
def whole_file(path: Path, *failures: type[Exception]) -> Iterator[Path]:
    """Yield a name beside ``path`` to write to; it takes the place of ``path`` at the end, unless something fails.

    Parameters
    ----------
    path
        Replaced if it exists. Its folder must exist.
    *failures
        What else a writer raises where the disk or the driver refuses.

    Raises
    ------
    InputRefused
        ``export_target_refused`` for a directory, a folder that is not there, and whatever cannot be written to.
    """
    refuse_target(path)
    refusals: tuple[type[Exception], ...] = (OSError, *failures)
    temporary = path.with_name(f".{path.stem[:80]}-{uuid.uuid4().hex}{path.suffix.lower()}")
    try:
        yield temporary
        temporary.replace(path)
    except FibermapError:
        raise
    except refusals as failure:
        raise InputRefused(
            Code.EXPORT_TARGET_REFUSED,
            f"{path.name} could not be written: {failure}.",
            hint="Check the disk and your rights, or write to another place.",
            file=str(path),
        ) from failure
    finally:
        temporary.unlink(missing_ok=True)


def refuse_target(path: Path) -> None:
    """Refuse a file to write that is a directory, or in a folder that is not there: ``export_target_refused``."""
    if path.is_dir():
        what, hint = f"{path} is a directory.", "Name a file inside it."
    elif not path.parent.is_dir():
        what, hint = f"The folder {path.parent} is not there.", "Create it first, or write to another place."
    else:
        return
    raise InputRefused(Code.EXPORT_TARGET_REFUSED, what, hint=hint, file=str(path))
