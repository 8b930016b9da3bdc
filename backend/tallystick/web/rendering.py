"""Templates in the reader's language, and what every page is rendered with."""

from __future__ import annotations

import pathlib
from functools import cache, partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tallystick.api.snapshot import Snapshot
from tallystick.web import formats, words
from tallystick.web.i18n import COOKIE, LANGUAGES, Language, choose, translations
from tallystick.web.phrases import Phrases
from tallystick.web.staff.places import may, places_of

TEMPLATES = pathlib.Path(__file__).parent / "templates"
_VARIES = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}


def page(request: Request, template: str, snapshot: Snapshot, **values: Any) -> HTMLResponse:
    """A page that tells as of which block it is."""
    age = max(0, snapshot.now - snapshot.head.timestamp)
    return plain_page(request, template, as_of=snapshot.as_of(), age=age, **values)


def plain_page(
    request: Request, template: str, status_code: int = 200, **values: Any
) -> HTMLResponse:
    """A page without the chain's state; remembers the language that the address asks for."""
    language = language_of(request)
    text = (
        _environment(language).get_template(template).render(**values, **_common(request, language))
    )
    response = HTMLResponse(text, status_code, _VARIES)
    if request.query_params.get("lang") == language.tag:
        response.set_cookie(
            COOKIE, language.tag, max_age=365 * 86_400, httponly=True, samesite="lax"
        )
    return response


def language_of(request: Request) -> Language:
    """The language of whoever asks."""
    return choose(
        request.query_params.get("lang"),
        request.cookies.get(COOKIE),
        request.headers.get("accept-language", ""),
    )


def _common(request: Request, language: Language) -> dict[str, Any]:
    # only the query: a path taken from the request could lead to another host
    switch = [
        (other, "?" + request.url.include_query_params(lang=other.tag).query) for other in LANGUAGES
    ]
    caller = getattr(request.state, "caller", None)
    return {
        "language": language,
        "switch": switch,
        "place": request.url.path,
        "caller": caller,
        "may": partial(may, caller),
        "knows_people": request.app.state.access is not None,
        "lends": request.app.state.lending is not None,
        "settable": request.app.state.server.clock.settable,
        "teaches": request.app.state.repairs is not None,
    }


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = translations(language)
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "amount": formats.amount,
        "unit": formats.unit,
        "percent": formats.percent,
        "grouped": formats.grouped,
        "short": formats.short,
        "id": formats.identifier,
        "day": partial(formats.day, locale=language.locale),
        "moment": partial(formats.moment, locale=language.locale),
        "month": partial(formats.month, locale=language.locale),
        "weekday": partial(formats.weekday, locale=language.locale),
        "ymd": formats.ymd,
        "is_account": formats.is_account,
        "said": partial(formats.said, language=language.folder),
    }
    environment.globals["query"] = formats.query
    environment.globals["staff_places"] = places_of
    environment.globals["pull_fails"] = words.pull_fails
    environment.globals["words"] = words.Words(catalogue, language.locale)
    environment.globals["phrases"] = Phrases(catalogue)
    return environment
