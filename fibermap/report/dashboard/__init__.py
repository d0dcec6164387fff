"""Reports: the numbers that planners, sales and regulators ask of a plan, each with one definition."""
