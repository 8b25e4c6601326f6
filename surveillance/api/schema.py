"""The API's own description: OpenAPI 3, and a page to read it by."""

from __future__ import annotations

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from surveillance.api.door import Door


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    target_class = "surveillance.api.door.TokenSignIn"


class Schema(SpectacularAPIView):
    """The description, as YAML or JSON."""

    authentication_classes = Door.authentication_classes
    permission_classes = (IsAuthenticated,)
    metadata_class = None


class Docs(SpectacularSwaggerSplitView):
    """Swagger's page; its scripts and styles are files of ours, so the content security policy holds."""

    authentication_classes = Door.authentication_classes
    permission_classes = (IsAuthenticated,)
    metadata_class = None
    url_name = "api:schema"
    template_name = "api/docs.html"
