"""What is named in talk: entities from the words of a transcript, linked to a house's directories."""

from detectors.entities.directory import Directory, DirectoryUnreadable, Entry, Link, read_counterparties
from detectors.entities.entity import KINDS, MASKED, Entity
from detectors.entities.reader import RECOGNISERS, EntityReader, ModelUnusable

__all__ = [
    "KINDS",
    "MASKED",
    "RECOGNISERS",
    "Directory",
    "DirectoryUnreadable",
    "Entity",
    "EntityReader",
    "Entry",
    "Link",
    "ModelUnusable",
    "read_counterparties",
]
