"""Decisions as labels, editions of data, challengers and what they would have flagged, readings of drift."""

from __future__ import annotations

from typing import ClassVar

from auditlog.registry import auditlog
from django.db import models

from surveillance.capture.models import Recording
from surveillance.transcription.models import Version


class Source(models.TextChoices):
    DISPOSITION = "disposition", "Decision on an alert"
    SAMPLING = "sampling", "Blind hearing of a drawn call"


class Label(models.Model):
    """What a person said of a stretch of talk: by reference to a version of the words, never a copy of them."""

    source = models.CharField(max_length=20, choices=Source.choices)
    source_id = models.BigIntegerField(help_text="number of the disposition or judgement")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="labels")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="labels")
    desk = models.SlugField(max_length=60, db_index=True)
    category = models.CharField(
        max_length=40, blank=True, db_index=True, help_text="empty: of the whole call"
    )
    policy = models.CharField(max_length=120, blank=True)
    verdict = models.CharField(max_length=20, help_text="the action of the decision, or of the hearing")
    violating = models.BooleanField()
    start = models.FloatField(help_text="seconds")
    end = models.FloatField(help_text="seconds")
    # Places in the words of the version, counted over all turns in their order; the last one included.
    first_word = models.PositiveIntegerField()
    last_word = models.PositiveIntegerField()
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, db_index=True)
    withdrawn_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["decided_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "source_id", "category", "policy", "start"], name="one_label_a_ground"
            ),
            models.CheckConstraint(
                name="a_label_spans_words", condition=models.Q(last_word__gte=models.F("first_word"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category or 'whole call'}: {self.verdict}"


class Exclusion(models.Model):
    """A desk whose talk is not learnt from; it stands until it is lifted."""

    desk = models.SlugField(max_length=60, db_index=True)
    reason = models.TextField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    lifted_by = models.CharField(max_length=150, blank=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["desk"], condition=models.Q(lifted_at__isnull=True), name="a_desk_is_excluded_once"
            ),
            models.CheckConstraint(name="an_exclusion_has_a_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.desk} is not learnt from"


class DataSet(models.Model):
    """A frozen edition of labels; used for training only once a second person approved it."""

    title = models.CharField(max_length=200)
    reason = models.TextField()
    frozen_by = models.CharField(max_length=150)
    frozen_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, help_text="of its lines as they are exported")
    labels = models.PositiveIntegerField()
    counts = models.JSONField(default=dict, help_text="by category: violating and innocent, by split")
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="nobody_approves_their_own_data_set",
                condition=~models.Q(approved_by=models.F("frozen_by")),
            ),
            models.CheckConstraint(name="a_data_set_has_a_reason", condition=~models.Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"edition {self.pk}: {self.title}"


class Row(models.Model):
    """A label in an edition, and on which side of the split."""

    data_set = models.ForeignKey(DataSet, on_delete=models.PROTECT, related_name="rows")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="rows")
    split = models.CharField(max_length=5)

    class Meta:
        ordering: ClassVar = ["label"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["data_set", "label"], name="a_label_stands_once_in_an_edition")
        ]

    def __str__(self) -> str:
        return f"{self.data_set_id}/{self.label_id}"


class Kind(models.TextChoices):
    THRESHOLD = "threshold", "Another threshold for findings"
    LEXICON = "lexicon", "The policies alone, without a reader"
    READER = "reader", "Another reader"


class Standing(models.TextChoices):
    SHADOW = "shadow", "In the shadow"
    PROPOSED = "proposed", "Proposed for the gate"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Challenger(models.Model):
    """Another way to screen, held over the same calls in the shadow: it never raises an alert."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    settings = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64, help_text="of its settings and, for a reader, of its weights")
    reason = models.TextField()
    registered_by = models.CharField(max_length=150)
    registered_at = models.DateTimeField()
    standing = models.CharField(
        max_length=10, choices=Standing.choices, default=Standing.SHADOW, db_index=True
    )
    moved_by = models.CharField(max_length=150, blank=True)
    moved_at = models.DateTimeField(null=True)
    moved_because = models.TextField(blank=True)
    fault = models.TextField(blank=True, help_text="why it does not score at present")

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_challenger_has_a_reason", condition=~models.Q(reason=""))
        ]

    def __str__(self) -> str:
        return self.name


class Shadow(models.Model):
    """What a challenger would have made of a call, beside what the champion made of it."""

    challenger = models.ForeignKey(Challenger, on_delete=models.PROTECT, related_name="shadows")
    screening = models.BigIntegerField(help_text="number of the champion's screening")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="shadows")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="shadows")
    desk = models.SlugField(max_length=60, db_index=True)
    champion = models.JSONField(default=list, help_text="categories")
    challenged = models.JSONField(default=list, help_text="categories")
    scores = models.JSONField(default=dict, help_text="the challenger's highest score by category")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["challenger", "screening"], name="one_shadow_a_screening")
        ]

    def __str__(self) -> str:
        return f"{self.challenger_id} on {self.recording_id}"


class Baseline(models.Model):
    """The window that later weeks are compared with: counts by feature, as they were then."""

    since = models.DateTimeField()
    until = models.DateTimeField()
    calls = models.PositiveIntegerField()
    counts = models.JSONField(default=dict)
    reason = models.TextField()
    set_by = models.CharField(max_length=150)
    set_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


class Reading(models.Model):
    """How far one feature of a week lies from the baseline: PSI, and for scores the KS distance."""

    baseline = models.ForeignKey(Baseline, on_delete=models.PROTECT, related_name="readings")
    week = models.DateField(help_text="the Monday")
    feature = models.CharField(max_length=40)
    calls = models.PositiveIntegerField()
    psi = models.FloatField()
    ks = models.FloatField(null=True)
    # What PSI would reach by chance alone with so few calls (see drift.chance).
    chance = models.FloatField()
    counts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["week", "feature"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["baseline", "week", "feature"], name="one_reading_a_week_and_feature"
            )
        ]

    def __str__(self) -> str:
        return f"{self.feature} {self.week}: {self.psi:.2f}"


for _model in (Label, Exclusion, DataSet, Row, Challenger, Baseline):
    auditlog.register(_model)
# Made by the thousand by a program that is on record itself.
auditlog.register(Shadow, exclude_fields=["scores"])
auditlog.register(Reading, exclude_fields=["counts"])
