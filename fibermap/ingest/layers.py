"""Layers through revisions: a file that is renamed, as exports are every month, brings no new layer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping

from fibermap.store import UnitOfWork


def layer_keys(uow: UnitOfWork, source_id: int, layers: Collection[str]) -> dict[str, str]:
    """Return for each layer of a source the name under which its things are identified.

    Parameters
    ----------
    layers
        The layers that the source has now.
    """
    rows = uow.sql.rows(
        "layers.known",
        "SELECT DISTINCT layer, layer_key FROM source_revision WHERE source_id = ? AND to_version IS NULL",
        [source_id],
    )
    return keep_keys(layers, dict(rows))


def keep_keys(layers: Collection[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the key of each layer: the one it had, that of the layer whose place it takes, or its own name.

    A new layer takes the place of one that is gone where their names differ only in digits and punctuation
    (``plan_2024-05``, ``plan_2024-06``), or where one came and one went.
    """
    keys = {layer: known[layer] for layer in layers if layer in known}
    came = sorted(set(layers) - set(known))
    went = sorted(set(known) - set(layers))
    heirs = _pairs(came, went)
    if len(came) == len(went) == 1:
        heirs = {came[0]: went[0]}
    keys |= {layer: known[heir] for layer, heir in heirs.items()}
    for layer in came:
        if layer not in keys:
            keys[layer] = _free(layer, keys.values())
    return keys


def _pairs(came: list[str], went: list[str]) -> dict[str, str]:
    """Return new layer -> old layer where exactly one of each has the same name but for digits and punctuation."""
    alike: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, layers in enumerate((came, went)):
        for layer in layers:
            alike[re.sub(r"[\W\d_]+", "", layer.casefold())][side].append(layer)
    return {new[0]: old[0] for new, old in alike.values() if len(new) == len(old) == 1}


def _free(layer: str, taken: Collection[str]) -> str:
    key = layer
    while key in taken:
        key += "'"
    return key
