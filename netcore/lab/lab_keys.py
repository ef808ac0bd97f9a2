"""Throw-away keys for the laboratory's own rooms. They protect nothing, and go with the rooms."""

from __future__ import annotations

from dataclasses import dataclass

from netcore.crypto.identity import MEMBER_KEY_BITS, SERVER_KEY_BITS, PrivateKey
from netcore.crypto.primitives import Random, RsaKey, rsa_generate
from netcore.lab.mallory import MalloryKeys


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
    def generate(cls, random: Random) -> LabKeys:
        """Takes ten seconds or more: once in a process is enough."""

        def member() -> PrivateKey:
            return PrivateKey.generate(MEMBER_KEY_BITS, random)

        return cls(
            server=PrivateKey.generate(SERVER_KEY_BITS, random),
            host=member(),
            ada=member(),
            ben=member(),
            third=member(),
            mallory=MalloryKeys.generate(random),
            museum_server=rsa_generate(MEMBER_KEY_BITS, random),
            museum_mallory=rsa_generate(MEMBER_KEY_BITS, random),
        )
