"""Plug points: a name in the settings becomes a dotted path, imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any


def load(registry: Mapping[str, str], name: str) -> Any:
    """The object that `registry` holds under `name`, as "package.module:attribute".

    Raises:
        KeyError: no such name; the message lists the known ones.
    """
    if name not in registry:
        raise KeyError(f"{name!r} is none of {', '.join(sorted(registry))}")
    module, _, attribute = registry[name].partition(":")
    return getattr(import_module(module), attribute)
