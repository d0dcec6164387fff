"""A property that is worked out when it is first asked for, and then kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  used as `property` is
    """`functools.cached_property` without the lock that Python 3.11 takes for it, which costs more than most values.

    Two threads may both work a value out; whichever is later is kept.

    Examples
    --------
    >>> class Circle:
    ...     radius = 2
    ...     @lazy
    ...     def area(self):
    ...         return 3 * self.radius**2
    >>> Circle().area
    12
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, of: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, of: object, owner: type | None = None) -> T: ...
    def __get__(self, of: object | None, owner: type | None = None) -> Self | T:
        if of is None:
            return self
        value = of.__dict__[self._name] = self._work(of)
        return value
