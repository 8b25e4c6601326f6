"""The JSON of the API, value by value. These shapes hold no rule: rooms decide, this only writes down."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class FaultOut(serializers.Serializer[Any]):
    """What went wrong, and what the reader can do about it."""

    code = serializers.CharField()
    message = serializers.CharField()
    cure = serializers.CharField()


class PageOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="the cursor of the next page; null on the last")


class CallOut(serializers.Serializer[Any]):
    """A recording in a list; times in UTC, durations in seconds."""

    id = serializers.CharField()
    title = serializers.CharField()
    name = serializers.CharField(help_text="of the file, as it was handed in")
    desk = serializers.CharField()
    desk_name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it off
    direction = serializers.CharField()
    started_at = serializers.DateTimeField()
    started_by = serializers.CharField(help_text="what vouches for the start")
    duration = serializers.FloatField()
    channels = serializers.IntegerField()
    people = serializers.ListField(child=serializers.CharField())
    received_at = serializers.DateTimeField()


class CallsOut(PageOut):
    results = CallOut(many=True)


class PartyOut(serializers.Serializer[Any]):
    channel = serializers.IntegerField()
    name = serializers.CharField()
    person = serializers.CharField()
    number = serializers.CharField()
    line = serializers.CharField()
    employer = serializers.CharField()


class ReceiptOut(serializers.Serializer[Any]):
    """One arrival of the same bytes."""

    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it off
    received_at = serializers.DateTimeField()
    received_by = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.CharField()
    sidecar_name = serializers.CharField()
    sidecar_sha256 = serializers.CharField()


class SealOut(serializers.Serializer[Any]):
    store = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    sealed_at = serializers.DateTimeField()
    retain_until = serializers.DateTimeField()
    checked_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField(help_text="of the last check")


class RecordingOut(CallOut):
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="bytes")
    external_id = serializers.CharField()
    container = serializers.CharField()
    codec = serializers.CharField()
    sample_rate = serializers.IntegerField(help_text="Hz")
    parties = PartyOut(many=True)
    receipts = ReceiptOut(many=True)
    seal = SealOut(allow_null=True)


class WordOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    start = serializers.FloatField()
    end = serializers.FloatField()
    confidence = serializers.FloatField()
    channel = serializers.IntegerField()


class TurnOut(serializers.Serializer[Any]):
    speaker = serializers.CharField()
    channel = serializers.IntegerField()
    words = WordOut(many=True)


class VersionOut(serializers.Serializer[Any]):
    """Which engine, weights and settings wrote one version of the words."""

    number = serializers.IntegerField()
    engine = serializers.CharField()
    model = serializers.CharField()
    model_sha256 = serializers.CharField()
    settings = serializers.DictField()
    language = serializers.CharField()
    made_at = serializers.DateTimeField()


class TranscriptOut(VersionOut):
    turns = TurnOut(many=True)
    versions = VersionOut(many=True, help_text="every version there is, newest first")


class FindingOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.CharField()
    policy = serializers.CharField()
    policy_version = serializers.IntegerField()
    score = serializers.FloatField()
    start = serializers.FloatField()
    end = serializers.FloatField()
    turn = serializers.IntegerField()
    speaker = serializers.CharField()
    channel = serializers.IntegerField()
    words = serializers.CharField()
    why = serializers.JSONField(help_text="the reasons: policies, duties, words")
    second_eyes = serializers.BooleanField()


class FindingsOut(serializers.Serializer[Any]):
    results = FindingOut(many=True)


class StageOut(serializers.Serializer[Any]):
    stage = serializers.CharField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    since = serializers.DateTimeField()
    fault = serializers.CharField()
    cure = serializers.CharField()


class ProgressOut(serializers.Serializer[Any]):
    results = StageOut(many=True)


class MarkOut(serializers.Serializer[Any]):
    start = serializers.FloatField()
    end = serializers.FloatField()
    turn = serializers.IntegerField()
    speaker = serializers.CharField()
    channel = serializers.IntegerField()
    words = serializers.CharField()


class HitOut(serializers.Serializer[Any]):
    """One call found; start, end and speaker are those of the place the snippet shows."""

    recording = serializers.CharField(source="hit.recording")
    title = serializers.CharField(source="call.title")
    desk = serializers.CharField(source="call.desk")
    started_at = serializers.DateTimeField(source="call.started_at")
    people = serializers.ListField(child=serializers.CharField(), source="call.people")
    start = serializers.FloatField(source="hit.start")
    end = serializers.FloatField(source="hit.end")
    speaker = serializers.CharField(source="hit.speaker")
    snippet = serializers.CharField(source="hit.snippet")
    lit = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        source="hit.lit",
        help_text="ranges of characters of the snippet that were found",
    )
    score = serializers.FloatField(source="hit.score")
    marks = MarkOut(many=True, source="hit.marks")


class FacetOut(serializers.Serializer[Any]):
    value = serializers.CharField()
    count = serializers.IntegerField()


class FoundOut(PageOut):
    total = serializers.IntegerField()
    query_in_words = serializers.CharField(help_text="how the query was understood")
    results = HitOut(many=True)
    facets = serializers.DictField(child=FacetOut(many=True))


class AlertOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    recording = serializers.CharField()
    desk = serializers.CharField()
    desk_name = serializers.CharField()
    title = serializers.CharField()
    started_at = serializers.DateTimeField()
    duration = serializers.FloatField()
    people = serializers.ListField(child=serializers.CharField())
    risk = serializers.FloatField(help_text="0 to 1")
    categories = serializers.ListField(child=serializers.CharField())
    findings = serializers.IntegerField()
    top_words = serializers.CharField()
    state = serializers.CharField()
    raised_at = serializers.DateTimeField()
    second_eyes = serializers.BooleanField(help_text="two people must decide")


class AlertsOut(PageOut):
    results = AlertOut(many=True)


class DecisionOut(serializers.Serializer[Any]):
    """FINRA 3110.07: reviewer, date, action and reason, with the seconds heard by then."""

    reviewer = serializers.CharField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    reason = serializers.CharField()
    seconds_heard = serializers.FloatField()
    second = serializers.BooleanField(help_text="the second pair of eyes")


class DecisionsOut(serializers.Serializer[Any]):
    results = DecisionOut(many=True)


class DecidedOut(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="of the alert now")


class ArrivalOut(serializers.Serializer[Any]):
    """What became of a file. `code`, `message` and `cure` tell why it was set aside; else they are empty."""

    receipt = serializers.CharField()
    outcome = serializers.CharField(help_text="recorded, duplicate, quarantined or received")
    recording = serializers.CharField(allow_null=True, help_text="null outside the asker's desks")
    code = serializers.CharField(source="reason_code")
    message = serializers.CharField(source="reason")
    cure = serializers.CharField()


class QuarantineOut(serializers.Serializer[Any]):
    """A file set aside."""

    receipt = serializers.CharField(source="id")
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it off
    desk = serializers.CharField()
    received_at = serializers.DateTimeField()
    received_by = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    sidecar_name = serializers.CharField()
    code = serializers.CharField(source="reason_code")
    message = serializers.CharField(source="reason")
    cure = serializers.CharField()
    retries = serializers.IntegerField()
    withdrawn = serializers.BooleanField()
    acceptable = serializers.BooleanField(help_text="may be retried with accept=true and taken as it is")
    kept = serializers.BooleanField(help_text="its bytes are there to retry")


class QuarantinePageOut(PageOut):
    results = QuarantineOut(many=True)
