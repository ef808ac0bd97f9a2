"""Keys, seals and signatures of LocalChat/1. Pure: no sockets, no files, no clock.

    eax          hide and authenticate: AES-256 in EAX mode
    primitives   the rest of Crypto.*, without its many voices: OAEP, PSS, X25519, RSA keys
    hkdf         many keys from one secret
    identity     who somebody is: RSA keys, fingerprints
    bodies       the four frames of the handshake, byte by byte
    exchange     the handshake: how two strangers come to share secrets
    records      Direct and Close records: sealed for one connection
    room_keys    Room records: sealed once for all, stamped for each
    whispers     what even the server cannot read

Randomness is an argument everywhere (`Random`: os.urandom in the program, a fixed stream in tests),
so that every byte made here can be made again from the same inputs.
"""

from netcore.crypto.primitives import Random

__all__ = ["Random"]
