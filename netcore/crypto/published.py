"""Keys whose private halves everyone has, since they ship with the laboratory.

They spare its rooms, which live for a lesson on one computer, the seconds that making keys takes. Anywhere
else such a key proves nothing: a client believes no server that has one, and no server admits a member with
one (PROTOCOL §11.2).
"""

from __future__ import annotations

from typing import Final

PUBLISHED: Final = frozenset(
    map(
        bytes.fromhex,
        (
            "e63932e8bff20213f9ffa693a6da194de92977c9128aea323e4d0b7fe06ffeab",  # ada
            "b0d0ea3d81ecf2549ca741ee3f3e5cac58a5d3364435be84ec2b3af0c67f7127",  # ben
            "0767bc287d58fafa208883548983f3ea483bacf33ab716000508b7ea793cf494",  # cara
            "413f4772c2de0237b284c7706e81f4fb6643a96200f68048308805d73ab4f692",  # host
            "5d4aae98c17fc71ad7f067f5956d7b5b89f61d155561e501173f3f2cf4e873d6",  # mallory
            "4cf4745e277b87ad1a26fcf330a15dfe98e35008bb4d6f4bed4556b0690fc9d5",  # mallory_member
            "ce8f9824a0d0b3114330608076bfdeb05eb885d9d1070ef44f9728f615f39452",  # server
            "c04e17f3a20399ce22c1340ee10a81a3c11110930e0f074760224384b581de4f",  # server_new
        ),
    )
)
"""The fingerprints of those that could stand for somebody; of a key-exchange key nobody asks."""
