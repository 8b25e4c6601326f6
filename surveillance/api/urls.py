"""The addresses of the API."""

from django.urls import path, re_path

from surveillance.api import (
    alerts,
    changes,
    custody,
    door,
    holds,
    intake,
    ledger,
    media,
    recordings,
    schema,
    search,
    tokens,
)

app_name = "api"

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("tokens/current/", tokens.CurrentToken.as_view(), name="current-token"),
    path("recordings/", recordings.Recordings.as_view(), name="recordings"),
    path("recordings/<uuid:recording>/", recordings.OneRecording.as_view(), name="recording"),
    path("recordings/<uuid:recording>/transcript/", recordings.TranscriptOf.as_view(), name="transcript"),
    path("recordings/<uuid:recording>/findings/", recordings.FindingsOf.as_view(), name="findings"),
    path("recordings/<uuid:recording>/media/", media.MediaOf.as_view(), name="media"),
    path("recordings/<uuid:recording>/progress/", recordings.ProgressOf.as_view(), name="progress"),
    path("receipts/<uuid:receipt>/", intake.OneReceipt.as_view(), name="receipt"),
    path("quarantine/", intake.Quarantine.as_view(), name="quarantine"),
    path("quarantine/<uuid:receipt>/retry/", intake.Retry.as_view(), name="retry"),
    path("search/", search.Searching.as_view(), name="search"),
    path("alerts/", alerts.Alerts.as_view(), name="alerts"),
    path("alerts/<int:number>/", alerts.OneAlert.as_view(), name="alert"),
    path("alerts/<int:number>/dispositions/", alerts.Dispositions.as_view(), name="dispositions"),
    path("policies/", changes.Policies.as_view(), name="policies"),
    path("policies/<str:name>/", changes.OnePolicy.as_view(), name="policy"),
    path("changes/", changes.Changes.as_view(), name="changes"),
    path("changes/<int:number>/", changes.OneChange.as_view(), name="change"),
    path("changes/<int:number>/back-tests/", changes.BackTests.as_view(), name="back-tests"),
    path("recordings/<uuid:recording>/record/", custody.RecordOf.as_view(), name="record"),
    path("fixity/", custody.Nights.as_view(), name="fixity"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/preview/", holds.HoldPreview.as_view(), name="hold-preview"),
    path("holds/<int:number>/", holds.OneHold.as_view(), name="hold"),
    path("holds/<int:number>/release-request/", holds.ReleaseRequest.as_view(), name="release-request"),
    path("holds/<int:number>/release/", holds.Release.as_view(), name="release"),
    path("ledger/checkpoint/", ledger.LatestCheckpoint.as_view(), name="checkpoint"),
    path("ledger/growth/", ledger.Growth.as_view(), name="growth"),
    path("ledger/entries/<int:sequence>/proof/", ledger.EntryProof.as_view(), name="entry-proof"),
    path("schema/", schema.Schema.as_view(), name="schema"),
    path("docs/", schema.Docs.as_view(), name="docs"),
    re_path(r"^", door.Nowhere.as_view(), name="nowhere"),
]
