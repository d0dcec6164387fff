"""From a file to a plan version: stage, map, report, promote, undo."""
