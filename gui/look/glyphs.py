"""Room for the pictures of colour emoji, on X11.

Xft keeps drawn glyphs in a cache of 4 MB a screen and 1 MB a font. An emoji's picture takes 70 kB, so with a
dozen of different ones in sight each is unpacked anew for every drawing: 2 ms instead of some microseconds.
Its size is an X resource, which Xft reads with the first font; a file named by XENVIRONMENT can give it.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

CACHE_BYTES: Final = 64 * 1024 * 1024
_VARIABLE: Final = "XENVIRONMENT"


@contextmanager
def room_for_glyphs() -> Iterator[None]:
    """Make the Tk and its first fonts inside of this. A person's own XENVIRONMENT stays in force."""
    if sys.platform in ("win32", "darwin") or _VARIABLE in os.environ:
        yield
        return
    # By hand: loading tempfile for it would be felt at the start.
    path = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"localchat-{os.urandom(8).hex()}")
    with suppress(OSError):  # a full disk makes emoji slow, no more
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"Xft.maxglyphmemory: {CACHE_BYTES}\n")
        os.environ[_VARIABLE] = path
    try:
        yield
    finally:
        os.environ.pop(_VARIABLE, None)
        with suppress(OSError):
            os.unlink(path)
