"""Any message, for hypothesis, and the examples of PROTOCOL §6.2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st

from netcore.wire import messages as m
from netcore.wire.messages import ClientMessage, DirectMessage, Message, RoomMessage

PAGE = Path(m.__file__).parents[1] / "PROTOCOL.md"
CLASSES: tuple[type[Message], ...] = tuple(
    dict.fromkeys(get_args(ClientMessage) + get_args(DirectMessage) + get_args(RoomMessage))
)

_counts = st.integers(0, m.LARGEST_INT)
_numbers = st.integers(1, m.LARGEST_INT)
_by_annotation: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (m.Id, st.binary(min_size=32, max_size=32)),
    (m.FromId, st.binary(min_size=32, max_size=32)),
    (m.Hash, st.binary(min_size=32, max_size=32)),
    (m.Modulus, st.binary(min_size=256, max_size=256)),
    (m.Signature, st.binary(min_size=256, max_size=256)),
    (m.C1, st.binary(min_size=256, max_size=256)),
    (m.C2, st.binary(min_size=544, max_size=600)),
    (m.Stream, st.binary(min_size=16, max_size=16)),
    (m.MsgId, st.binary(min_size=16, max_size=16)),
    (m.LogId, st.binary(min_size=16, max_size=16)),
    (m.Count, _counts),
    (m.Millis, _counts),
    (m.Number, _numbers),
    (m.Name, st.text(max_size=24)),
    (m.Asked, st.text(max_size=200)),
    (m.Text, st.text(max_size=200)),
    (m.Flag, st.booleans()),
    (m.BlobId, st.binary(min_size=16, max_size=16)),
    (m.FileKey, st.binary(min_size=32, max_size=32)),
    (m.FileName, st.text(max_size=255)),
]


def _of(hint: Any) -> st.SearchStrategy[Any]:
    for annotation, strategy in _by_annotation:
        if hint == annotation:
            return strategy
    arguments = get_args(hint)
    if type(None) in arguments:
        wanted = arguments[0]
        return st.none() | (_instances(wanted) if isinstance(wanted, type) else _of(wanted))
    if arguments[-1] is Ellipsis:
        return st.lists(_instances(arguments[0]), max_size=4).map(tuple)
    return st.sampled_from(list(arguments[0]))  # an Enum


def _instances(cls: type) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{name: _of(hint) for name, hint in hints.items() if name != "t"})


ANY_MESSAGE: st.SearchStrategy[Message] = st.one_of([_instances(cls) for cls in CLASSES])


FILES: st.SearchStrategy[m.File] = _instances(m.File)


def page_examples() -> list[bytes]:
    """The JSON examples of §6.2, with `<n characters>` filled up."""
    page = PAGE.read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```json\n(.*?)```", page, re.S) for line in block.splitlines()]
    return [re.sub(r"<(\d+) characters>", lambda m: "A" * int(m[1]), line).encode() for line in lines]
