"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("fibermap", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples on every run of CI: what is landed is what was tested. Everywhere else new ones are searched.
settings.register_profile("ci", settings.get_profile("fibermap"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "fibermap")
