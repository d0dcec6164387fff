"""Taking an index up from its file, as whoever stands in front of a database does, in a process of its own.

``python -m benchmarks.index_load INDEX`` prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measure import measure
from fibermap.kernel.clock import SystemClock
from fibermap.serving.answers import Answers
from fibermap.serving.published import Published
from fibermap.serving.question import Question


@dataclass(frozen=True, slots=True)
class Load:
    """How long it took until the first answer, and by how much memory grew: what is mapped and was touched included."""

    seconds: float
    mb: float


def load(path: Path) -> Load:
    """Load an index, checked against its checksums, and answer a question by text and one by place from it."""

    def work() -> None:
        published = Published(path)
        answers = Answers(lambda: published.index, SystemClock())
        answers.check(Question(q="100 Main St"))
        answers.check(Question(lon=-111.3, lat=45.9))

    measured = measure(work)
    return Load(measured.seconds, measured.peak_mb)


if __name__ == "__main__":
    print(json.dumps(asdict(load(Path(sys.argv[1])))))
