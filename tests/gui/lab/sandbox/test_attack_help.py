"""The table of attacks as the help shows it."""

from __future__ import annotations

import tkinter as tk

from gui.keys_help import KeysHelp
from gui.lab.sandbox.attack_help import AttackHelp, noticed_by
from gui.window import Window
from netcore.lab.attacks import ATTACKS


def words_in(widget: tk.Misc) -> list[str]:
    found = [str(widget.cget("text"))] if "text" in widget.keys() else []  # noqa: SIM118
    return found + [words for child in widget.winfo_children() for words in words_in(child)]


def test_from_the_list_of_keys_to_every_attack_and_what_notices_it(window: Window) -> None:
    KeysHelp(window.root, window.look).attacks.invoke()
    (shown,) = [child for child in window.root.winfo_children() if isinstance(child, AttackHelp)]
    words = words_in(shown)
    for attack in ATTACKS:
        assert {attack.what, attack.sentence, noticed_by(attack)} <= set(words)
    assert not [child for child in window.root.winfo_children() if isinstance(child, KeysHelp)]
    shown.update()
    shown.close.invoke()
    assert not shown.winfo_exists()


def test_who_notices_is_named_and_nobody_where_nobody_does() -> None:
    by_name = {attack.name: noticed_by(attack) for attack in ATTACKS}
    assert by_name["flip-client-hello"] == "caught: signature, at the client (PROTOCOL §3.2)"
    assert by_name["own-keys-first"] == "you decide (PROTOCOL §11.1)"
