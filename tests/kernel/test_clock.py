"""Time that goes on, whatever the clock of the machine does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fibermap.kernel import clock
from fibermap.kernel.clock import STANDS_STILL, SystemClock


def test_a_clock_that_is_corrected_backwards_still_goes_on_and_one_that_is_set_back_is_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, seconds = SystemClock().now(), timedelta(seconds=1)
    told: list[datetime] = []
    far = (60 * seconds, 59 * seconds, 60 * seconds, 60.5 * seconds, 60.4 * seconds - STANDS_STILL)
    read = [begun + each for each in far]
    for at in read:
        monkeypatch.setattr(clock, "machine_time", lambda at=at: at)
        told.append(SystemClock().now())
    least = timedelta(microseconds=1)
    assert told == [read[0], read[0] + least, read[0] + 2 * least, read[3], read[4]]
    monkeypatch.setattr(SystemClock, "_latest", begun)
