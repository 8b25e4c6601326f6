"""Who works here: users, desks, and the grants that tie a role to a desk."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models

from surveillance.audit.rows import kept_on_record


class Desk(models.Model):
    """A desk or field team whose calls are kept together."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OFFICER = "officer", "Compliance officer"
    SUPERVISOR = "supervisor", "Supervisor"
    INVESTIGATOR = "investigator", "Investigator"
    RECORDS = "records", "Records"
    ADMIN = "admin", "Administrator"
    AUDITOR = "auditor", "Auditor"
    PRIVACY = "privacy", "Privacy officer"
    SECOND_LINE = "second_line", "Second line"
    REGULATOR = "regulator", "Regulator, reading only"
    SERVICE = "service", "Recorder or other program"


class User(AbstractUser):
    """A person or a program that may sign in."""

    # Whose calls they may not hear either.
    manager = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )

    def __str__(self) -> str:
        return self.username


class KnownAs(models.Model):
    """A name, number or address under which a user turns up in calls, beside their own name."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_as")
    kind = models.CharField(max_length=10, choices=[("name", "Name"), ("number", "Number or address")])
    value = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind", "value"], name="known_once")]

    def __str__(self) -> str:
        return f"{self.user} as {self.value}"


class Grant(models.Model):
    """A role over one desk; over every desk where `desk` is empty. It ends by itself at `until`, where that is set."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True, help_text="empty: given before this was kept")
    until = models.DateTimeField(null=True, blank=True)
    # When somebody else last said that it is still needed.
    reviewed_by = models.CharField(max_length=150, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role", "desk"], name="one_grant_per_desk"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(desk__isnull=True), name="one_grant_over_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.desk or 'every desk'}"


class Glass(models.Model):
    """Access in an emergency: asked by one, opened by another for some hours, and told to everybody who watches."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="glasses")
    role = models.CharField(max_length=20, choices=Role.choices)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, null=True, blank=True)
    reason = models.TextField()
    hours = models.PositiveSmallIntegerField()
    asked_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="opened_glasses")
    opened_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-asked_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="two_break_a_glass",
                condition=models.Q(opened_by__isnull=True) | ~models.Q(opened_by=models.F("user")),
            ),
            models.CheckConstraint(
                name="an_open_glass_ends",
                condition=models.Q(opened_at__isnull=True) | models.Q(until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"glass {self.pk} of {self.user}"


class TokenLimit(models.Model):
    """What a token opens of what its owner may: some powers, on some desks; an empty list narrows nothing.

    Known by the token's digest; a row outlives its token, and opens nothing by itself.
    """

    digest = models.CharField(max_length=128, primary_key=True)
    powers = models.JSONField(default=list)
    desks = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"limit of {self.digest[:12]}"


kept_on_record(User, exclude_fields=["last_login"], mask_fields=["password"])
kept_on_record(KnownAs)
kept_on_record(Desk)
kept_on_record(Grant)
kept_on_record(Glass)
