"""Interruptions and errors that a learner meets, the most common first."""

from generator.spec.edata import Error

INTERRUPTIONS = ("background", "resume", "screen-lock", "incoming-call", "low-battery")
"""Types of INTERRUPT: the mobile app's own two, then those in the specification."""
INTERRUPTION_WEIGHTS = (60.0, 15.0, 12.0, 10.0, 3.0)

STACK_LIMIT = 250
"""Characters to which the mobile app trims a stack trace."""

_OFFLINE = (
    "HttpErrorResponse: Http failure response for https://staging.sunbirded.org/api/content/v1/read: 0 Unknown Error\n"
    "    at XMLHttpRequest.onerror (ionic://localhost/main.js:1:884213)\n"
    "    at ZoneDelegate.invokeTask (polyfills.js:1:41932)\n"
    "    at Zone.runTask (polyfills.js:1:36811)"
)
_SYNC = (
    "NetworkError: telemetry sync failed: timeout of 30000ms exceeded\n"
    "    at TelemetrySyncHandler.processEventsBatch (sunbird-sdk/telemetry/handler/telemetry-sync-handler.js:214:19)\n"
    "    at MergeMapSubscriber.project (rxjs/internal/operators/mergeMap.js:69:27)"
)
_MISSING = (
    '{"id":"api.content.read","ver":"3.0","params":{"status":"failed","err":"ERR_CONTENT_NOT_FOUND",'
    '"errmsg":"Content not found with id"},"responseCode":"RESOURCE_NOT_FOUND","result":{}}'
)
_UNDEFINED = (
    "TypeError: Cannot read property 'pageid' of undefined\n"
    "    at ContentPlayerComponent.onTelemetryEvent (main.7f2c1b9e.js:1:1204417)\n"
    "    at SafeSubscriber._next (vendor.0a71d3fe.js:2:318822)\n"
    "    at SafeSubscriber.__tryOrUnsub (vendor.0a71d3fe.js:2:318301)"
)
_LOAD = (
    "ERR_CONTENT_LOAD_FAILED: media error 4: MEDIA_ELEMENT_ERROR: Format error\n"
    "    at VideoPlayer.onError (sunbird-video-player.js:1:77301)\n"
    "    at HTMLVideoElement.dispatcher (video.min.js:12:5512)"
)
_DISK = (
    "android.database.sqlite.SQLiteFullException: database or disk is full (code 13 SQLITE_FULL)\n"
    "\tat android.database.sqlite.SQLiteConnection.nativeExecuteForChangedRowCount(Native Method)\n"
    "\tat org.sunbird.db.SunbirdDB.insert(SunbirdDB.java:142)"
)
_GATEWAY = (
    "HttpErrorResponse: Http failure response for https://staging.sunbirded.org/learner/user/v5/read: 504 Gateway Time-out\n"
    "    at XMLHttpRequest.onLoad (vendor.0a71d3fe.js:2:511290)"
)


def _error(err: str, errtype: str, stack: str) -> Error:
    return Error(err=err, errtype=errtype, stacktrace=stack[:STACK_LIMIT])  # type: ignore[arg-type]


ERRORS: dict[str, tuple[Error, ...]] = {
    "mobile": (
        _error("RESOURCE_NOT_FOUND", "CONTENT", _MISSING),
        _error("ERR_NETWORK_UNAVAILABLE", "MOBILEAPP", _OFFLINE),
        _error("auto-sync-failed", "MOBILEAPP", _SYNC),
        _error("ERR_CONTENT_LOAD_FAILED", "CONTENT", _LOAD),
        _error("ERR_NO_SPACE_LEFT", "SYSTEM", _DISK),
    ),
    "web": (
        _error("RESOURCE_NOT_FOUND", "CONTENT", _MISSING),
        _error("ERR_PLAYER_TELEMETRY", "CONTENT", _UNDEFINED),
        _error("ERR_CONTENT_LOAD_FAILED", "CONTENT", _LOAD),
        _error("ERR_GATEWAY_TIMEOUT", "SYSTEM", _GATEWAY),
    ),
    "desktop": (
        _error("RESOURCE_NOT_FOUND", "CONTENT", _MISSING),
        _error("ERR_CONTENT_LOAD_FAILED", "CONTENT", _LOAD),
        _error("ERR_NETWORK_UNAVAILABLE", "SYSTEM", _OFFLINE),
    ),
}
"""The errors of each kind of device."""
