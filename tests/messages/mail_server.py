"""A mail server for tests, on loopback: it takes what it is given, and answers as it is told to."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default

HANG_UP, SILENT = "hang up", "silent"


@dataclass
class MailServer:
    """What it has taken, and how it answers.

    Attributes
    ----------
    encrypts
        How it encrypts a line when it is asked to; None: it cannot.
    answers
        By command, ``RCPT`` or ``DOT`` for the line that ends a message: replies in turn, the last one for good;
        ``HANG_UP`` closes the line, ``SILENT`` never answers.
    """

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=dict)
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    encrypts: ssl.SSLContext | None = None

    def messages(self) -> list[Message]:
        """Return what was taken, as it was read."""
        return [message_from_bytes(each, policy=default) for each in self.taken]

    def _next(self, command: str, usual: str) -> str:
        replies = self.answers.get(command, [])
        return usual if not replies else replies.pop(0) if len(replies) > 1 else replies[0]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
            writer.write(b"220 test\r\n")
            while line := await reader.readline():
                command = line[:4].strip().upper().decode()
                if not await self._answer(command, line, reader, writer):
                    break
        writer.close()

    async def _answer(
        self, command: str, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        greeting = "250-test\r\n250 STARTTLS" if self.encrypts else "250 ok"
        usual = {"DATA": "354 go on", "QUIT": "221 bye", "EHLO": greeting, "STAR": "220 go on"}.get(command, "250 ok")
        reply = self._next(command, usual)
        if command == "RCPT" and reply.startswith("2"):
            self.recipients.append(line.decode().strip())
        if command == "DATA" and reply.startswith("3"):
            writer.write(reply.encode() + b"\r\n")
            content = await reader.readuntil(b"\r\n.\r\n")
            reply = self._next("DOT", "250 taken")
            if reply.startswith("2") or reply == HANG_UP:
                self.taken.append(content[:-5].replace(b"\r\n..", b"\r\n."))
        if reply == SILENT:
            await reader.read()  # until the caller has gone
        if reply in (HANG_UP, SILENT):
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        if command == "STAR" and self.encrypts:
            await writer.start_tls(self.encrypts)
            self.encrypts = None  # offered once
        return command != "QUIT"


@contextmanager
def mail_server(
    *, encrypts: ssl.SSLContext | None = None, at_once: ssl.SSLContext | None = None, **answers: list[str]
) -> Iterator[MailServer]:
    """Lend a server that answers; it is gone with the block. ``at_once``: how it encrypts from the first byte."""
    server, ready = MailServer(answers=answers, encrypts=encrypts), threading.Event()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        listening = await asyncio.start_server(server.talk, "127.0.0.1", 0, ssl=at_once)
        server.port = listening.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        listening.close()  # so that whoever comes later is refused and need not wait

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:  # ends the talks that are still going on
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(60)
