"""What is shipped: the wheel, installed where there is no checkout and no network, shows the map."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.conftest import CHROMIUM
from tests.ui.county import county

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python with the wheel in it, and everything that the wheel needs, but not this checkout."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(packages)
    (packages / "needs.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def test_the_wheel_has_the_screens_and_their_libraries(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "index.html", "js/main.js", "css/tokens.css", "vendor/maplibre-gl/maplibre-gl.mjs",
        "vendor/maplibre-gl/maplibre-gl-worker.mjs", "vendor/us-atlas/counties-10m.json",
    ):  # fmt: skip
        assert names.count(f"fibermap_api/web/{needed}") == 1
    assert "fibermap/web/vendor/leaflet/leaflet.js" in names


def test_the_installed_wheel_shows_the_map_without_a_network(installed: Path, tmp_path: Path) -> None:
    if not CHROMIUM.exists():
        pytest.skip("no Chromium at /usr/bin/chromium; the other tests of the screens fail where that is not allowed")
    database = tmp_path / "county" / "larkspur.duckdb"
    shutil.copytree(county(), database.parent)
    look = [sys.executable, "-m", "tests.ui.offline", str(installed), str(database), "planner"]
    unshared = ["unshare", "--net"]
    if subprocess.run([*unshared, "true"], capture_output=True, check=False).returncode != 0:
        unshared = []  # not allowed here: the browser still resolves no host
    done = subprocess.run([*unshared, *look], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["outside"] == []
    assert "address-groups" in seen["layers"]
    assert seen["drawn"] > 0
