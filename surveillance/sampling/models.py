"""Rounds of elusion sampling: what was drawn from what, by which seed, and what people heard in it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording


class State(models.TextChoices):
    OPEN = "open", "Being heard"
    CLOSED = "closed", "Closed"


class Verdict(models.TextChoices):
    NOTHING = "nothing", "Nothing"
    MISSED = "missed", "Something was missed"
    CANNOT = "cannot", "Cannot judge"


class Round(models.Model):
    """One draw from the calls without an alert; seed and frame are kept, so that it can be drawn again."""

    title = models.CharField(max_length=200)
    since = models.DateTimeField()
    until = models.DateTimeField()
    by = models.JSONField(default=list, help_text="what the strata are made of, beside the desk")
    allocation = models.CharField(max_length=20)
    seed = models.CharField(max_length=64)
    seed_given = models.BooleanField(default=False, help_text="named by a person rather than drawn")
    frame_sha256 = models.CharField(max_length=64)
    # Calls with a confirmed alert from which known positives were drawn, as concatenated hex ids.
    pool = models.TextField(blank=True)
    wanted = models.PositiveIntegerField(help_text="calls asked for, without known positives")
    planted = models.PositiveIntegerField(default=0)
    unscreened = models.PositiveIntegerField(help_text="calls of the span that had not been screened")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, db_index=True)
    drawn_by = models.CharField(max_length=150)
    drawn_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True, help_text="why it was closed before all was heard")

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"round {self.pk}: {self.title}"


class Stratum(models.Model):
    """A part of the frame as it was when drawn: the denominator never changes afterwards."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="strata")
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    desk = models.SlugField(max_length=60, db_index=True)
    population = models.PositiveIntegerField(help_text="calls without an alert")
    flagged = models.PositiveIntegerField(help_text="calls with one, for the alert rate beside it")
    drawn = models.PositiveIntegerField()
    frame = models.TextField(
        help_text="the calls without an alert: their ids in hex, ordered, one after the other"
    )

    class Meta:
        ordering: ClassVar = ["key"]
        verbose_name_plural = "strata"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "key"], name="one_stratum_per_key"),
            models.CheckConstraint(
                name="no_more_is_drawn_than_there_is", condition=models.Q(drawn__lte=models.F("population"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.drawn} of {self.population}"


class Drawn(models.Model):
    """A call to be heard blind. Its number says nothing of the recording; a known positive looks like any other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="items")
    # None of a known positive, which is in no denominator.
    stratum = models.ForeignKey(Stratum, on_delete=models.PROTECT, null=True, related_name="items")
    # The number stays when the recording is disposed of: what was drawn can be drawn again, and the estimate holds.
    recording = models.ForeignKey(
        Recording, on_delete=models.DO_NOTHING, db_constraint=False, related_name="drawn"
    )
    desk = models.SlugField(max_length=60, db_index=True)
    place = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["place"]
        verbose_name_plural = "drawn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "recording"], name="a_call_is_drawn_once_a_round")
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.place}"


class Judgement(models.Model):
    """What one person heard in one drawn call; `standing` until it is taken back."""

    item = models.ForeignKey(Drawn, on_delete=models.PROTECT, related_name="judgements")
    reviewer = models.CharField(max_length=150, db_index=True)
    at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    category = models.CharField(max_length=40, blank=True)
    start = models.FloatField(null=True, help_text="seconds")
    end = models.FloatField(null=True, help_text="seconds")
    words = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    seconds_heard = models.FloatField(help_text="seconds of this recording the reviewer had played by then")
    # The reviewer had opened the call's own page, where findings stand: the judgement is kept and told apart.
    unblinded = models.BooleanField(default=False)
    standing = models.BooleanField(default=True)
    taken_back_by = models.CharField(max_length=150, blank=True)
    taken_back_at = models.DateTimeField(null=True)
    taken_back_because = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(standing=True), name="one_judgement_stands_on_a_call"
            ),
            models.CheckConstraint(
                name="what_was_missed_has_a_kind_and_a_place",
                condition=~models.Q(verdict="missed")
                | (~models.Q(category="") & models.Q(start__isnull=False) & models.Q(end__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_nothing_needs_no_reason",
                condition=models.Q(verdict="nothing") | ~models.Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reviewer}: {self.verdict}"


auditlog.register(Round, exclude_fields=["pool"])
# The frame of a stratum may hold a hundred thousand ids; its hash stands in the round.
auditlog.register(Stratum, exclude_fields=["frame"])
auditlog.register(Drawn)
auditlog.register(Judgement)
