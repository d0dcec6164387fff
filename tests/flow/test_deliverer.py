"""What is delivered in the background."""

from __future__ import annotations

import threading

from fibermap.access.acting import SERVER, Actor, acting
from fibermap.flows.deliverer import Deliverer


def test_what_is_done_in_the_background_is_done_by_the_server_and_not_by_whoever_began_it() -> None:
    heard: list[Actor] = []
    done = threading.Event()

    def deliver() -> None:
        heard.append(acting())
        done.set()

    deliverer = Deliverer(deliver)
    deliverer.start()
    assert done.wait(60)
    deliverer.stop()
    assert heard == [SERVER]
