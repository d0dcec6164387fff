"""The conservation law, and agreement with readers that know nothing of ours, over documents nobody wrote by hand."""

from __future__ import annotations

from collections import Counter
from xml.parsers import expat

import pytest
import shapely
from fastkml import KML
from fastkml.containers import Document, Folder
from fastkml.features import Placemark
from hypothesis import given, settings
from hypothesis import strategies as st

from fibermap.formats.kml import read_kml
from fibermap.formats.kml_count import count_things
from fibermap.kernel.errors import InputRefused
from tests.formats.kml_files import LIMITS, folder, kml, placemark, polygon, read, rows_of, write

NAMES = st.text(alphabet="abc é&<>\"'", min_size=1, max_size=8)
DEGREES = st.integers(-90, 90)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@st.composite
def geometries(draw: st.DrawFn) -> str:
    x, y = draw(DEGREES) / 2, draw(DEGREES) / 2
    square = f"{x},{y} {x + 1},{y} {x + 1},{y + 1} {x},{y + 1} {x},{y}"
    leaf = st.sampled_from(
        [
            f"<Point><coordinates>{x},{y},3</coordinates></Point>",
            f"<LineString><coordinates>{square}</coordinates></LineString>",
            polygon(square),
        ]
    )
    parts = draw(st.lists(leaf, min_size=1, max_size=3))
    return parts[0] if len(parts) == 1 else f"<MultiGeometry>{''.join(parts)}</MultiGeometry>"


PLACEMARKS = st.builds(lambda name, inside: placemark(escaped(name), inside), NAMES, geometries())
OTHERS = st.sampled_from(
    [
        "<GroundOverlay><name>o</name></GroundOverlay>",
        "<NetworkLink><Link><href>x</href></Link></NetworkLink>",
        "<Placemark><name>empty</name></Placemark>",
        "<!-- <Placemark/> -->",
        "<Style id='s'><LineStyle><color>ff00ff00</color></LineStyle></Style>",
    ]
)
FAULTS = st.sampled_from(
    [
        "<Placemark>", "</Placemark>", "</Folder>", "<Folder>", "<Placemark", "<", ">", "&", "]]>", "<![CDATA[", "<!--",
        "-->", "</kml>", "<kml>", "\0", "\xff", "<name>", "</coordinates>", "nan", ",", "<?x",
        "<Schema name='Q' parent='Placemark'>",
        "<Q>", "</Q>", "<NetworkLink/>", "<Placemark a='", "'", '"', "<Style>", "</Style>", "<StyleMap>", "<Document/>",
    ]
)  # fmt: skip


def trees(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def inside(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.builds(lambda n, c: folder(escaped(n), *c), NAMES, st.lists(children, max_size=3))

    return st.recursive(leaves, inside, max_leaves=8)


def counted_by_expat(text: bytes) -> int:
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.Parse(text, True)
    return sum(names.count(name) for name in ("Placemark", "GroundOverlay", "NetworkLink"))


@given(st.lists(trees(PLACEMARKS | OTHERS), max_size=4))
def test_the_count_agrees_with_a_parser_on_well_formed_documents(inside: list[str]) -> None:
    text = kml(*inside).encode()
    assert count_things([text]) == counted_by_expat(text)


@given(st.lists(trees(PLACEMARKS | OTHERS | FAULTS), max_size=4), st.integers(1, 40))
def test_the_count_does_not_depend_on_how_the_file_is_cut(inside: list[str], size: int) -> None:
    text = kml(*inside).encode()
    assert count_things(text[i : i + size] for i in range(0, len(text), size)) == count_things([text])


@settings(max_examples=300)
@given(inside=st.lists(trees(PLACEMARKS | OTHERS | FAULTS), max_size=5), data=st.data())
def test_everything_read_has_one_outcome_whatever_is_wrong(
    tmp_path_factory: pytest.TempPathFactory, inside: list[str], data: st.DataObject
) -> None:
    text = kml(*inside)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(FAULTS) + text[at:]
    if data.draw(st.booleans()):
        text = text[: data.draw(st.integers(0, len(text)))]
    path = write(tmp_path_factory.getbasetemp() / "law.kml", text.encode("latin-1", "replace"))
    try:
        source = read_kml(path, limits=LIMITS)
    except InputRefused:
        return
    outcomes = Counter(row["outcome"] for row in rows_of(source))
    assert source.layers()[0].read == count_things([text.encode()]) == outcomes.total()


@given(st.lists(trees(PLACEMARKS), min_size=1, max_size=4), st.data())
def test_a_fault_inside_one_feature_leaves_the_others(
    tmp_path_factory: pytest.TempPathFactory, inside: list[str], data: st.DataObject
) -> None:
    bad = data.draw(st.sampled_from(["<Placemark><a></b></Placemark>", placemark("x", "<Point>"), "<Placemark a='>x"]))
    path = tmp_path_factory.getbasetemp() / "one.kml"
    good = read(write(path, kml(*inside, placemark("last"))))
    mixed = read(write(path, kml(*inside, bad, placemark("last"))))
    assert [(r["name"], r["folder"], r["geometry"]) for r in mixed if r["outcome"] == "ingested"] == [
        (r["name"], r["folder"], r["geometry"]) for r in good
    ]
    assert len(mixed) == len(good) + 1


Found = tuple[list[str], str, str]


def found(path: list[str], name: str | None, geometry: shapely.Geometry) -> Found:
    """Return what two readers can agree on; rings may start and turn as they like."""
    return path, (name or "").strip(), shapely.normalize(shapely.force_2d(geometry)).wkt


def features_by_fastkml(container: KML | Document | Folder, path: list[str]) -> list[Found]:
    features: list[Found] = []
    for feature in container.features:
        name = (feature.name or "").strip()
        if isinstance(feature, Placemark):
            features.append(found(path, name, shapely.geometry.shape(feature.geometry)))
        else:
            is_named = isinstance(feature, Folder) and name
            features += features_by_fastkml(feature, [*path, " ".join(name.split())] if is_named else path)
    return features


@settings(max_examples=60)
@given(st.lists(trees(PLACEMARKS), min_size=1, max_size=4))
def test_fastkml_finds_the_same_features(tmp_path_factory: pytest.TempPathFactory, inside: list[str]) -> None:
    path = write(tmp_path_factory.getbasetemp() / "oracle.kml", kml(*inside))
    ours = [found(row["folder"], row["name"], row["geometry"]) for row in read(path)]
    assert sorted(ours) == sorted(features_by_fastkml(KML.parse(path), []))
