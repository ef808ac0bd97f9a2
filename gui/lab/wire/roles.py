"""Which colour of the palette's layers a kind of bytes has, everywhere in the laboratory."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from netcore.layout import Kind

ROLES: Final[Mapping[Kind, str]] = MappingProxyType({
    Kind.HEADER: "header",
    Kind.LENGTH: "header",
    Kind.FIELD: "epoch",
    Kind.KEY: "json",
    Kind.SIGNATURE: "tag",
    Kind.CIPHERTEXT: "ciphertext",
    Kind.TAG: "tag",
    Kind.STAMP: "stamp",
    Kind.JSON: "ciphertext",
    Kind.JSON_KEY: "json",
    Kind.JSON_VALUE: "epoch",
    Kind.TEXT: "text",
    Kind.PADDING: "ciphertext",
    Kind.UNREAD: "ciphertext",
})
