"""Every address of the site."""

from django.urls import include, path

handler400 = "surveillance.access.doors.request_refused"
urlpatterns = [
    path("api/", include("surveillance.api.urls")),
    path("", include("surveillance.web.urls")),
]
