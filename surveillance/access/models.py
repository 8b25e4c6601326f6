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
    """A role over one desk; over every desk where `desk` is empty."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role", "desk"], name="one_grant_per_desk"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(desk__isnull=True), name="one_grant_over_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.desk or 'every desk'}"


kept_on_record(User, exclude_fields=["last_login"], mask_fields=["password"])
kept_on_record(KnownAs)
kept_on_record(Desk)
kept_on_record(Grant)
