"""Questions from people are answered; everything else is refused, whatever it is dressed as."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.kernel.errors import Code, FibermapError, InputRefused
from fibermap.store import Store, query
from fibermap.store.extension import spatial_extension_path
from tests.store.build import counter, open_store, set_counter

QUESTIONS = [
    "SELECT 1 AS a",
    "FROM counter",
    "VALUES (1), (2)",
    "DESCRIBE counter",
    "SHOW TABLES",
    "SUMMARIZE counter",
    "WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM t WHERE i < 5) FROM t",
    "SELECT i, unnest([1, 2]) FROM range(3) r(i)",
    "SELECT ST_AsText(ST_Buffer(ST_Point(0, 0), 1)) AS wkt",
    "SELECT list_transform([1, 2], lambda x: x + 1) AS l",
    "SELECT table_name FROM information_schema.tables",
    "SELECT name, row_number() OVER (ORDER BY n) FROM counter QUALIFY true",
    "-- a comment\nSELECT 1;",
]

REFUSED = [
    "",
    ";",
    "SELECT",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE counter",
    "INSERT INTO counter VALUES ('b', 1)",
    "UPDATE counter SET n = 0",
    "DELETE FROM counter",
    "MERGE INTO counter USING counter AS c ON false WHEN NOT MATCHED THEN INSERT",
    "DROP TABLE counter",
    "CREATE TABLE t AS SELECT 1",
    "CREATE TEMP TABLE t (a INT)",
    "CREATE OR REPLACE MACRO m() AS 1",
    "ALTER TABLE counter ADD COLUMN b INT",
    "TRUNCATE counter",
    "COPY counter TO '/tmp/out.csv'",
    "COPY (SELECT 1) TO 'out.parquet'",
    "COPY counter FROM '/etc/passwd'",
    "EXPORT DATABASE '/tmp/out'",
    "IMPORT DATABASE '/tmp/out'",
    "ATTACH '/tmp/other.duckdb'",
    "ATTACH ':memory:' AS m",
    "DETACH plan",
    "USE memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET allowed_directories",
    "PRAGMA enable_profiling",
    "PRAGMA table_info('counter')",
    "CALL pragma_version()",
    "CHECKPOINT",
    "VACUUM",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PREPARE v AS SELECT 1",
    "EXECUTE v",
    "EXPLAIN ANALYZE SELECT 1",
    "FROM '/etc/passwd'",
    "FROM '/etc/*.conf'",
    "FROM 'plan.parquet'",
    'FROM "/etc/passwd.csv"',
    "FROM 'roads.shp'",
    "FROM 'https://example.com/a.parquet'",
    "DESCRIBE '/etc/passwd.csv'",
    "SUMMARIZE 'a.csv'",
    "FROM read_csv('/etc/passwd')",
    "FROM READ_CSV_AUTO('/etc/passwd')",
    "FROM \"read_text\"('/etc/passwd')",
    "FROM system.main.read_text('/etc/passwd')",
    "FROM read_blob('/etc/passwd')",
    "FROM read_json('/etc/passwd')",
    "FROM read_parquet('/tmp/a.parquet')",
    "FROM parquet_metadata('/tmp/a.parquet')",
    "FROM sniff_csv('/etc/passwd')",
    "FROM glob('/*')",
    "FROM st_read('/etc/passwd')",
    "FROM ST_ReadSHP('/tmp/a.shp')",
    "FROM st_read_meta('/tmp/a.gpkg')",
    "FROM read_duckdb('/tmp/a.duckdb')",
    "FROM arrow_scan(0, 0, 0)",
    "FROM pandas_scan(1)",
    "FROM python_map_function(1)",
    "FROM query('DROP TABLE counter')",
    "FROM query_table('counter')",
    "FROM json_execute_serialized_sql('{}')",
    "FROM duckdb_settings()",
    "FROM duckdb_secrets()",
    "FROM force_checkpoint()",
    "SELECT * FROM counter WHERE name IN (SELECT content FROM read_text('/etc/passwd'))",
    "WITH a AS MATERIALIZED (FROM read_text('/etc/passwd')) FROM a",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM counter, LATERAL (FROM read_text(name))",
    "SELECT 1 UNION ALL (SELECT size FROM read_text('/etc/passwd'))",
    "SELECT nextval('event_id_sequence')",
    "SELECT sleep_ms(1000)",
    "SELECT repeat('x', 3000000000)",
    "SELECT format('{:>2000000000}', 'a')",
    "SELECT '\ud800'",
    "SELECT " + "1+" * 40_000 + "1",
    "SELECT 1 -- " + "x" * 200_000,
    "SELECT 1/",
    "\x00",
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    with open_store(tmp_path_factory.mktemp("query") / "plan.duckdb") as store:
        set_counter(store, "a", 1)
        yield store


@pytest.mark.parametrize("sql", QUESTIONS)
def test_questions_are_answered(asked: Store, sql: str) -> None:
    answer = query(asked, sql)
    assert answer.table.num_rows > 0
    assert not answer.truncated


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: ascii(sql)[1:41])
def test_everything_else_is_refused_and_changes_nothing(asked: Store, sql: str) -> None:
    with pytest.raises(InputRefused) as failure:
        query(asked, sql)
    assert failure.value.code == Code.QUERY_REFUSED
    assert counter(asked, "a") == 1


WORDS = st.sampled_from(
    """SELECT FROM counter WHERE name ( ) , ; * 1 'x' '/etc/passwd' read_text glob COPY TO UNION ALL WITH a AS IN
    nextval INSERT INTO DROP TABLE SET PRAGMA -- /* */ " ' $1 ? :: JOIN USING LATERAL query""".split()  # noqa: SIM905
)


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_any_words_are_answered_or_refused_without_effect(asked: Store, sql: str) -> None:
    try:
        query(asked, sql, timeout_s=2)
    except FibermapError as error:
        assert error.code in {Code.QUERY_REFUSED, Code.LIMIT_EXCEEDED}  # noqa: PT017
    assert counter(asked, "a") == 1


