"""The cookie that carries a browser's session (S2): its name says to the browser who alone may set it."""

from typing import Protocol

from oqtopus.domain.accounts import SESSION_LIFETIME
from oqtopus.errors import ConfigurationError

_HOST_NAME = "__Host-oqtopus_session"
_PLAIN_NAME = "oqtopus_session"


class Site(Protocol):
    """The settings that say where people reach this installation."""

    @property
    def app_env(self) -> str: ...
    @property
    def public_url(self) -> str: ...


def session_cookie(secret: str, site: Site) -> str:
    """The `Set-Cookie` value that signs the browser in for as long as a session can live."""
    return _cookie(secret, round(SESSION_LIFETIME.total_seconds()), site)


def cleared_cookie(site: Site) -> str:
    """The `Set-Cookie` value that has the browser forget its session."""
    return _cookie("", 0, site)


def cookie_name(site: Site) -> str:
    """A `__Host-` name, which no other host and no plain HTTP can set; development over HTTP has to go without."""
    return _PLAIN_NAME if _is_plain(site) and site.app_env == "development" else _HOST_NAME


def _cookie(value: str, seconds: int, site: Site) -> str:
    if _is_plain(site) and site.app_env != "development":
        raise ConfigurationError("PUBLIC_URL must be https: a session cookie never travels over plain HTTP.")
    secure = "" if _is_plain(site) else "Secure; "
    return f"{cookie_name(site)}={value}; Max-Age={seconds}; Path=/; {secure}HttpOnly; SameSite=Lax"


def _is_plain(site: Site) -> bool:
    return not site.public_url.startswith("https://")
