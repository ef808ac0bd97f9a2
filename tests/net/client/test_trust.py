"""Whom the client believes (PROTOCOL §11.2)."""

from __future__ import annotations

from pathlib import Path

import pytest

from netcore.crypto.identity import PublicKey, fingerprint_text
from netcore.errors import (
    InviteMismatch,
    PublishedKey,
    ServerKeyChanged,
    TrustError,
    TrustFileError,
    UnknownServer,
)
from netcore.lab.throwaway import private_key
from netcore.net.api.events import TrustAsked
from netcore.net.client.known_rooms import KnownRoom, known_rooms, known_servers
from netcore.net.client.trust import Trust
from netcore.net.target import Target
from tests.net.client.kit import key

RIGHT, OTHER = key("server_identity").public, key("server_identity_2").public
PLACE = "127.0.0.1:5050"


def trust(folder: Path, invite: PublicKey | None = None, accept_new: bool = False, port: int = 5050) -> Trust:
    invite_fp = invite.fingerprint[:16] if invite else None
    return Trust(known_servers(folder), Target("127.0.0.1", port, invite_fp), accept_new, lambda: 7)


def knows(folder: Path, public: PublicKey, address: str = PLACE, room: str = "Lab") -> None:
    known_servers(folder).accept(public.fingerprint, address, room, 5)


def test_first_contact_is_a_question(tmp_path: Path) -> None:
    """PROTOCOL §11.2: "unknown key, unknown address: end the connection; ask the person"."""
    one = trust(tmp_path)
    with pytest.raises(UnknownServer) as caught:
        one.check(RIGHT)
    assert one.question == TrustAsked(PLACE, RIGHT.fingerprint, b"", 0, "")
    assert "SHA256:" in str(caught.value) and caught.value.exit_code == 3
    assert known_rooms(tmp_path) == ()


def test_the_yes_holds_for_exactly_that_fingerprint(tmp_path: Path) -> None:
    """PROTOCOL §11.2: "on yes, connect again and take exactly this fingerprint"."""
    one = trust(tmp_path)
    with pytest.raises(UnknownServer):
        one.check(RIGHT)
    assert not one.pin(OTHER.fingerprint) and not one.pin(RIGHT.fingerprint[:31])
    assert one.pin(RIGHT.fingerprint)
    with pytest.raises(UnknownServer):
        one.check(OTHER)
    one.check(RIGHT)
    assert one.first_contact
    one.established(RIGHT.fingerprint)
    one.welcomed(RIGHT.fingerprint, "Lab")
    assert known_rooms(tmp_path) == (KnownRoom(RIGHT.fingerprint, "Lab", PLACE),)
    again = trust(tmp_path)
    again.check(RIGHT)
    assert not again.first_contact


@pytest.mark.parametrize("how", ["invite", "accept_new"])
def test_an_invite_or_accept_new_decides_a_first_contact(tmp_path: Path, how: str) -> None:
    one = trust(tmp_path, RIGHT if how == "invite" else None, how == "accept_new")
    one.check(RIGHT)
    assert one.first_contact and one.question is None


def test_an_invite_to_another_server_is_no_question(tmp_path: Path) -> None:
    """The invite decides, and here it says no."""
    one = trust(tmp_path, invite=OTHER, accept_new=True)
    with pytest.raises(InviteMismatch):
        one.check(RIGHT)
    assert one.question is None


@pytest.mark.parametrize(("invited", "accept_new"), [(False, False), (True, False), (False, True)])
def test_a_changed_key_is_a_hard_stop(tmp_path: Path, invited: bool, accept_new: bool) -> None:
    """PROTOCOL §11.2: "stop, show both, ask, default no. An invite does not override this"."""
    knows(tmp_path, RIGHT)
    one = trust(tmp_path, OTHER if invited else None, accept_new)
    with pytest.raises(ServerKeyChanged):
        one.check(OTHER)
    assert one.question == TrustAsked(PLACE, OTHER.fingerprint, RIGHT.fingerprint, 5, "Lab")
    assert one.pin(OTHER.fingerprint)
    one.check(OTHER)
    one.established(OTHER.fingerprint)
    assert [room.fingerprint for room in known_rooms(tmp_path)] == [OTHER.fingerprint]


def test_a_known_key_at_a_new_address_is_a_notice(tmp_path: Path) -> None:
    """PROTOCOL §11.2: "Known key, new address: go on, and say so"."""
    knows(tmp_path, RIGHT)
    one = trust(tmp_path, port=6000)
    one.check(RIGHT)
    assert one.notice is not None and "Lab" in one.notice.text
    one.welcomed(RIGHT.fingerprint, "Lab")
    again = trust(tmp_path, port=6000)
    again.check(RIGHT)
    assert again.notice is None
    assert trust(tmp_path).expected() == (RIGHT.fingerprint, "Lab"), "the old address is known still"


def test_a_damaged_list_is_not_an_empty_one(tmp_path: Path) -> None:
    """Else every server would be new, and a false one as good as a true one."""
    (tmp_path / "known_servers.json").write_text("{")
    with pytest.raises(TrustFileError):
        trust(tmp_path, accept_new=True).check(RIGHT)


def test_errors_of_trust_end_with_3() -> None:
    """Exit code 3: not trusted."""
    assert {one.exit_code for one in (TrustError, UnknownServer, ServerKeyChanged, InviteMismatch)} == {3}


def test_a_key_that_everyone_has_is_never_believed(tmp_path: Path) -> None:
    """PROTOCOL §11.2: "whatever was known or invited". There is nothing to say yes to."""
    published = private_key("server").public
    knows(tmp_path, published)
    one = trust(tmp_path, invite=published, accept_new=True)
    with pytest.raises(PublishedKey, match="everyone has it") as caught:
        one.check(published)
    assert one.question is None and not one.pin(published.fingerprint)
    assert caught.value.exit_code == 3 and fingerprint_text(published.fingerprint) in str(caught.value)


def test_in_the_laboratory_it_is_a_key_like_others(tmp_path: Path) -> None:
    published = private_key("server").public
    one = Trust(known_servers(tmp_path), Target("127.0.0.1", 5050, None), True, lambda: 7, laboratory=True)
    one.check(published)
    assert one.first_contact