def test_parameters_are_bound(asked: Store) -> None:
    assert query(asked, "SELECT n FROM counter WHERE name = $name", {"name": "a"}).table.to_pylist() == [{"n": 1}]


def test_a_long_answer_is_cut_off_and_says_so(asked: Store) -> None:
    answer = query(asked, "SELECT i FROM range(1000000000000) r(i)", limit_rows=10)
    assert (answer.table.num_rows, answer.truncated) == (10, True)
    exact = query(asked, "SELECT i FROM range(10) r(i)", limit_rows=10)
    assert (exact.table.num_rows, exact.truncated) == (10, False)


def test_a_wide_answer_is_cut_off_too(asked: Store) -> None:
    answer = query(asked, "SELECT md5(i::VARCHAR) AS a FROM range(1000000000) r(i)", limit_bytes=1 << 20)
    assert answer.truncated
    assert answer.table.nbytes < 2 << 20


def test_a_slow_question_is_given_up(asked: Store) -> None:
    with pytest.raises(InputRefused) as failure:
        query(asked, "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)", timeout_s=0.3)
    assert failure.value.code == Code.LIMIT_EXCEEDED
    assert query(asked, "SELECT 1 AS a").table.to_pylist() == [{"a": 1}]


def test_no_extension_is_loaded_once_a_plan_is_open_not_even_from_the_work_folder(asked: Store) -> None:
    planted = asked.database.work_folder / "planted.duckdb_extension"
    planted.write_bytes(spatial_extension_path().read_bytes())
    try:
        for statement in (f"LOAD '{planted}'", f"INSTALL '{planted}'", "INSTALL httpfs", "LOAD httpfs"):
            with pytest.raises(FibermapError):
                asked.sql.execute("hostile", statement)
    finally:
        planted.unlink()


def test_even_fibermaps_own_sql_reaches_no_file_outside_the_work_folder(asked: Store, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    inside = asked.database.work_folder / "inside.csv"
    for statement in (
        f"FROM read_csv('{secret}')",
        f"FROM read_csv('{asked.database.work_folder}/../../secret.csv')",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'other.duckdb'}' AS other",
        "SET enable_external_access = true",
    ):
        with pytest.raises(FibermapError):
            asked.sql.execute("hostile", statement)
    asked.sql.execute("friendly", f"COPY (SELECT 1 AS a) TO '{inside}'")
    assert asked.sql.value("friendly", f"SELECT a FROM read_csv('{inside}')") == 1
    inside.unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
