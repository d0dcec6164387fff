"""Who reacts to what: events of one slice become commands of another."""

from fibermap.flows.deliverer import in_background, sending_in_background
from fibermap.flows.rounds import Rounds
from fibermap.flows.subscriptions import subscribe_all

__all__ = ["Rounds", "in_background", "sending_in_background", "subscribe_all"]
