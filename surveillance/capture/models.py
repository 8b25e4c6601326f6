"""What arrived: receipts, recordings, their channels and parties, and how far each has come."""

from __future__ import annotations

import uuid
from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.access.models import Desk
from surveillance.audit.rows import kept_on_record


class Direction(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"
    INTERNAL = "internal", "Internal"
    UNKNOWN = "unknown", "Unknown"


class Recording(models.Model):
    """One native file, known by its bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(help_text="bytes")
    name = models.CharField(max_length=255)
    source = models.SlugField(max_length=60)
    external_id = models.CharField(max_length=120, blank=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT)
    direction = models.CharField(max_length=10, choices=Direction.choices, default=Direction.UNKNOWN)
    started_at = models.DateTimeField(db_index=True, help_text="UTC")
    # What vouches for `started_at`: the sidecar, the person who handed it in, or only the file's own time.
    started_by = models.CharField(max_length=20, default="sidecar")
    duration = models.FloatField(help_text="seconds, as decoded")
    container = models.CharField(max_length=40)
    codec = models.CharField(max_length=40)
    sample_rate = models.PositiveIntegerField(help_text="Hz")
    channels = models.PositiveSmallIntegerField()
    received_at = models.DateTimeField()
    # Did the recorder say that a notice, or a tone, was played? "given", "none", or nothing said.
    notice = models.CharField(max_length=10, blank=True)
    # Why nobody may hear it, nor any model read it: consent, withdrawn, personal, restricted. Empty: they may.
    withheld = models.CharField(max_length=12, blank=True, db_index=True)
    # Scripted misconduct that Earshot sends to itself: in no list, search or count of calls.
    drill = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["-started_at", "id"]
        indexes: ClassVar = [models.Index(fields=["desk", "-started_at"])]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M}"


class Party(models.Model):
    """Someone on the call, on one channel of the recording."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="parties")
    channel = models.PositiveSmallIntegerField()
    person = models.CharField(max_length=120, blank=True)
    number = models.CharField(max_length=60, blank=True)
    line = models.CharField(max_length=60, blank=True)
    employer = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar = ["channel", "id"]
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return self.person or self.number or f"channel {self.channel}"


class Wall(models.Model):
    """Between one user and one recording, whatever their role: it is their call, their manager's, or names them."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="walls")
    username = models.CharField(max_length=150)
    why = models.CharField(max_length=10)  # own, manager, named

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["username", "recording", "why"], name="one_wall_for_each_reason")
        ]

    def __str__(self) -> str:
        return f"{self.username} | {self.recording_id}"


class Outcome(models.TextChoices):
    RECEIVED = "received", "Received"
    RECORDED = "recorded", "Recorded"
    DUPLICATE = "duplicate", "The same bytes again"
    QUARANTINED = "quarantined", "In quarantine"
    WITHDRAWN = "withdrawn", "Set aside by a person"


class Receipt(models.Model):
    """One arrival: the bytes as they came, with the sidecar verbatim, whatever became of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.SlugField(max_length=60)
    # The desk it was meant for, where that could be read: the wall between desks runs through quarantine too.
    desk = models.SlugField(blank=True)
    received_at = models.DateTimeField(db_index=True)
    received_by = models.CharField(max_length=150)
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(help_text="bytes")
    # Empty where the file was too big to be kept, and so was never read to its end.
    sha256 = models.CharField(max_length=64, db_index=True, blank=True)
    sidecar_name = models.CharField(max_length=255, blank=True)
    sidecar = models.BinaryField(default=b"")
    sidecar_sha256 = models.CharField(max_length=64, blank=True)
    # What the person or the door said beside the sidecar: desk, start.
    said = models.JSONField(default=dict)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RECEIVED)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, null=True, related_name="receipts")
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    cure = models.TextField(blank=True)
    retries = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-received_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_quarantined_receipt_says_why",
                condition=~models.Q(outcome="quarantined") | ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="a_recorded_receipt_has_its_recording",
                condition=~models.Q(outcome__in=["recorded", "duplicate"])
                | models.Q(recording__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.outcome}"


class State(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Progress(models.Model):
    """How one recording fares at one stage. The truth the queue only points at."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="progress")
    stage = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    token = models.UUIDField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    rests = models.PositiveIntegerField(default=0, help_text="attempts a service that was away put off")
    # Until then nobody else takes it: the lease of a running stage, or the pause before another try.
    until = models.DateTimeField(null=True)
    since = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, help_text="when its id last went to the broker")
    sends = models.PositiveIntegerField(default=0)
    fault = models.TextField(blank=True)
    cure = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "stage"], name="one_progress_per_stage")
        ]
        indexes: ClassVar = [models.Index(fields=["state", "until"])]

    def __str__(self) -> str:
        return f"{self.stage} {self.state}"


kept_on_record(Recording)
auditlog.register(Party)
auditlog.register(Receipt, exclude_fields=["sidecar"])
