"""Every address of the site."""

from django.urls import include, path

urlpatterns = [
    path("api/", include("surveillance.api.urls")),
    path("", include("surveillance.web.urls")),
]
