"""Time that goes on, whatever the clock of the machine does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fibermap.kernel import clock
from fibermap.kernel.clock import STANDS_STILL, SystemClock


def test_a_clock_that_is_corrected_backwards_stands_still_and_one_that_is_set_back_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, seconds = SystemClock().now(), timedelta(seconds=1)
    told: list[datetime] = []
    read = [begun + far for far in (60 * seconds, 59 * seconds, 60.5 * seconds, 60.4 * seconds - STANDS_STILL)]
    for at in read:
        monkeypatch.setattr(clock, "machine_time", lambda at=at: at)
        told.append(SystemClock().now())
    assert told == [read[0], read[0], read[2], read[3]]
    monkeypatch.setattr(SystemClock, "_latest", begun)
