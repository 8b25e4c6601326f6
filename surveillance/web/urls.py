"""The addresses of the pages. No address ends in a slash."""

from django.urls import path

from surveillance.web import call, calls, intake, ledger, media, people, queue, search, sign_in, system

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out", sign_in.SignOut.as_view(), name="sign-out"),
    path("queue", queue.queue, name="queue"),
    path("search", search.search, name="search"),
    path("calls", calls.calls_page, name="calls"),
    path("calls/<uuid:recording>", call.call_page, name="call"),
    path("calls/<uuid:recording>/decision", call.decided, name="decide"),
    path("calls/<uuid:recording>/re-opening", call.reopened, name="reopen"),
    path("calls/<uuid:recording>/sound", media.sound, name="sound"),
    path("calls/<uuid:recording>/native", media.native, name="native"),
    path("calls/<uuid:recording>/peaks", media.outline, name="peaks"),
    path("calls/<uuid:recording>/played", media.played, name="played"),
    path("calls/<uuid:recording>/heard", media.listened, name="heard"),
    path("intake", intake.intake, name="intake"),
    path("intake/upload", intake.upload, name="upload"),
    path("intake/under-way", intake.under_way, name="under-way"),
    path("intake/set-aside/<uuid:receipt>/retry", intake.tried_again, name="retry"),
    path("intake/set-aside/<uuid:receipt>/withdrawal", intake.withdrawn, name="withdraw"),
    path("ledger", ledger.ledger, name="ledger"),
    path("ledger/chain", ledger.chain, name="chain"),
    path("people", people.people_page, name="people"),
    path("people/users", people.enrolled, name="enrol"),
    path("people/desks", people.desk_opened, name="open-desk"),
    path("people/<str:username>/grants", people.granted, name="grant"),
    path("people/<str:username>/standing", people.standing_changed, name="standing"),
    path("system", system.system, name="system"),
    path("system/retry/<uuid:recording>", system.sent_again, name="send-again"),
]
