"""A sum as figure and unit, so that it can be asked for by its size."""

from __future__ import annotations

from detectors.entities.entity import Entity


def figure_of(entity: Entity) -> tuple[float, str] | None:
    """The figure and the unit (a currency's ISO code, "lots", or "") of an amount; None for anything else."""
    if entity.kind != "amount":
        return None
    figure, _, unit = entity.value.partition(" ")
    try:
        return float(figure), unit
    except ValueError:
        return None
