"""Throw-away keys for the laboratory's own rooms. They protect nothing, and go with the rooms."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.crypto.identity import PrivateKey
from netcore.crypto.primitives import RsaKey
from netcore.lab.mallory import MalloryKeys
from netcore.lab.throwaway import kex_key, private_key, rsa_key


@dataclass(frozen=True, slots=True)
class LabKeys:
    """A server's, and members'; Mallory's; and two for version 1.3 of the museum: the server's and his."""

    server: PrivateKey
    host: PrivateKey
    ada: PrivateKey
    ben: PrivateKey
    third: PrivateKey
    mallory: MalloryKeys
    museum_server: RsaKey
    museum_mallory: RsaKey

    @classmethod
    def published(cls) -> LabKeys:
        """Those that ship with the laboratory (`throwaway`): half a second."""
        return cls(
            server=private_key("server"),
            host=private_key("host"),
            ada=private_key("ada"),
            ben=private_key("ben"),
            third=private_key("cara"),
            mallory=MalloryKeys(
                private_key("mallory"), kex_key("mallory_kex"), private_key("mallory_member")
            ),
            museum_server=rsa_key("server_kex"),
            museum_mallory=rsa_key("mallory_kex"),
        )
