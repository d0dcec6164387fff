"""Notices, by the command line: what waits, what is sent, and what a person has told."""

from __future__ import annotations

from pathlib import Path

from fibermap.store import Store
from tests.cli.commands import fibermap

_ROWS = (
    "INSERT INTO contact VALUES (31, 'Bo Ray', '+14065550143', NULL, now(), now())",
    """
    INSERT INTO customer_order BY NAME
    SELECT 41 AS order_id, 'new' AS kind, 'pending' AS state, (SELECT min(address_id) FROM address_key) AS address_id,
           31 AS contact_id, 5 AS offer_id, 'fiber' AS technology, '{}' AS price, 'door' AS channel,
           now() AS placed_at, now() AS changed_at
    """,
    """
    INSERT INTO notice BY NAME
    SELECT 51 AS notice_id, 31 AS contact_id, 'order_placed' AS kind, 'order' AS subject, 41 AS subject_id,
           '{}' AS facts, 'queued' AS state, now() AS queued_at, now() AS changed_at
    """,
)


def test_notices_are_sent_listed_and_told(db: Path) -> None:
    with Store.open(db) as store:
        for statement in _ROWS:
            store.run(lambda uow, said=statement: uow.sql.execute("test", said), cause="test")
    assert "0 sent (simulated: nobody receives anything)" in fibermap("notices", "send", "--db", db).out
    assert fibermap("notices", "list", "--state", "to_call", "--db", db, "--json").json["count"] == 1
    shown = fibermap("notices", "show", "51", "--db", db).out
    assert "is to_call" in shown
    assert "Hello Bo Ray," in shown
    told = fibermap("notices", "told", "51", "--author", "Ann", "--db", db, "--json").json
    assert (told["state"], told["told_by"]) == ("told", "Ann")
    assert fibermap("notices", "not-told", "51", "--db", db, "--json").json["state"] == "to_call"
    assert "notice_state_refused" in fibermap("notices", "again", "51", "--db", db).err
    assert "notice_not_found" in fibermap("notices", "show", "404", "--db", db).err
