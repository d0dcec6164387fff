"""Who reacts to what: events of one slice become commands of another."""

from fibermap.flows.deliverer import Deliverer
from fibermap.flows.rounds import Rounds
from fibermap.flows.subscriptions import subscribe_all

__all__ = ["Deliverer", "Rounds", "subscribe_all"]
