"""Review over HTTP: what waits for a person, the evidence on it, decisions and taking them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from fibermap.access.model import Scope
from fibermap.coverage.commands import Done
from fibermap.coverage.versions import current_version
from fibermap.plan import Plan
from fibermap.review import log, queues
from fibermap.review.assign import assign
from fibermap.review.decide import Ruling, decide
from fibermap.review.evidence import show_item
from fibermap.review.model import FITTING, Choice, ItemFilter, Queue, Seen
from fibermap.review.take_back import take_back
from fibermap.store import UnitOfWork
from fibermap_api.endpoint import Call, Endpoint, answer
from fibermap_api.models.reviews import (
    AssignedAnswer,
    AssignQuestion,
    DecidedAnswer,
    DecideQuestion,
    DecisionQuestion,
    DecisionsAnswer,
    DecisionsQuestion,
    ReviewAnswer,
    ReviewQuestion,
    ReviewsAnswer,
    ReviewsQuestion,
    TakeBackQuestion,
)
from fibermap_api.routes.areas import author_of, change, read


async def list_reviews(call: Call) -> Response:
    """Every queue with its counts, and the items that the filters leave, the oldest first."""
    asked: ReviewsQuestion = call.query
    queue = None if asked.queue is None else Queue(asked.queue)

    def work(plan: Plan, uow: UnitOfWork) -> dict[str, Any]:
        before = None if asked.days is None else plan.store.clock.now() - timedelta(days=asked.days)
        wanted = ItemFilter(queue, asked.why, asked.source, asked.assignee, asked.text, before)
        page = queues.list_items(uow, wanted, after=asked.after, limit=asked.limit)
        counted = [row | {"choices": FITTING[Queue(row["queue"])]} for row in queues.count_items(uow)]
        told = {"items": page.items, "total": page.total, "after": page.after}
        return {"queues": counted, **told, "plan_version": current_version(uow)}

    return answer(await read(call, work))


async def read_review(call: Call) -> Response:
    """One item with its evidence, side by side and on the map."""
    return answer(await read(call, lambda _, uow: show_item(uow, call.query.item_id)))


async def decide_reviews(call: Call) -> Response:
    """Decide items of one queue. Where somebody was first, or an item has changed since, the answer is 409 and why."""
    asked: DecideQuestion = call.body
    seen = tuple(Seen(each.item_id, each.facts) for each in asked.items)
    ruling = Ruling(seen, Choice(asked.choice), author_of(call, asked.reason), asked.details())
    return _done(await change(call, "decide_review", lambda plan, uow: decide(uow, ruling, plan.settings)))


async def assign_reviews(call: Call) -> Response:
    """Say who looks after items; a note among colleagues, no change of the plan."""
    asked: AssignQuestion = call.body
    author = author_of(call, "assign").name
    count = await change(call, "assign_review", lambda _, uow: assign(uow, asked.item_ids, asked.assignee, author))
    return answer({"count": count})


async def list_decisions(call: Call) -> Response:
    """Who decided what, when and why, the latest first, with what has been taken back."""
    asked: DecisionsQuestion = call.query
    queue = None if asked.queue is None else Queue(asked.queue)
    rows = await read(
        call, lambda _, uow: log.decisions(uow, queue=queue, author=asked.author, after=asked.after, limit=asked.limit)
    )
    return answer({"decisions": rows, "after": rows[-1]["decision_id"] if len(rows) == asked.limit else None})


async def undo_decision(call: Call) -> Response:
    """Take a decision back, with those made in one with it, whatever was decided since. Its items wait again."""
    by, decision_id = author_of(call, call.body.reason), call.query.decision_id
    return _done(await change(call, "undo_review", lambda plan, uow: take_back(uow, decision_id, by, plan.settings)))


def _done(done: Done) -> Response:
    return answer({"decision_ids": done.ids, "plan_version": done.version, "changes": done.flips.counts})


ENDPOINTS = (
    Endpoint(
        "GET", "/v1/reviews", list_reviews, "List what waits for review", (Scope.PLAN,),
        query=ReviewsQuestion, answers=ReviewsAnswer, tag="plan",
    ),
    Endpoint(
        "GET", "/v1/reviews/{item_id}", read_review, "Show the evidence on an item", (Scope.PLAN,),
        query=ReviewQuestion, answers=ReviewAnswer, problems=(404,), tag="plan",
    ),
    Endpoint(
        "POST", "/v1/reviews:decide", decide_reviews, "Decide items", (Scope.PLAN,),
        body=DecideQuestion, answers=DecidedAnswer, problems=(404, 409), tag="plan",
    ),
    Endpoint(
        "POST", "/v1/reviews:assign", assign_reviews, "Say who looks after items", (Scope.PLAN,),
        body=AssignQuestion, answers=AssignedAnswer, problems=(404,), tag="plan",
    ),
    Endpoint(
        "GET", "/v1/review-decisions", list_decisions, "List decisions", (Scope.PLAN,),
        query=DecisionsQuestion, answers=DecisionsAnswer, tag="plan",
    ),
    Endpoint(
        "POST", "/v1/review-decisions/{decision_id}:undo", undo_decision, "Take a decision back", (Scope.PLAN,),
        query=DecisionQuestion, body=TakeBackQuestion, answers=DecidedAnswer, problems=(404, 409), tag="plan",
    ),
)  # fmt: skip
