"""Waiting for a sandbox, which goes on only while somebody looks."""

from __future__ import annotations

from netcore.lab.sandbox.sandbox import Sandbox
from tests.waiting import wait_until


def finish(sandbox: Sandbox) -> None:
    """Until all that was asked for is done, without trouble."""

    def is_done() -> bool:
        sandbox.look()
        return not sandbox.busy

    wait_until(is_done, what="the orders are done")
    assert not sandbox.trouble
