"""Past alerts told again from their hashes; a policy tried from the command line."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from changes_scene import NARROWER, WIDER, proposed, tried
from django.core.management import CommandError, call_command

from surveillance.access.scope import Scope
from surveillance.changes.services import activate
from surveillance.detection.models import Alert, Finding, Screening
from surveillance.detection.rederivation import rederived
from surveillance.rulebook.models import Edition, Reading


def told(command: str, *asked: str) -> str:
    out = StringIO()
    call_command(command, *asked, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_every_alert_is_told_again_identically_also_after_its_policy_moved_on(
    archive: dict[str, UUID], officer: Scope, supervisor: Scope
) -> None:
    assert Alert.objects.count() == 2
    number = proposed(officer, NARROWER)
    tried(officer, number)
    activate(scope=supervisor, change=number, reason="Yes.")
    assert "2 of 2 alerts are told again identically" in told("rederive", "--all")
    lost = Alert.objects.get(recording=archive["push the quokka in the training only"])
    assert rederived(lost.pk).outcome == "identical"


def test_a_finding_that_was_bent_is_found_out(archive: dict[str, UUID]) -> None:
    finding = Finding.objects.first()
    assert finding is not None
    Finding.objects.filter(pk=finding.pk).update(words="push the wombat")
    number = Alert.objects.get(screening=finding.screening).pk
    found = rederived(number)
    assert found.outcome == "differs"
    assert "push the wombat" in found.told
    with pytest.raises(CommandError, match="not identical"):
        told("rederive", str(number))


def test_a_set_the_rulebook_never_noted_is_said_to_be_untellable(archive: dict[str, UUID]) -> None:
    Reading.objects.all().delete()
    assert rederived(Alert.objects.order_by("pk")[0].pk).outcome == "impossible"


def test_a_policy_file_is_tried_and_nothing_is_kept(archive: dict[str, UUID], tmp_path: Path) -> None:
    file = tmp_path / "wider.toml"
    file.write_text(WIDER)
    before = Edition.objects.count(), Screening.objects.count()
    found = json.loads(told("back_test", str(file), "--json"))
    assert (found["gained"], found["lost"], found["alerts"]) == (2, 0, [2, 4])
    assert found["reviewer_hours"] == {"before": 0.13, "after": 0.27, "measured": False}
    assert {one["recording"] for one in found["examples"]} == {
        str(archive["we could hold the numbat until four"]),
        str(archive["hold the numbat and say nothing"]),
    }
    assert "2 gained, 0 lost" in told("back_test", str(file))
    assert (Edition.objects.count(), Screening.objects.count()) == before


def test_a_sample_and_a_span_are_drawn_from_the_command_line(
    archive: dict[str, UUID], tmp_path: Path
) -> None:
    file = tmp_path / "wider.toml"
    file.write_text(WIDER)
    some = [json.loads(told("back_test", str(file), "--json", "--sample", "2", "--seed", "5")) for _ in "ab"]
    assert some[0]["calls"] == 2
    assert some[0]["examples"] == some[1]["examples"]
    assert json.loads(told("back_test", str(file), "--json", "--since", "2030-01-01"))["calls"] == 0
    with pytest.raises(CommandError, match="neither a file nor a policy"):
        told("back_test", "no.such")
