"""fibermap: every address classified as build, pre-build or out-of-coverage, and explained."""

__version__ = "0.1.0"
