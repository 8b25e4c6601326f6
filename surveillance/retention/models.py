"""What a desk's calls are, what an authority asked for, and until when each recording is kept."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.access.models import Desk
from surveillance.audit.rows import kept_on_record
from surveillance.capture.models import Recording


class Profile(models.Model):
    """What the calls of a desk are, from a day on. A newer row takes its place; none is changed."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="profiles")
    effective_from = models.DateTimeField(help_text="calls that began then or later")
    jurisdictions = models.JSONField(default=list)
    sectors = models.JSONField(default=list)
    instruments = models.JSONField(default=list)
    classes = models.JSONField(default=list)
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        ordering: ClassVar = ["-effective_from", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_profile_has_a_reason", condition=~models.Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.desk} from {self.effective_from:%Y-%m-%d}"


class Demand(models.Model):
    """An authority asks that the calls of a span be kept longer (MiFID II art. 16(7): up to seven years)."""

    rule = models.CharField(max_length=80)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="demands")
    since = models.DateTimeField()
    until = models.DateTimeField()
    authority = models.CharField(max_length=120)
    reference = models.CharField(max_length=120)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_demand_spans_time", condition=models.Q(until__gt=models.F("since"))
            ),
            models.CheckConstraint(
                name="a_demand_names_who_asked",
                condition=~models.Q(authority="") & ~models.Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.authority} {self.reference}"


class Filing(models.Model):
    """What one recording is, where it is not what its desk's calls are, and what has come to pass for it."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="filings")
    classes = models.JSONField(default=list)
    events = models.JSONField(default=dict, help_text="moments by name, as end_of_relationship")
    filed_by = models.CharField(max_length=150)
    filed_at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_filing_has_a_reason", condition=~models.Q(reason=""))
        ]

    def __str__(self) -> str:
        return f"{self.recording_id}: {', '.join(self.classes)}"


class Keeping(models.Model):
    """Until when one recording is kept, and why: the last decision."""

    recording = models.OneToOneField(Recording, on_delete=models.CASCADE, related_name="keeping")
    decided_at = models.DateTimeField()
    keep_until = models.DateTimeField(null=True, db_index=True)
    open_ended = models.BooleanField(default=False)
    undecided = models.BooleanField(default=False, db_index=True)
    must_go_at = models.DateTimeField(null=True, db_index=True)
    accessible_until = models.DateTimeField(null=True)
    worm = models.BooleanField(default=False)
    words = models.TextField()
    # The longest duty, or the limit where no duty asks: what the chart of the page counts by.
    rule = models.CharField(max_length=80, blank=True)
    because = models.JSONField(default=list, help_text="each duty: rule, citation, until; the longest first")
    limit = models.JSONField(null=True)
    rules_sha256 = models.CharField(max_length=64, db_index=True)
    stale = models.BooleanField(default=False, db_index=True, help_text="a fact moved since")
    lock_until = models.DateTimeField(null=True, help_text="until when the store's lock is to reach")
    locked_until = models.DateTimeField(null=True, help_text="until when it was seen to reach")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="what_has_no_end_has_no_day",
                condition=~models.Q(open_ended=True) | models.Q(keep_until__isnull=True),
            ),
            models.CheckConstraint(
                name="nothing_must_go_before_its_duty_ends",
                condition=models.Q(must_go_at__isnull=True)
                | models.Q(keep_until__isnull=True)
                | models.Q(must_go_at__gte=models.F("keep_until")),
            ),
        ]

    def __str__(self) -> str:
        return self.words[:80]


class Hold(models.Model):
    """A legal hold: what it asks for, who placed it, and the two people it takes to release it."""

    matter = models.CharField(max_length=120, db_index=True)
    reason = models.TextField()
    # Empty where `every_desk`: then the hold reaches desks that open later, too.
    desks = models.JSONField(default=list)
    every_desk = models.BooleanField(default=False)
    custodians = models.JSONField(default=list, help_text="parts of names or numbers")
    query = models.TextField(blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    forward = models.BooleanField(default=True, help_text="new recordings that match are held as they arrive")
    placed_by = models.CharField(max_length=150)
    placed_at = models.DateTimeField()
    release_asked_by = models.CharField(max_length=150, blank=True)
    release_asked_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    released_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_hold_names_a_matter_and_a_reason",
                condition=~models.Q(matter="") & ~models.Q(reason=""),
            ),
            models.CheckConstraint(
                name="a_hold_is_released_by_two",
                condition=models.Q(released_at__isnull=True)
                | (
                    ~models.Q(released_by="")
                    & ~models.Q(release_asked_by="")
                    & ~models.Q(released_by=models.F("release_asked_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}: {self.matter}"


class Held(models.Model):
    """One recording under one hold. It stays when the hold is released: what was held is history."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="held")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="held")
    desk = models.SlugField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hold", "recording"], name="a_hold_takes_a_recording_once")
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}: {self.recording_id}"


