"""URLs: Twilio's own in answers, and where they lead when the server is asked directly."""

from __future__ import annotations

from typing import Any, Final

from .. import _hosts as hosts


__all__ = ["document_at", "moved", "url_of"]

TWILIO: Final = "https://video.twilio.com"
_BUCKET_DOMAIN: Final = ".s3.amazonaws.com"
_URL_LISTS: Final = ("links", "meta")


def document_at(base: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return *document* with its own URLs below *base*, and all other texts as they are."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name in {"url", "redirect_to"} and isinstance(value, str):
            found[name] = moved(value, base)
        elif name in _URL_LISTS and isinstance(value, dict):
            found[name] = {
                key: moved(url, base) if isinstance(url, str) else url
                for key, url in value.items()
            }
        elif isinstance(value, list):
            found[name] = [
                document_at(base, each) if isinstance(each, dict) else each for each in value
            ]
        else:
            found[name] = value
    return found


def moved(url: str, base: str) -> str:
    if url.startswith(TWILIO):
        return base + url[len(TWILIO) :]
    host = hosts.host_of(url)
    if hosts.bucket_of(host) is None:
        return url
    # As S3 itself does where a bucket is part of the path.
    return url.replace(f"https://{host}", f"{base}/{host.removesuffix(_BUCKET_DOMAIN)}", 1)


def url_of(target: str) -> tuple[str, bool]:
    """Return the URL that *target* stands for, and whether it leads to the storage."""
    bucket, slash, rest = target[1:].partition("/")
    host = bucket + _BUCKET_DOMAIN
    if slash and hosts.bucket_of(host) is not None:
        return f"https://{host}/{rest}", True
    return TWILIO + target, False
