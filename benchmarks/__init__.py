"""Numbers that the project promises, measured against the tools that people would otherwise use."""
