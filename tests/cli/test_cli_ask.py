"""At a terminal the questions are asked, each once, and nothing is written without a yes."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.commands import fibermap
from tests.cli.village import write_plan

PATIENCE_S = 120.0
_REACTION_S = 0.5
_NOTHING_CAME_S = 10.0


class Terminal:
    """A program at a terminal of its own, and what stands on the screen."""

    def __init__(self, *arguments: object) -> None:
        self._screen, inside = pty.openpty()
        command = [sys.executable, "-m", "fibermap", *map(str, arguments)]
        # A runner in the background ignores Ctrl-C, and what it starts would inherit that.
        self._program = subprocess.Popen(
            command,
            stdin=inside,
            stdout=inside,
            stderr=inside,
            preexec_fn=_heed_ctrl_c,  # noqa: PLW1509
        )
        os.close(inside)
        self.text = ""

    def wait_for(self, text: str) -> None:
        """Read until a text has appeared since the last time."""
        begun = len(self.text)
        while text not in self.text[begun:]:
            assert self._read(), self.text

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._screen, f"{line}\n".encode())

    def press_ctrl_c(self) -> None:
        """Interrupt the program as a terminal does, as soon as a person could.

        A signal between the prompt and the system call that waits for an answer is seen only after the answer; so
        where nothing comes of it, it is pressed again.
        """
        time.sleep(_REACTION_S)
        self._program.send_signal(signal.SIGINT)
        while not select.select([self._screen], [], [], _NOTHING_CAME_S)[0]:
            self._program.send_signal(signal.SIGINT)

    def finish(self) -> int:
        """Read the rest and return the exit code."""
        while self._read():
            pass
        os.close(self._screen)
        return self._program.wait(timeout=PATIENCE_S)

    def _read(self) -> bool:
        """Read what has come, and tell whether the program still has the terminal."""
        ready, _, _ = select.select([self._screen], [], [], PATIENCE_S)
        if not ready:
            self._program.kill()
            pytest.fail(f"nothing more came after {self.text!r}")
        try:
            chunk = os.read(self._screen, 4096)
        except OSError:  # how Linux says that the other end of a terminal is closed
            return False
        self.text += chunk.decode()
        return bool(chunk)


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def unclear(tmp_path: Path) -> Path:
    """A plan with one status word in two places, and another one."""
    return write_plan(tmp_path / "fiber_plan.geojson", west="Splicing", east="Blowing")


def test_words_are_asked_about_and_the_answers_promoted(db: Path, unclear: Path) -> None:
    terminal = Terminal("ingest", unclear, "--db", db)
    for word, answer in (("Blowing", "nonsense"), ("Blowing", "pre-build"), ("Splicing", "build")):
        terminal.wait_for("build / pre-build / ignored / skip")
        assert word in terminal.text.rsplit("What does", 1)[-1]
        terminal.type(answer)

    assert terminal.finish() == 0
    assert "Dry run, nothing written" in terminal.text
    assert "Plan version 2" in terminal.text
    assert "Promote?" not in terminal.text
    rows = fibermap("sql", "SELECT name, class FROM areas ORDER BY name", "--db", db, "--json").json["rows"]
    assert {row["name"]: row["class"] for row in rows} == {"Elk Ridge": "build", "Larch": "pre-build"}


def test_a_no_writes_nothing(db: Path, unclear: Path) -> None:
    terminal = Terminal("ingest", unclear, "--db", db)
    for _ in range(2):
        terminal.wait_for("build / pre-build / ignored / skip")
        terminal.type("skip")
    terminal.wait_for("Promote?")
    terminal.type("n")

    assert terminal.finish() == 3
    assert fibermap("status", "--db", db, "--json").json["plan_version"] == 1


def test_ctrl_c_at_a_question_writes_nothing(db: Path, unclear: Path) -> None:
    terminal = Terminal("ingest", unclear, "--db", db)
    terminal.wait_for("build / pre-build / ignored / skip")
    terminal.press_ctrl_c()

    assert terminal.finish() == 130
    assert "Traceback" not in terminal.text
    assert fibermap("status", "--db", db, "--json").json["plan_version"] == 1


def test_without_a_question_the_promote_is_straight(db: Path, tmp_path: Path) -> None:
    terminal = Terminal("ingest", write_plan(tmp_path / "fiber_plan.geojson", east="In Service"), "--db", db)

    assert terminal.finish() == 0
    assert "Plan version 2" in terminal.text
