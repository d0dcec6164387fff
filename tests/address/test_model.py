"""Connectivity moves by events only."""

from __future__ import annotations

import pytest

from fibermap.address.model import CONNECTIVITY_MOVES, Connectivity, ConnectivityEvent, next_connectivity
from fibermap.kernel.errors import Code, Conflict


def test_from_nothing_to_active_and_back_to_a_bare_drop() -> None:
    state = Connectivity.NONE
    for event in ("network_passed", "drop_built", "ont_placed", "service_activated", "service_ended", "ont_recovered"):
        state = next_connectivity(state, ConnectivityEvent(event))
    assert state is Connectivity.DROP_INSTALLED


def test_every_move_that_is_not_in_the_table_is_a_conflict() -> None:
    for state in Connectivity:
        for event in ConnectivityEvent:
            if (state, event) not in CONNECTIVITY_MOVES:
                with pytest.raises(Conflict) as caught:
                    next_connectivity(state, event)
                assert caught.value.code is Code.CONFLICT


def test_every_state_is_reached_and_left() -> None:
    assert set(CONNECTIVITY_MOVES.values()) == set(Connectivity)
    assert {before for before, _ in CONNECTIVITY_MOVES} == set(Connectivity)
