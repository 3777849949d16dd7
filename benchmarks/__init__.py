"""Measurements of a running network. Figures are ratios to a limit measured in the same run."""
