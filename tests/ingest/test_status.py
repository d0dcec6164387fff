"""Build, pre-build, or a question: a status is read where the plan states it and never guessed."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fibermap.formats.model import Feature
from fibermap.ingest.fields import Column, FolderNamed, Mapping
from fibermap.ingest.roles import Role
from fibermap.ingest.status import Resolved, Status, UnknownWord, read_status, resolve_status, unknown_words
from fibermap.ingest.vocabulary import (
    DEFAULT_VOCABULARY,
    OFDS_VOCABULARY,
    phase_phrase,
    read_status_in_name,
    with_answers,
)
from fibermap.kernel.errors import Code, InputRefused
from tests.ingest.features import AREA, esri_plan_table, features_like, kml_table, table_of

BY_STATUS = Mapping(Role.COVERAGE, {"status": Column(("STATUS",))})
BY_PHASE = Mapping(Role.COVERAGE, {"phase": Column(("PHASE",))})
NOTHING = Mapping(Role.COVERAGE, {})


def statuses(resolved: Resolved) -> list[str | None]:
    return resolved.statuses.to_pylist()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            Status.BUILD,
            "BUILD|In Service|in_service|Live|Active|Lit|As-Built|Serviceable|RFS|Ready for Service|operational",
        ),
        (Status.BUILD, "Existing|Service Available|Service Class 1"),
        (
            Status.PRE_BUILD,
            "PRE-BUILD|Prebuild|Pre Build|Construction|underConstruction|UNDER_CONSTRUCTION|Design|HLD|LLD",
        ),
        (
            Status.PRE_BUILD,
            "Permitting|Proposed|planned|Future|Build Commenced|Build Preparation|not yet built|Service Class 0",
        ),
        (
            Status.IGNORED,
            "Abandoned|decommissioned|Not In Service|out of service|Cancelled|Do not build|not-serviceable",
        ),
    ],
)
def test_words_of_the_trade(status: Status, words: str) -> None:
    assert {word: read_status(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), status)


@pytest.mark.parametrize(
    "word",
    [
        "Rebuild",
        "re-build",
        "Inactive",
        "not live",
        "no longer active",
        "Build?No",
        "Phase 2",
        "1",
        "complete",
        "RFA",
        "Active Adult",
        "",
        None,
    ],
)
def test_a_known_word_inside_another_phrase_is_not_read(word: str | None) -> None:
    assert read_status(word) is None


def test_inactive_is_built_but_unlit_only_where_the_file_speaks_ofds() -> None:
    assert read_status("inactive", DEFAULT_VOCABULARY) is None
    assert read_status("inactive", OFDS_VOCABULARY) is Status.PRE_BUILD


@given(st.sampled_from(sorted(DEFAULT_VOCABULARY)), st.sampled_from([str.upper, str.title, str.lower]))
def test_case_and_punctuation_never_matter(phrase: str, case: object) -> None:
    written = case(phrase)  # type: ignore[operator]

    assert (
        read_status(written) == read_status(written.replace(" ", "_")) == read_status(f" {written.replace(' ', '-')}.")
    )


@given(st.sampled_from(sorted(DEFAULT_VOCABULARY)), st.sampled_from(["un", "re", "xq"]))
def test_a_longer_word_is_another_word(phrase: str, prefix: str) -> None:
    longer = prefix + phrase

    assert read_status(longer) is None or longer in DEFAULT_VOCABULARY


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Existing", Status.BUILD),
        ("Live", Status.BUILD),
        ("Existing Network", Status.BUILD),
        ("01 - Live", Status.BUILD),
        ("Phase 3 - Under Construction", Status.PRE_BUILD),
        ("Phase 4 - Design", Status.PRE_BUILD),
        ("Phase 2 (Pre-Build)", Status.PRE_BUILD),
        ("Future Fiber", Status.PRE_BUILD),
        ("Out of Service Areas", Status.IGNORED),
        ("Live Oak", None),
        ("Existing Subdivisions", None),
        ("Phase 2 Build", None),
        ("Design Review Board", None),
        ("RFS 2027", None),
        ("Not Live", None),
        ("Live / Design", None),
        ("Service Areas", None),
        ("Phase 1", None),
    ],
)
def test_a_folder_states_a_status_only_with_nothing_else_in_it(name: str, status: Status | None) -> None:
    assert read_status_in_name(name) is status


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("3", "phase 3"),
        ("3.0", "phase 3"),
        ("PH3", "phase 3"),
        ("Phase 3 - North", "phase 3"),
        ("Phase 2.1", "phase 2 1"),
        ("Graph 3", None),
        ("North", None),
        (None, None),
    ],
)
def test_phases_have_one_phrase(text: str | None, phase: str | None) -> None:
    assert phase_phrase(text) == phase


def test_the_plan_in_a_kmz_reads_as_ten_built_areas_and_eleven_planned() -> None:
    table = kml_table("manhattan_mt/plan/manhattan_mt_ftth_plan.kmz").slice(0, 21)

    resolved = resolve_status(table, BY_STATUS)

    assert statuses(resolved) == ["build"] * 10 + ["pre-build"] * 11
    assert set(resolved.evidence.to_pylist()) == {"attribute STATUS 'BUILD'", "attribute STATUS 'PRE-BUILD'"}
    assert (resolved.unknown, resolved.contradictions, resolved.silent) == ((), (), 0)


def test_the_plan_in_esri_json_reads_through_its_domain() -> None:
    resolved = resolve_status(esri_plan_table(), BY_STATUS)

    assert statuses(resolved) == ["build"] * 10 + ["pre-build"] * 11
    assert resolved.contradictions == ()


def test_folders_speak_where_attributes_are_blank() -> None:
    blank, folder = {"STATUS": "<Null>"}, ("ACME", "Phase 3 - Under Construction", "Service Areas")

    resolved = resolve_status(table_of(features_like(AREA, blank, folder=folder)), BY_STATUS)

    assert statuses(resolved) == ["pre-build"]
    assert resolved.evidence.to_pylist() == ["folder 'Phase 3 - Under Construction'"]


def test_the_innermost_folder_wins_and_the_disagreement_shows() -> None:
    table = table_of(features_like(AREA, {}, folder=("Existing", "Design")))

    resolved = resolve_status(table, NOTHING)

    assert statuses(resolved) == ["pre-build"]
    assert [(c.believed, c.overruled) for c in resolved.contradictions] == [
        ("folder 'Design'", "outer folder 'Existing'")
    ]


def test_an_attribute_outranks_its_folder_and_the_contradiction_is_reported() -> None:
    table = table_of(features_like(AREA, {"STATUS": "BUILD"}, {"STATUS": "BUILD"}, folder=("Phase 4 - Design",)))

    resolved = resolve_status(table, BY_STATUS)
    (contradiction,) = resolved.contradictions

    assert statuses(resolved) == ["build", "build"]
    assert (contradiction.believed, contradiction.overruled, contradiction.count) == (
        "attribute STATUS 'BUILD'",
        "folder 'Phase 4 - Design'",
        2,
    )
    assert (contradiction.status, contradiction.other) == (Status.BUILD, Status.PRE_BUILD)


def test_a_word_nobody_knows_is_not_overruled_by_a_folder() -> None:
    table = table_of(features_like(AREA, {"STATUS": "Council said no"}, {"STATUS": "BUILD"}, folder=("Live",)))

    resolved = resolve_status(table, BY_STATUS)

    assert statuses(resolved) == [None, "build"]
    assert resolved.unknown == (UnknownWord("Council said no", "attribute STATUS", 1),)


def test_an_answer_is_remembered_in_the_vocabulary() -> None:
    table = table_of(features_like(AREA, {"STATUS": "Splicing"}, {"STATUS": "SPLICING"}))
    asked = resolve_status(table, BY_STATUS)

    answered = resolve_status(table, BY_STATUS, with_answers({asked.unknown[0].word: "pre-build"}))

    assert statuses(asked) == [None, None]
    assert statuses(answered) == ["pre-build", "pre-build"]


def test_an_answer_outranks_the_built_in_meaning() -> None:
    assert read_status("Active", with_answers({"active": "ignored"})) is Status.IGNORED


def test_an_answer_has_to_be_a_status() -> None:
    with pytest.raises(InputRefused) as refused:
        with_answers({"Splicing": "maybe"})

    assert refused.value.code is Code.MAPPING_INVALID


def test_a_numeric_phase_needs_a_yes() -> None:
    table = table_of(features_like(AREA, {"PHASE": 1}, {"PHASE": 1}, {"PHASE": 2.0}))
    asked = resolve_status(table, BY_PHASE)

    answered = resolve_status(table, BY_PHASE, with_answers({"1": "build", "phase 2": "pre-build"}))

    assert asked.unknown == (UnknownWord("phase 1", "phase", 2), UnknownWord("phase 2", "phase", 1))
    assert statuses(asked) == [None, None, None]
    assert statuses(answered) == ["build", "build", "pre-build"]
    assert answered.evidence.to_pylist()[2] == "phase '2'"


def test_phases_as_folders_are_asked_about_once_each() -> None:
    table = kml_table("kml_style/MTN-Ghana-FOB-export.kml")
    mapping = Mapping(Role.NETWORK_POINTS, {"phase": FolderNamed("phase")})

    resolved = resolve_status(table, mapping)

    assert {word.word: word.count for word in resolved.unknown} == {
        "phase 5": 68,
        "phase 1": 14,
        "phase 2.1": 25,
        "phase 2.2": 9,
        "phase 3": 15,
        "phase 4": 12,
    }
    assert resolved.silent == 0


def test_a_layer_name_may_state_the_status() -> None:
    resolved = resolve_status(table_of(features_like(AREA, {}, layer="Proposed Service Areas")), NOTHING)

    assert resolved.evidence.to_pylist() == ["layer 'Proposed Service Areas'"]
    assert statuses(resolved) == ["pre-build"]


def test_colours_mean_nothing_without_a_legend() -> None:
    table = table_of(features_like(AREA, {}, style={"fill": "#00aa00"}))

    assert statuses(resolve_status(table, NOTHING)) == [None]
    assert statuses(resolve_status(table, NOTHING, legend={"#00AA00": "In Service"})) == ["build"]


def test_the_name_of_a_style_is_read() -> None:
    table = table_of(features_like(AREA, {}, style={"name": "Under Construction", "fill": "#00aa00"}))

    assert resolve_status(table, NOTHING).evidence.to_pylist() == ["style 'Under Construction'"]


def test_features_that_say_nothing_are_counted() -> None:
    resolved = resolve_status(table_of(features_like(AREA, {}, {}, {"STATUS": "BUILD"})), BY_STATUS)

    assert (statuses(resolved), resolved.silent) == ([None, None, "build"], 2)


def test_the_second_status_column_speaks_where_the_first_is_blank() -> None:
    mapping = Mapping(Role.COVERAGE, {"status": Column(("STATUS", "STAGE"))})

    resolved = resolve_status(table_of(features_like(AREA, {"STATUS": " ", "STAGE": "Permitting"})), mapping)

    assert resolved.evidence.to_pylist() == ["attribute STAGE 'Permitting'"]


def test_unknown_words_are_distinct_and_counted() -> None:
    column = pa.array(["B", "Live", "A", "B", None], pa.string())

    assert unknown_words(column) == [("B", 2), ("A", 1)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["BUILD", "Design", "??", None]), st.sampled_from(["Live", "Phase 4", "Design"]))
    )
)
def test_every_feature_has_a_status_a_question_or_silence(things: list[tuple[str | None, str]]) -> None:
    features = [
        Feature(row, "plan", AREA, {"STATUS": word} if word else {}, None, (folder,))
        for row, (word, folder) in enumerate(things)
    ]
    mapping = Mapping(Role.COVERAGE, {"status": Column(("STATUS",)), "phase": FolderNamed("phase")})

    resolved = resolve_status(table_of(features), mapping)
    settled = sum(status is not None for status in statuses(resolved))

    assert settled + sum(word.count for word in resolved.unknown) + resolved.silent == len(things)
    assert [status is None for status in statuses(resolved)] == [e is None for e in resolved.evidence.to_pylist()]
