"""Refusals: the errors that Twilio answers, and the catalog of its error codes."""

from __future__ import annotations

from typing import Final, NamedTuple


__all__ = ["ERROR_CODES", "ErrorCode", "Refusal"]

# Names for the codes that are used several times.
INVALID_PARAMETER: Final = 20001
METHOD_NOT_ALLOWED: Final = 20004
NOT_COMPLETE: Final = 20009
INVALID_TOKEN_ISSUER: Final = 20103
INVALID_TOKEN_GRANTS: Final = 20106
NOT_FOUND: Final = 20404
CONFLICT: Final = 20409
SIGNALING_DISCONNECTED: Final = 53001
ROOM_CREATION_FAILED: Final = 53103
ROOM_NOT_FOUND: Final = 53106
INVALID_MAX_PARTICIPANTS: Final = 53107
INVALID_ROOM_STATUS: Final = 53112
ROOM_COMPLETED: Final = 53118
INVALID_RECORDING_RULES: Final = 53120
RECORDING_NOT_SUPPORTED: Final = 53122
INVALID_IDENTITY: Final = 53200
INVALID_IDENTITY_CHARACTERS: Final = 53202
PARTICIPANT_NOT_FOUND: Final = 53204
INVALID_SUBSCRIBE_RULES: Final = 53215


class ErrorCode(NamedTuple):
    """An entry of Twilio's error dictionary."""

    status: int
    message: str


class Refusal(Exception):  # noqa: N818 -- it is an answer of the service, not an error of ours
    """Twilio refuses a request.

    The API turns a refusal into an error response, which the client library turns into its own
    exception. The default *message* and HTTP *status* are those of *code* in `ERROR_CODES`. If
    the code is not listed there, *status* is 400. *detail* is this plugin's own explanation, for
    the test. It is not in the response.
    """

    def __init__(
        self,
        code: int,
        message: str | None = None,
        *,
        status: int | None = None,
        detail: str | None = None,
    ) -> None:
        default = ERROR_CODES.get(code, ErrorCode(400, f"Error {code}"))
        self.code = code
        self.message = default.message if message is None else message
        self.status = default.status if status is None else status
        self.detail = detail
        super().__init__(f"{code} {self.message}")


