"""Every export by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from fibermap.exports.availability import Filing, write_availability
from fibermap.exports.contractor import Scope, write_pack
from fibermap.exports.lists import write_addresses, write_areas, write_source_records
from fibermap.exports.mailing import write_mailing_list, write_unmailable
from fibermap.exports.model import Material, Written
from fibermap.exports.printing import Printing, write_map
from fibermap.formats.write import SUFFIXES
from fibermap.kernel.errors import Code, InputRefused


@dataclass(frozen=True, slots=True)
class Export:
    """One export.

    Attributes
    ----------
    says
        What it is, for people.
    suffixes
        What its file may be called; the first is the usual one.
    write
        Writes it.
    options
        What else it asks for; None for nothing.
    """

    says: str
    suffixes: tuple[str, ...]
    write: Callable[..., Written]
    options: type[Any] | None = None

    def refuse_suffix(self, suffix: str, file: str = "") -> None:
        """Refuse a file that does not end in one of the suffixes: ``export_format_unknown``."""
        if suffix.lower() not in self.suffixes:
            raise InputRefused(
                Code.EXPORT_FORMAT_UNKNOWN,
                f"{file or 'The file'} does not end in a suffix that can be written.",
                hint=f"Use one of {', '.join(self.suffixes)}.",
                **({"file": file} if file else {}),
            )


EXPORTS: Mapping[str, Export] = {
    "addresses": Export("Addresses in force that may be listed", SUFFIXES, write_addresses),
    "source-records": Export("Every address record that was read", SUFFIXES, write_source_records),
    "areas": Export("Coverage and exclusion areas in force", SUFFIXES, write_areas),
    "mailing-list": Export("Units that mail reaches, without customers", SUFFIXES, write_mailing_list),
    "mailing-list-unmailable": Export("Units of the mailing list that mail does not reach", SUFFIXES, write_unmailable),
    "contractor-pack": Export("Map file, address sheet and printed map", (".zip",), write_pack, Scope),
    "fcc-availability": Export("Location list for the FCC", (".csv",), write_availability, Filing),
    "map": Export("The map on paper", (".pdf",), write_map, Printing),
}
"""What can be exported, by name."""


def export(material: Material, what: str, path: Path, options: Mapping[str, Any]) -> Written:
    """Write an export.

    Parameters
    ----------
    options
        The fields of the export's own options, as JSON values or as they are.

    Raises
    ------
    InputRefused
        ``argument_invalid`` for a name that there is not or options that it cannot have, ``export_format_unknown`` for
        a suffix that cannot be written, ``export_target_refused`` for a place that cannot be written to.
    """
    chosen = EXPORTS.get(what)
    if chosen is None:
        raise InputRefused(
            Code.ARGUMENT_INVALID, f"There is no export {what!r}.", hint=f"Export one of {', '.join(EXPORTS)}."
        )
    chosen.refuse_suffix(path.suffix, str(path))
    if chosen.options is None:
        if options:
            raise _invalid(what, f"it takes no {min(options)}")
        return chosen.write(material, path)
    return chosen.write(material, path, _options(what, chosen.options, options))


def _options(what: str, kind: type[Any], given: Mapping[str, Any]) -> Any:
    try:
        return TypeAdapter(with_config(ConfigDict(extra="forbid"))(kind)).validate_python(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise _invalid(what, f"{place}: {first['msg']}") from error


def _invalid(what: str, why: str) -> InputRefused:
    return InputRefused(
        Code.ARGUMENT_INVALID,
        f"The export {what} cannot be made so: {why}.",
        hint="See the guide on exports.",
    )
