"""Changes of what calls are held against: what is proposed, how it was tried on the archive, and who decided."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording
from surveillance.rulebook.models import Edition


class State(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACTIVE = "active", "Put in force"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Change(models.Model):
    """One proposal: editions to be put in force together, and policies to be retired with them."""

    title = models.CharField(max_length=200)
    reason = models.TextField()
    proposed_by = models.CharField(max_length=150, db_index=True)
    proposed_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED, db_index=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, help_text="why it was put in force or withdrawn")
    effective_from = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="nobody_activates_their_own_change",
                condition=~models.Q(state=State.ACTIVE) | ~models.Q(decided_by=models.F("proposed_by")),
            ),
            models.CheckConstraint(name="a_change_has_a_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"change {self.pk}: {self.title}"


class Part(models.Model):
    """One name within a change: the edition to be, or none where it is to be retired, and the one it replaces."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="parts")
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=120, db_index=True)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    replaces = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["kind", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["change", "kind", "name"], name="one_part_per_name"),
            models.CheckConstraint(
                name="a_part_changes_something",
                condition=models.Q(edition__isnull=False) | models.Q(replaces__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} in change {self.change_id}"


class Purpose(models.TextChoices):
    BACK_TEST = "back_test", "Back-test"
    RETRO_SCAN = "retro_scan", "Retro-scan"


class RunState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Came to a halt"


class Run(models.Model):
    """A walk over the archive with a change in hand: tried (back-test) or carried out (retro-scan)."""

    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="runs")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.RUNNING, db_index=True)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    sample = models.PositiveIntegerField(default=0, help_text="calls drawn; 0 for every call")
    seed = models.PositiveBigIntegerField(default=0)
    # What was in force when it began: with it and the change's own editions the run can be told again.
    before = models.JSONField(default=list, help_text="hashes of the policies' editions then in force")
    after = models.JSONField(default=list, help_text="the same with the change")
    archive = models.PositiveIntegerField(default=0, help_text="calls in the span, drawn or not")
    # The keys of the versions to walk over; `done` of them lie behind. A worker that dies costs one step.
    frame = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0, help_text="of work, all steps together")
    touched_at = models.DateTimeField(help_text="when a step last began or ended")
    holder = models.CharField(max_length=40, blank=True, help_text="the step at work now")
    ended_at = models.DateTimeField(null=True)
    fault = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_run_goes_no_further_than_its_frame", condition=models.Q(done__lte=models.F("total"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk} of change {self.change_id}"


class Outcome(models.Model):
    """One call that the change makes a difference to: what is found in it before and after."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="outcomes")
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="+")
    desk = models.CharField(max_length=50)
    started_at = models.DateTimeField()
    # gained: an alert that is not there today; lost: one that would no longer be; altered: still one, otherwise.
    effect = models.CharField(max_length=8, db_index=True)
    gained = models.JSONField(default=list)
    lost = models.JSONField(default=list)
    risk_before = models.FloatField(default=0.0)
    risk_after = models.FloatField(default=0.0)

    class Meta:
        ordering: ClassVar = ["effect", "-risk_after", "-risk_before", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "recording"], name="one_outcome_per_call")
        ]

    def __str__(self) -> str:
        return f"{self.effect} {self.recording_id}"


auditlog.register(Change)