class StoreHold(models.Model):
    """What the store's own hold on one object is to be, and what it was seen to be: the receipt of the lock."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="store_hold")
    wanted = models.BooleanField()
    wanted_at = models.DateTimeField()
    # None: not known, as before the first time.
    seen = models.BooleanField(null=True)
    seen_at = models.DateTimeField(null=True)
    taken_until = models.DateTimeField(null=True, help_text="nobody else takes it until then")
    tries = models.PositiveIntegerField(default=0)
    fault = models.TextField(blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["wanted", "seen"])]

    def __str__(self) -> str:
        return f"{self.recording_id} {'on' if self.wanted else 'off'}"


class DisposalState(models.TextChoices):
    PREPARED = "prepared", "Waits for a second person"
    REFUSED = "refused", "Turned down"
    APPROVED = "approved", "Approved, under way"
    DONE = "done", "Done, with its receipt"


class Disposal(models.Model):
    """Recordings whose time has come, listed by one person; they go when another has approved the list."""

    state = models.CharField(
        max_length=10, choices=DisposalState.choices, default=DisposalState.PREPARED, db_index=True
    )
    desks = models.JSONField(default=list)
    reason = models.TextField()
    rules_sha256 = models.CharField(max_length=64)
    # Over the list as it was prepared: what was approved is what was shown.
    items_sha256 = models.CharField(max_length=64)
    prepared_by = models.CharField(max_length=150)
    prepared_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)
    receipt = models.TextField(blank=True, help_text="a signed note")
    fault = models.TextField(blank=True, help_text="what it waits for")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_disposal_is_decided_by_another",
                condition=models.Q(state="prepared")
                | (~models.Q(decided_by="") & ~models.Q(decided_by=models.F("prepared_by")))
                | models.Q(state="refused"),
            ),
            models.CheckConstraint(
                name="a_done_disposal_has_its_receipt",
                condition=~models.Q(state="done") | ~models.Q(receipt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"disposal {self.pk}"


class ItemState(models.TextChoices):
    WAITING = "waiting", "Waits"
    GOING = "going", "Is being deleted"
    GONE = "gone", "Deleted"
    KEPT = "kept", "Stays"


class DisposalItem(models.Model):
    """One recording of a disposal; once it is gone, the stone that says what lay here. It names nobody."""

    disposal = models.ForeignKey(Disposal, on_delete=models.PROTECT, related_name="items")
    recording = models.UUIDField(db_index=True)
    desk = models.SlugField(max_length=60)
    started_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="bytes")
    key = models.CharField(
        max_length=200, blank=True, help_text="in the store; empty where it was never sealed"
    )
    decision = models.TextField()
    state = models.CharField(max_length=8, choices=ItemState.choices, default=ItemState.WAITING)
    kept_because = models.TextField(blank=True)
    at = models.DateTimeField(null=True, help_text="when it went, or was found to stay")
    cleared = models.BooleanField(default=False, help_text="index and caches have forgotten it too")

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["disposal", "recording"], name="a_disposal_lists_a_recording_once"
            ),
            models.UniqueConstraint(
                fields=["recording"],
                condition=models.Q(state__in=["going", "gone"]),
                name="a_recording_goes_once",
            ),
            models.CheckConstraint(
                name="what_stays_says_why", condition=~models.Q(state="kept") | ~models.Q(kept_because="")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["disposal", "state"])]

    def __str__(self) -> str:
        return f"{self.recording} {self.state}"


kept_on_record(Profile)
kept_on_record(Demand)
auditlog.register(Filing)
kept_on_record(Hold)
kept_on_record(Disposal, exclude_fields=["receipt"])
