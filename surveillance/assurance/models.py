"""What was tried and what is wrong: runs of drills, incidents, and the sources and engines known so far."""

from __future__ import annotations

import uuid
from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording


class RunState(models.TextChoices):
    ASKED = "asked", "Waiting"
    SENT = "sent", "On its way"
    JUDGED = "judged", "Judged"
    LOST = "lost", "Did not come through"


class DrillRun(models.Model):
    """One drill sent through once, or its words read once more by policies not yet in force (`rehearsal`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    drill = models.CharField(max_length=120, db_index=True)
    drill_version = models.PositiveIntegerField()
    drill_sha256 = models.CharField(max_length=64)
    policy = models.CharField(max_length=120)
    policy_version = models.PositiveIntegerField(default=0, help_text="0: no such policy was in force")
    category = models.CharField(max_length=40)
    innocent = models.BooleanField(help_text="a twin of which nothing may be found")
    language = models.CharField(max_length=10)
    surveilled = models.BooleanField(help_text="policies are written in its language")
    codec = models.CharField(max_length=20)
    rehearsal = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.ASKED, db_index=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="drill_runs")
    judged_at = models.DateTimeField(null=True, db_index=True)
    seconds = models.FloatField(default=0.0, help_text="from the asking to the judgement")
    engine = models.CharField(max_length=40, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    policies_sha256 = models.CharField(max_length=64, blank=True)
    reader_sha256 = models.CharField(
        max_length=64, blank=True, help_text="empty where no reader read beside them"
    )
    word_error = models.FloatField(null=True, help_text="word error rate against the script")
    heard = models.BooleanField(default=False, help_text="at least half of the words came through")
    flagged = models.BooleanField(default=False, help_text="anything was found")
    right_category = models.BooleanField(default=False)
    by_policy = models.BooleanField(default=False, help_text="its own policy is among the reasons")
    # The same words without what suppresses: what a notice, an exclusion or an echo would have cost.
    bare_category = models.BooleanField(default=False)
    bare_policy = models.BooleanField(default=False)
    findable = models.BooleanField(default=False, help_text="a search of the drills finds its words")
    caught = models.JSONField(default=list, help_text="category, policies, words, start, end of each finding")
    cause = models.CharField(
        max_length=20, blank=True, help_text="why it was missed, or flagged though innocent"
    )
    fault = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-asked_at", "drill"]
        indexes: ClassVar = [models.Index(fields=["policy", "-judged_at"])]

    def __str__(self) -> str:
        return f"{self.drill} over {self.codec}"


class Incident(models.Model):
    """A promise of the surveillance itself that does not hold: raised by Earshot, closed by someone with a reason."""

    kind = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=160, blank=True)
    title = models.CharField(max_length=300)
    cure = models.TextField()
    detail = models.JSONField(default=dict)
    first_seen = models.DateTimeField(db_index=True)
    last_seen = models.DateTimeField()
    acknowledged_by = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-first_seen", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=models.Q(closed_at__isnull=True),
                name="one_open_incident_per_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | ~models.Q(reason=""),
                name="a_closed_incident_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class KnownSource(models.Model):
    """A recorder the sources file declares, and since when we know: one that never delivers is missed."""

    name = models.SlugField(max_length=60, unique=True)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class KnownEngine(models.Model):
    """A recogniser whose words we have seen: announced by a change, or found at work without one."""

    engine = models.CharField(max_length=40)
    model = models.CharField(max_length=200)
    model_sha256 = models.CharField(max_length=64, unique=True)
    since = models.DateTimeField()
    announced_by = models.CharField(max_length=150, blank=True)

    def __str__(self) -> str:
        return f"{self.engine} {self.model}"


auditlog.register(DrillRun)
auditlog.register(Incident)
auditlog.register(KnownEngine)
