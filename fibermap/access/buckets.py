"""Token buckets: so many requests a second in the long run, a burst at once, and the memory for it bounded."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

MOST_BUCKETS = 10_000
BURST_S = 2.0


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at_s: float


class TokenBuckets:
    """One bucket a caller. The least recently asked for is forgotten first, which only ever lets more through."""

    def __init__(self, most: int = MOST_BUCKETS) -> None:
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._most = most

    def take(self, who: str, rate_per_s: float, now_s: float, cost: float = 1.0, burst: float = 1.0) -> float:
        """Take tokens out of somebody's bucket.

        Parameters
        ----------
        who
            Whose bucket; it starts full.
        rate_per_s
            How fast it fills; it holds what comes in two seconds, and ``burst`` at least.
        now_s
            A clock that only goes forward, seconds.
        cost
            How many tokens; of more than the bucket holds, a full one is enough, and what is missing is owed.

        Returns
        -------
        float
            0 where there were enough, else the seconds until there will be; then nothing was taken.
        """
        size = max(rate_per_s * BURST_S, burst)
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = _Bucket(size, now_s)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(who)
            bucket.tokens = min(size, bucket.tokens + (now_s - bucket.filled_at_s) * rate_per_s)
            bucket.filled_at_s = now_s
        missing = min(cost, size) - bucket.tokens
        if missing > 1e-9:
            return missing / rate_per_s
        bucket.tokens -= cost
        return 0.0

    def __len__(self) -> int:
        return len(self._buckets)
