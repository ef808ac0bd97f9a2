"""How long a message takes to each member, from the server's own frames."""

from __future__ import annotations

from netcore.lab.deliveries import Deliveries
from netcore.wire.messages import Joined
from tests.gui.cast import BEN
from tests.lab.scene import Scene, said


def test_it_counts_from_the_say_to_the_last_byte_at_each_member() -> None:
    ada, ben = Scene(server=True), Scene(server=True, connection=2)
    deliveries = Deliveries()
    deliveries.take(ada.say(1, "hello"))
    start_s = ada.now
    deliveries.take(ada.carried([ada.room_record(said(1, "hello"))]))
    ben.now = start_s + 3.0
    deliveries.take(ben.carried([ben.room_record(said(1, "hello"))]))
    assert round(deliveries.last[1].took_s, 3) == 0.01
    assert round(deliveries.last[2].took_s, 3) == 3.01
    assert deliveries.others([2]) == (deliveries.last[1].took_s, deliveries.last[1].took_s)


def test_what_the_host_says_counts_from_the_first_who_got_it() -> None:
    ada, ben = Scene(server=True), Scene(server=True, connection=2)
    deliveries = Deliveries()
    deliveries.take(ada.said(1, "hello"))
    ben.now = ada.now + 0.5
    deliveries.take(ben.said(1, "hello"))
    assert deliveries.last[1].took_s == 0
    assert round(deliveries.last[2].took_s, 2) == 0.51


def test_comings_are_no_deliveries() -> None:
    scene, deliveries = Scene(server=True), Deliveries()
    deliveries.take(scene.carried([scene.room_record(Joined(BEN.id, "Ben"))]))
    assert deliveries.others([]) is None
