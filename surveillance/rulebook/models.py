"""What calls were, are and will be held against: editions, and the spans of time in which each was in force."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.rulebook.editions import KINDS


class Text(models.Model):
    """Words kept once, under their own hash: a policy file, or the shared lists as one document."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.TextField()

    def __str__(self) -> str:
        return self.sha256[:12]


class Edition(models.Model):
    """One wording of a policy, or one choice of a threshold, reader or speech engine. Never edited."""

    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    name = models.CharField(max_length=120, help_text="a policy's id; else what the setting is for")
    number = models.PositiveIntegerField(help_text="the nth edition of its name")
    version = models.PositiveIntegerField(default=0, help_text="a policy's own version; 0 for other kinds")
    sha256 = models.CharField(max_length=64, help_text="over everything the edition says")
    meaning = models.CharField(max_length=64, help_text="over what raises an alert and how it ranks")
    text = models.ForeignKey(Text, on_delete=models.PROTECT, null=True, related_name="+")
    lists = models.ForeignKey(Text, on_delete=models.PROTECT, null=True, related_name="+")
    settings = models.JSONField(default=dict)
    # Title, category, severity, owner, review date and duties, so that a list of policies parses none.
    facts = models.JSONField(default=dict)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["kind", "name", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "name", "number"], name="one_edition_per_number"),
            models.UniqueConstraint(fields=["kind", "name", "sha256"], name="one_edition_per_wording"),
        ]
        indexes: ClassVar = [models.Index(fields=["sha256"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} edition {self.number}"


class Term(models.Model):
    """A span of time in which an edition is in force. Opened once, ended once, never moved."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="terms")
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    effective_from = models.DateTimeField(db_index=True)
    until = models.DateTimeField(null=True, db_index=True)
    activated_by = models.CharField(max_length=150)
    activated_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    change = models.PositiveBigIntegerField(null=True, help_text="number of the change that brought it")
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["effective_from", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=models.Q(until__isnull=True), name="one_edition_in_force"
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("effective_from")),
                name="a_term_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} from {self.effective_from:%Y-%m-%d %H:%M}"


class Reading(models.Model):
    """A set of policies that was held over calls: the hash a screening names, and the editions behind it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    editions = models.JSONField(help_text="hashes of the editions, in order of policy id")
    first_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class Shelf(models.Model):
    """One row; whoever changes what is in force locks it first, so that changes stand in line."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="one_shelf")]

    def __str__(self) -> str:
        return "shelf"
