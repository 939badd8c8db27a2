"""Measures beside the tests: what they find is a figure, not a pass. Not part of the package that is installed."""
