"""Receipts of what is findable: which words, under which categories, in which index."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from surveillance.capture.models import Recording


class IndexReceipt(models.Model):
    """The index holds this recording in this form."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="index_receipts")
    index = models.CharField(max_length=80)
    version = models.CharField(
        max_length=80, help_text="transcript number and screening the document was made of"
    )
    indexed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "index"], name="one_receipt_per_index")
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} in {self.index}"