# Codes and texts: Twilio's error dictionary and the texts of its client SDKs. The HTTP status is
# documented or observed for 20001, 20003, 20404, 20429, 20500, 20503, 53113, 53120 and 53215.
# Inferred: all codes 531xx and 532xx have status 400, like 53113, 53120 and 53215.
# Inferred: the messages of 53305 and 53407 are our own words. Only their meaning is known.
ERROR_CODES: Final = {
    20001: ErrorCode(400, "Invalid parameter"),
    20003: ErrorCode(401, "Authenticate"),
    20004: ErrorCode(405, "Method not allowed"),
    20005: ErrorCode(403, "Account not active"),
    20006: ErrorCode(403, "Access Denied"),
    20007: ErrorCode(400, "Page size too large"),
    20008: ErrorCode(403, "Test Credentials"),
    20009: ErrorCode(409, "Cannot delete this resource before it is complete"),
    20101: ErrorCode(400, "Invalid Access Token"),
    20102: ErrorCode(400, "Invalid Access Token header"),
    20103: ErrorCode(400, "Invalid Access Token issuer/subject"),
    20104: ErrorCode(400, "Access Token expired or expiration date invalid"),
    20105: ErrorCode(400, "Access Token not yet valid"),
    20106: ErrorCode(400, "Invalid Access Token grants"),
    20107: ErrorCode(400, "Invalid Access Token signature"),
    20403: ErrorCode(403, "Forbidden"),
    20404: ErrorCode(404, "The requested resource was not found"),
    20409: ErrorCode(409, "Conflict"),
    20422: ErrorCode(422, "Invalid Parameter"),
    20423: ErrorCode(422, "Invalid SID"),
    20429: ErrorCode(429, "Too Many Requests"),
    20500: ErrorCode(500, "Internal Server Error"),
    20503: ErrorCode(503, "Service is unavailable. Please try again"),
    53000: ErrorCode(400, "Signaling connection error"),
    53001: ErrorCode(400, "Signaling connection disconnected"),
    53002: ErrorCode(400, "Signaling connection timed out"),
    53003: ErrorCode(400, "Client received an invalid signaling message"),
    53004: ErrorCode(400, "Client sent an invalid signaling message"),
    53006: ErrorCode(400, "Video server is busy"),
    53100: ErrorCode(400, "Room name is invalid"),
    53101: ErrorCode(400, "Room name is too long"),
    53102: ErrorCode(400, "Room name contains invalid characters"),
    53103: ErrorCode(400, "Unable to create Room"),
    53104: ErrorCode(400, "Unable to connect to Room"),
    53105: ErrorCode(400, "Room contains too many Participants"),
    53106: ErrorCode(400, "Room not found"),
    53107: ErrorCode(400, "MaxParticipants is out of range"),
    53108: ErrorCode(400, "RoomType is not valid"),
    53109: ErrorCode(400, "Timeout is out of range"),
    53110: ErrorCode(400, "StatusCallbackMethod is invalid"),
    53111: ErrorCode(400, "StatusCallback is invalid"),
    53112: ErrorCode(400, "Status is invalid"),
    53113: ErrorCode(400, "Room exists"),
    53114: ErrorCode(400, "Room creation parameter(s) incompatible with the Room type"),
    53115: ErrorCode(400, "MediaRegion is invalid"),
    53116: ErrorCode(400, "There are no media servers available in the MediaRegion"),
    53117: ErrorCode(
        400, "The subscription operation requested is not supported for the Room type"
    ),
    53118: ErrorCode(400, "Room completed"),
    53119: ErrorCode(400, "The concurrent Rooms quota was exceeded"),
    53120: ErrorCode(400, "Invalid Recording Rule(s)"),
    53122: ErrorCode(400, "The recording operation requested is not supported for the Room type"),
    53123: ErrorCode(400, "MaxParticipantDuration is out of range"),
    53124: ErrorCode(400, "The AudioOnly flag is not supported for the Room type"),
    53125: ErrorCode(400, "The track kind is not supported by the Room"),
    53126: ErrorCode(400, "The Room type is no longer supported"),
    53127: ErrorCode(400, "The AudioOnly flag is no longer supported"),
    53200: ErrorCode(400, "Participant identity is invalid"),
    53201: ErrorCode(400, "Participant identity is too long"),
    53202: ErrorCode(400, "Participant identity contains invalid characters"),
    53203: ErrorCode(
        400,
        "The maximum number of published tracks allowed in the Room at the same time has been "
        "reached",
    ),
    53204: ErrorCode(400, "Participant not found"),
    53205: ErrorCode(400, "Participant disconnected because of duplicate identity"),
    53206: ErrorCode(400, "The account has reached its Participant quota"),
    53207: ErrorCode(400, "MaxPublishedTracks is out of range"),
    53209: ErrorCode(400, "Participant status is invalid"),
    53215: ErrorCode(400, "Invalid Subscribe Rule(s)"),
    53216: ErrorCode(400, "Participant session length exceeded"),
    53300: ErrorCode(400, "Track is invalid"),
    53301: ErrorCode(400, "Track name is invalid"),
    53302: ErrorCode(400, "Track name is too long"),
    53303: ErrorCode(400, "Track name contains invalid characters"),
    53304: ErrorCode(400, "Track name is duplicated"),
    53305: ErrorCode(400, "The server has reached capacity and cannot fulfill this request"),
    53400: ErrorCode(400, "Client is unable to create or apply a local media description"),
    53401: ErrorCode(400, "Server is unable to create or apply a local media description"),
    53402: ErrorCode(400, "Client is unable to apply a remote media description"),
    53403: ErrorCode(400, "Server is unable to apply a remote media description"),
    53404: ErrorCode(400, "No supported codec"),
    53405: ErrorCode(400, "Media connection failed"),
    53407: ErrorCode(400, "Media connection failed due to DTLS handshake failure"),
    53500: ErrorCode(400, "Unable to acquire configuration"),
    53501: ErrorCode(400, "Unable to acquire TURN credentials"),
}
