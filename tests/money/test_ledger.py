"""The ledger: sums to zero, once per source, taken back by its opposite, one by one and by the hundred thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, Conflict, InputRefused, NotFound
from fibermap.money.accounts import Account
from fibermap.money.amount import Money
from fibermap.money.books import balance, balances, ledger_hash, ledger_lines, money_checks
from fibermap.money.ledger import Entry, post, post_many, reverse, transfer
from fibermap.store import Store, UnitOfWork, run_checks

BANK, CREDITS = Account.BANK, Account.CUSTOMER_CREDITS
MOVES = st.lists(
    st.tuples(
        st.sampled_from(sorted(Account)), st.sampled_from(sorted(Account)), st.integers(1, 10**9),
        st.sampled_from(["USD", "CAD"]), st.sampled_from(["lead:1", "lead:2"]),
    ).filter(lambda move: move[0] != move[1]),
    max_size=8,
)  # fmt: skip
_NOT_ZERO = "SELECT currency FROM ledger_entry GROUP BY currency HAVING sum(amount) <> 0"
_RELATION = "SELECT *, '' AS reference FROM wanted"


def _wanted(count: int, *, amount: int = 100) -> pa.Table:
    return pa.table({
        "source": [f"test:{n}" for n in range(count)], "debit": [str(BANK)] * count, "credit": [str(CREDITS)] * count,
        "currency": ["USD"] * count, "amount": [amount] * count, "party": [""] * count,
        "credit_party": [f"order:{n}" for n in range(count)],
    })  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        yield opened


@pytest.fixture
def uow(store: Store) -> Iterator[UnitOfWork]:
    """A unit of work that leaves nothing behind."""
    with store.unit_of_work(cause="test") as work:
        yield work
        work.rollback()


def test_the_chart_in_code_is_the_chart_in_the_database(uow: UnitOfWork) -> None:
    rows = uow.sql.rows("test.chart", "SELECT account FROM ledger_account")
    assert {account for (account,) in rows} == set(map(str, Account))


def test_a_second_posting_of_a_source_changes_nothing(uow: UnitOfWork) -> None:
    entries = transfer(BANK, CREDITS, Money(100, "USD"), "order:1")
    first, again = post(uow, "test:1", entries), post(uow, "test:1", entries[::-1])
    assert first.is_new
    assert not again.is_new
    assert first.transaction_id == again.transaction_id
    with pytest.raises(Conflict) as reused:
        post(uow, "test:1", transfer(BANK, CREDITS, Money(101, "USD"), "order:1"))
    assert reused.value.code is Code.LEDGER_SOURCE_REUSED
    assert balance(uow.sql, CREDITS, "USD", party="order:1") == Money(100, "USD")


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [Entry(BANK, Money(1, "USD"))],
        [Entry(BANK, Money(1, "USD")), Entry(CREDITS, Money(-2, "USD"))],
        [Entry(BANK, Money(1, "USD")), Entry(CREDITS, Money(-1, "CAD"))],
        [Entry(BANK, Money(0, "USD")), Entry(CREDITS, Money(0, "USD"))],
    ],
)
def test_what_does_not_sum_to_zero_is_not_posted(uow: UnitOfWork, entries: list[Entry]) -> None:
    with pytest.raises(InputRefused) as refused:
        post(uow, "test:1", entries)
    assert refused.value.code is Code.LEDGER_UNBALANCED


def test_a_set_is_posted_in_one_go_and_only_once(uow: UnitOfWork) -> None:
    assert post_many(uow, _RELATION, wanted=_wanted(3)).amounts == {"USD": 300}
    again = post_many(uow, _RELATION, wanted=_wanted(5))
    assert (again.transactions, again.amounts) == (2, {"USD": 200})
    assert balance(uow.sql, CREDITS, "USD") == Money(500, "USD")
    assert balance(uow.sql, CREDITS, "USD", party="order:4") == Money(100, "USD")


@pytest.mark.parametrize("wanted", [_wanted(2, amount=0), _wanted(2, amount=-5), pa.concat_tables([_wanted(2)] * 2)])
def test_a_set_with_one_bad_row_posts_nothing(uow: UnitOfWork, wanted: pa.Table) -> None:
    with pytest.raises(InputRefused) as refused:
        post_many(uow, _RELATION, wanted=wanted)
    assert refused.value.code is Code.LEDGER_UNBALANCED
    assert ledger_lines(uow).num_rows == 0


def test_a_reversal_leaves_nothing_and_is_made_once(uow: UnitOfWork) -> None:
    posted = post(uow, "test:1", transfer(BANK, CREDITS, Money(100, "USD"), "order:1"))
    back = reverse(uow, posted.transaction_id, "mistake")
    assert reverse(uow, posted.transaction_id, "mistake").transaction_id == back.transaction_id
    assert [row["amount"] for row in balances(uow)] == [0, 0]
    for transaction_id, why in ((posted.transaction_id, "another reason"), (back.transaction_id, "mistake")):
        with pytest.raises(Conflict):
            reverse(uow, transaction_id, why)
    with pytest.raises(NotFound):
        reverse(uow, 10**9, "mistake")


def test_lines_say_debit_and_credit(uow: UnitOfWork) -> None:
    post(uow, "test:1", transfer(BANK, CREDITS, Money(100, "USD"), "order:1", "deposit:7"))
    debit, credit = ledger_lines(uow, party="order:1").to_pylist()
    assert (debit["account"], debit["debit"], debit["credit"]) == ("bank", 100, None)
    assert (credit["account"], credit["debit"], credit["credit"]) == ("customer_credits", None, 100)
    assert ledger_lines(uow, account="bank").num_rows == 1


@given(MOVES)
@settings(max_examples=25)
def test_it_sums_to_zero_and_the_order_of_posting_does_not_matter(
    store: Store, moves: list[tuple[str, str, int, str, str]]
) -> None:
    hashes = set()
    for order in (range(len(moves)), reversed(range(len(moves)))):
        with store.unit_of_work(cause="test") as uow:
            sums: Counter[tuple[str, str]] = Counter()
            for place in order:
                debit, credit, amount, currency, party = moves[place]
                entries = transfer(Account(debit), Account(credit), Money(amount, currency), party)
                assert post(uow, f"test:{place}", entries).is_new
                assert not post(uow, f"test:{place}", entries).is_new
                sums[debit, currency] += amount
                sums[credit, currency] -= amount
            for row in balances(uow):
                signed = row["amount"] if row["kind"] in ("asset", "expense") else -row["amount"]
                assert signed == sums[row["account"], row["currency"]]
            assert (
                uow.sql.rows("test.sums", "SELECT currency FROM ledger_entry GROUP BY 1 HAVING sum(amount) <> 0") == []
            )
            hashes.add(ledger_hash(uow))
            uow.rollback()
    assert len(hashes) == 1


def test_the_doctor_sees_books_that_do_not_balance() -> None:
    with Store.open(":memory:") as store:
        bad = "INSERT INTO ledger_entry VALUES (1, 'bank', '', '', 'USD', 5)"
        transaction = "INSERT INTO ledger_transaction VALUES (1, 'test:1', NULL, 'test', now())"
        for statement in (transaction, bad):
            store.run(lambda uow, s=statement: uow.sql.execute("test.bad", s), cause="test")
        assert [problem.check for problem in run_checks(store, money_checks())] == ["ledger_balanced"]
