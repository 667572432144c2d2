"""Attaching: how a browser that a test drives is pointed at the fake."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from ..errors import TwilioVideoError


if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["CHROMIUM_ARGS", "aattach", "attach", "browser_script"]

__tracebackhide__ = True

CHROMIUM_ARGS: Final = (
    # A green picture and a beep, without a question to the user.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Sound plays without a click of the user.
    "--autoplay-policy=no-user-gesture-required",
    # Peer connections find each other on a machine without a network.
    "--allow-loopback-in-peer-connection",
    # A page that is not served from this machine may open a connection to this machine. Chromium
    # asks the user otherwise, and `--disable-features` would replace that flag of the driver.
    "--ip-address-space-overrides=127.0.0.1:0=public",
)
_TARGETS: Final = (
    "a Page or BrowserContext of playwright.sync_api, or a WebDriver of Selenium for Chromium"
)


def browser_script(url: str) -> str:
    """Return the script for pages, which connects to the server at *url*."""
    script = Path(__file__).with_name("script.js").read_text(encoding="utf-8")
    return script.replace("SERVER_URL", url.replace("http", "ws", 1))


def attach(target: Any, script: str, hint: Callable[[str], object]) -> None:
    """Run *script* in each page that *target* opens from now on.

    With Selenium, these are the pages in the current window. Another window needs another call.

    *hint* is called with the description of each mistake, as soon as it is noticed.
    """
    names = _class_names(target)
    for module, attached in _SYNC.items():
        if any(name in names for name in attached):
            _INJECT[module](target, script, hint)
            return
    if any(name in names for name in _ASYNC):
        msg = (
            f"attach() cannot await {_describe(target)}: it is a target of playwright.async_api.\n"
            f"Use `await twilio_video_server.aattach(...)`"
        )
        raise TwilioVideoError(msg)
    msg = f"attach() takes {_TARGETS}, not {_describe(target)}"
    raise TwilioVideoError(msg)


async def aattach(target: Any, script: str, hint: Callable[[str], object]) -> None:
    """Run *script* in each page that *target*, of async Playwright, opens from now on."""
    if not any(name in _class_names(target) for name in _ASYNC):
        msg = (
            f"aattach() takes a Page or BrowserContext of playwright.async_api, "
            f"not {_describe(target)}"
        )
        raise TwilioVideoError(msg)
    await target.add_init_script(script)
    _watch(target, hint)


def _into_playwright(target: Any, script: str, hint: Callable[[str], object]) -> None:
    target.add_init_script(script)
    _watch(target, hint)


def _into_selenium(target: Any, script: str, hint: Callable[[str], object]) -> None:
    target.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    _check_that_it_is_new(target.current_url, hint)


def _watch(target: Any, hint: Callable[[str], object]) -> None:
    """Call *hint* if a page of Playwright's *target* connects to the real Twilio."""

    def follow(page: Any) -> None:
        page.on("websocket", lambda socket: asked(page, socket.url))
        page.on("console", lambda message: said(message.text))

    def asked(page: Any, url: str) -> None:
        at = urlsplit(url)
        if f".{at.hostname}".endswith(".twilio.com") and at.path == "/signaling":
            hint(f"{page.url} asked the real Twilio at {url}: {_TOO_LATE}")

    def said(text: str) -> None:
        if "ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS" in text:
            hint(f"Chromium keeps the page from connecting to this machine: {_USE_ARGS}")

    pages = getattr(target, "pages", None)
    if pages is None:
        pages = [target]
    else:
        target.on("page", follow)
    for page in pages:
        follow(page)
        _check_that_it_is_new(page.url, hint)


def _check_that_it_is_new(url: str, hint: Callable[[str], object]) -> None:
    if url.startswith("http"):
        hint(f"{url} was open already when it was attached: {_TOO_LATE}")


_TOO_LATE: Final = (
    "the script of attach() runs when a page is opened. Call attach() first, then open or reload "
    "the page"
)
_USE_ARGS: Final = "start it with twilio_video_server.chromium_args"
_SYNC: Final = {
    "playwright": (
        "playwright.sync_api._generated.Page",
        "playwright.sync_api._generated.BrowserContext",
    ),
    "selenium": ("selenium.webdriver.chromium.webdriver.ChromiumDriver",),
}
_ASYNC: Final = (
    "playwright.async_api._generated.Page",
    "playwright.async_api._generated.BrowserContext",
)
_INJECT: Final[dict[str, Callable[[Any, str, Callable[[str], object]], None]]] = {
    "playwright": _into_playwright,
    "selenium": _into_selenium,
}


def _class_names(target: object) -> set[str]:
    """Return the names of the classes of *target*, so that no driver has to be imported."""
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(target).__mro__}


def _describe(target: object) -> str:
    kind = type(target)
    return f"{target!r} of {kind.__module__}.{kind.__qualname__}"
