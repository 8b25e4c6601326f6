"""`manage.py check_policies`: hold the laws over all policies, and their own sentences."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from policies.laws import broken_laws
from policies.loader import load
from policies.schema import Fault, PolicyFaults


class Command(BaseCommand):
    help = "Check every policy: ids, duties, versions moved with text, sentences that must and must not fire."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing where every law holds")

    def handle(self, *args: Any, quiet: bool, **options: Any) -> None:
        folder = settings.EARSHOT.policies
        try:
            held = load(folder)
        except PolicyFaults as faults:
            raise CommandError(_told(faults.faults)) from faults
        broken = broken_laws(held, folder)
        if broken:
            raise CommandError(_told(broken))
        if not quiet:
            sentences = sum(len(policy.fires) + len(policy.silent) for policy in held.policies)
            self.stdout.write(
                f"{len(held.policies)} policies in {len({policy.category for policy in held.policies})} categories "
                f"keep every law; their {sentences} sentences hold. Set {held.sha256[:12]}."
            )


def _told(faults: tuple[Fault, ...] | list[Fault]) -> str:
    return "\n".join([f"{len(faults)} faults:", *(f"  {fault}" for fault in faults)])
