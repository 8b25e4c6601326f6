"""Decisions become labels, labels an approved edition; challengers score in the shadow; weeks are read for drift."""

from __future__ import annotations

from surveillance.learning.challengers import move_challenger, register_challenger, shadow
from surveillance.learning.editions import approve_data_set, export_data_set, freeze_data_set
from surveillance.learning.gathering import exclude_desk, gather, lift_exclusion
from surveillance.learning.watching import read_weeks, set_baseline

__all__ = [
    "approve_data_set",
    "exclude_desk",
    "export_data_set",
    "freeze_data_set",
    "gather",
    "lift_exclusion",
    "move_challenger",
    "read_weeks",
    "register_challenger",
    "set_baseline",
    "shadow",
]
