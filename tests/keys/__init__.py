"""Fixed RSA keys for tests, so that no test waits for key generation. They protect nothing.

`pem("server_identity")` is RSA-3072; `kex` and the `member_*` keys are RSA-2048.
"""

from pathlib import Path

NAMES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.pem")))


def pem(name: str) -> bytes:
    """The PKCS#8 PEM text of the test key called `name` (one of NAMES)."""
    return (Path(__file__).parent / f"{name}.pem").read_bytes()
