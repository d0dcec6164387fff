"""Where the features are in a JSON file, found by brackets alone.

The scan never decodes a feature: it follows quotes, brackets and commas in blocks of bytes, so that it counts the
elements of every ``features`` array independently of the JSON parser, in bounded memory, and finds its way through
files that the parser refuses. What is left when the features are cut out, the *envelope*, is small JSON.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fibermap.kernel.errors import Code, InputRefused

BLOCK_BYTES = 2 << 20
MOST_FEATURES = 20_000_000
MOST_ENVELOPE_BYTES = 64 << 20
DEEPEST_ENVELOPE = 200

_BLANK = b" \t\r\n"
_QUOTE, _BACKSLASH, _COMMA = ord('"'), ord("\\"), ord(",")
_OPENERS, _CLOSERS = b"{[", b"}]"
_END_OF_ARRAY = _CLOSERS[1]
_UNBALANCED = "The file ends early or its brackets do not match."
_DELTA = np.zeros(256, dtype=np.int8)
_DELTA[list(_OPENERS)], _DELTA[list(_CLOSERS)] = 1, -1
_IS_TOKEN = np.zeros(256, dtype=bool)
_IS_TOKEN[[_QUOTE, _COMMA, *_OPENERS, *_CLOSERS]] = True

Offsets: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FeatureArray:
    """One ``features`` array: where its elements start and end, bytes, and whether the file reaches its end."""

    starts: Offsets
    ends: Offsets
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Scan:
    """The outline of a file.

    Attributes
    ----------
    envelope
        The JSON with the content of the k-th features array replaced by the number k; what a broken file lacks at
        its end is added.
    arrays
        The features arrays, in order.
    short
        The envelope up to the last features array only.
    tail, size
        Where the last features array ends, and the file, bytes.
    fault
        What is wrong with the file as a whole, in a sentence, or None.
    """

    envelope: bytes
    arrays: tuple[FeatureArray, ...]
    short: bytes
    tail: int
    size: int
    fault: str | None

    def with_tail(self) -> Scan:
        """Count everything after the last features array as its last element: a bracket too many cut it short."""
        *others, last = self.arrays
        longer = FeatureArray(np.append(last.starts, self.tail + 1), np.append(last.ends, self.size), is_whole=False)
        return replace(self.without_tail(), arrays=(*others, longer))

    def without_tail(self) -> Scan:
        """Do without what stands after the last features array."""
        return replace(self, envelope=self.short, fault=_UNBALANCED)


def scan(file: BinaryIO, path: str) -> Scan:
    """Outline a JSON file.

    Parameters
    ----------
    file
        Opened for reading bytes, seekable.
    path
        For messages.

    Raises
    ------
    InputRefused
        ``json_broken`` where brackets outside the features do not match or nest absurdly deep, ``limit_exceeded`` for
        more than :data:`MOST_FEATURES`, ``file_too_large`` where more than 64 MiB are not features.
    """
    scanner = _Scanner(file, path)
    for positions, characters in _tokens(file):
        scanner.follow(positions, characters)
        if scanner.is_done:
            break
    return scanner.outline()


def _tokens(file: BinaryIO) -> Iterator[tuple[Offsets, NDArray[np.uint8]]]:
    """Yield, block by block, offsets and bytes of quotes, and of brackets and commas outside strings."""
    file.seek(0)
    offset, in_string, is_escaped = 0, 0, False
    while block := file.read(BLOCK_BYTES):
        data = np.frombuffer(block, dtype=np.uint8)
        places = np.flatnonzero(_IS_TOKEN[data])
        escaped, is_escaped = _escaped(data, is_escaped)
        if escaped.size:
            places = np.setdiff1d(places, escaped, assume_unique=True)
        characters = data[places]
        is_quote = characters == _QUOTE
        quotes = np.cumsum(is_quote, dtype=np.int64)
        is_outside = (in_string + quotes - is_quote) % 2 == 0
        keep = is_quote | is_outside
        yield places[keep] + offset, characters[keep]
        in_string = (in_string + int(is_quote.sum())) % 2
        offset += data.size


def _escaped(data: NDArray[np.uint8], is_first_escaped: bool) -> tuple[Offsets, bool]:
    """Return the places of bytes after an unescaped backslash, and whether the next block begins with one."""
    slashes = np.flatnonzero(data == _BACKSLASH)
    first = np.zeros(int(is_first_escaped), dtype=np.int64)
    if is_first_escaped and slashes.size and slashes[0] == 0:
        slashes = slashes[1:]
    if not slashes.size:
        return first, False
    count = np.arange(slashes.size)
    starts_run = np.diff(slashes, prepend=-2) != 1
    in_run = count - np.maximum.accumulate(np.where(starts_run, count, 0))
    escaped = slashes[in_run % 2 == 0] + 1
    reaches_over = bool(escaped[-1] == data.size)
    return np.concatenate([first, escaped[:-1] if reaches_over else escaped]), reaches_over


@dataclass(slots=True)
class _Open:
    """An open array of features: its separators so far, and how deep inside its elements the scan stands."""

    start: int
    separators: list[Offsets]
    depth: int = 0
    elements: int = 1
    is_lost: bool = False  # brackets inside do not match: everything to the end of the file is its last element


class _Scanner:
    """Walks the envelope token by token and jumps through features arrays block by block."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._file, self._path = file, path
        self._stack: list[tuple[int, bytes]] = []  # opening bracket and the key it stands under
        self._quote_at: int | None = None  # where the string that is open began
        self._key: bytes = b""  # the string just before the next token
        self._open: _Open | None = None
        self._arrays: list[FeatureArray] = []
        self._holes: list[tuple[int, int]] = []  # what is cut out of the envelope
        self._closers_at_hole = b""
        self._end: int | None = None
        self._is_torn = False  # brackets after a features array do not match

    @property
    def is_done(self) -> bool:
        return self._end is not None

    def follow(self, positions: Offsets, characters: NDArray[np.uint8]) -> None:
        """Take the tokens of one block."""
        index = 0
        while index < positions.size and not self.is_done:
            if self._open is not None:
                index += self._leap(positions[index:], characters[index:])
            else:
                self._step(int(positions[index]), int(characters[index]))
                index += 1

    def _step(self, position: int, character: int) -> None:
        if character == _QUOTE:
            self._take_quote(position)
            return
        if character in _OPENERS:
            self._take_opener(position, character)
        elif character in _CLOSERS:
            self._take_closer(position, character)
        self._key = b""

    def _take_quote(self, position: int) -> None:
        if self._quote_at is None:
            self._quote_at = position
            return
        length = position - self._quote_at - 1
        self._key = self._read(self._quote_at + 1, position) if length <= 16 else b""
        self._quote_at = None

    def _take_opener(self, position: int, character: int) -> None:
        if not self._stack and (position > 1024 or self._read(0, position).strip(_BLANK + b"\xef\xbb\xbf")):
            raise self._broken("has text before its first bracket", position)
        if len(self._stack) == DEEPEST_ENVELOPE:
            raise self._broken(f"nests deeper than {DEEPEST_ENVELOPE} levels", position)
        self._stack.append((character, self._key))
        parents = [key for _, key in self._stack[-2:-1]]
        if character == ord("[") and self._key == b"features" and (len(self._stack) == 2 or parents == [b"featureSet"]):
            self._open = _Open(position + 1, [])

    def _take_closer(self, position: int, character: int) -> None:
        if not self._stack or self._stack[-1][0] != _OPENERS[_CLOSERS.index(character)]:
            if not self._holes:
                raise self._broken(f"has a {chr(character)} that closes nothing", position)
            self._is_torn, self._end = True, position
            return
        self._stack.pop()
        if not self._stack:
            self._end = position + 1

    def _leap(self, positions: Offsets, characters: NDArray[np.uint8]) -> int:
        """Take tokens up to the end of the open features array; return how many were taken."""
        assert self._open is not None
        if self._open.is_lost:
            return positions.size
        depths = self._open.depth + np.cumsum(_DELTA[characters], dtype=np.int64)
        closing = np.flatnonzero(depths < 0)
        taken = int(closing[0]) if closing.size else positions.size
        is_separator = (depths[:taken] == 0) & (characters[:taken] == _COMMA)
        self._open.separators.append(positions[:taken][is_separator])
        self._open.elements += int(is_separator.sum())
        if self._open.elements > MOST_FEATURES:
            raise InputRefused(
                Code.LIMIT_EXCEEDED,
                f"The file holds more than {MOST_FEATURES:,} features.",
                hint="Split it, or export it as a GeoPackage or GeoParquet.",
                file=self._path,
            )
        if not closing.size:
            self._open.depth = int(depths[-1])
            return taken
        if characters[taken] != _END_OF_ARRAY:
            self._open.is_lost = True
            return positions.size
        self._close_array(int(positions[taken]), is_whole=True)
        return taken  # the closing bracket itself is a step of the envelope

    def _close_array(self, end: int, *, is_whole: bool) -> None:
        assert self._open is not None
        separators = np.concatenate([*self._open.separators, np.empty(0, dtype=np.int64)])
        starts = np.concatenate([[self._open.start], separators + 1]).astype(np.int64)
        ends = np.concatenate([separators, [end]]).astype(np.int64)
        if self._is_blank(int(starts[-1]), end):
            starts, ends = starts[:-1], ends[:-1]
        self._arrays.append(FeatureArray(starts, ends, is_whole))
        self._holes.append((self._open.start, end))
        self._closers_at_hole = self._missing_closers()
        self._open = None
        self._key = b""

    def outline(self) -> Scan:
        """Finish: close what the file leaves open and cut the features out of the envelope."""
        size = self._file.seek(0, 2)
        if self._open is not None:
            self._close_array(size, is_whole=False)
        tail = self._holes[-1][1] if self._holes else size
        arrays, short = tuple(self._arrays), self._envelope(tail) + self._closers_at_hole
        if self._end is None or self._is_torn:
            return Scan(short, arrays, short, tail, size, _UNBALANCED)
        fault = None if self._is_blank(self._end, size) else "Something follows the end of the JSON and is left out."
        return Scan(self._envelope(self._end), arrays, short, tail, size, fault)

    def _envelope(self, end: int) -> bytes:
        cuts = [0, *(place for hole in self._holes for place in hole), end]
        if sum(cuts[1::2]) - sum(cuts[0::2]) > MOST_ENVELOPE_BYTES:
            raise InputRefused(
                Code.FILE_TOO_LARGE,
                "More than 64 MiB of the file are something else than features.",
                hint="Export the layer again as a feature set.",
                file=self._path,
            )
        pieces = [self._read(first, last) for first, last in zip(cuts[0::2], cuts[1::2], strict=True)]
        numbers = [str(number).encode() for number in range(len(self._holes))] + [b""]
        return b"".join(piece + number for piece, number in zip(pieces, numbers, strict=True)).removeprefix(
            b"\xef\xbb\xbf"
        )

    def _missing_closers(self) -> bytes:
        return bytes(_CLOSERS[_OPENERS.index(opener)] for opener, _ in reversed(self._stack))

    def _is_blank(self, start: int, end: int) -> bool:
        while start < end:
            stop = min(end, start + BLOCK_BYTES)
            if self._read(start, stop).strip(_BLANK):
                return False
            start = stop
        return True

    def _read(self, start: int, end: int) -> bytes:
        """Read bytes without losing the place that the block reader stands at."""
        place = self._file.tell()
        self._file.seek(start)
        data = self._file.read(end - start)
        self._file.seek(place)
        return data

    def _broken(self, what: str, position: int) -> InputRefused:
        return InputRefused(
            Code.JSON_BROKEN,
            f"The JSON {what} at byte {position:,}.",
            hint="Export the file again, or check it with a JSON validator.",
            file=self._path,
        )
