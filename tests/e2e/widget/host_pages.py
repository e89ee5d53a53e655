"""Pages of a site that embeds the widget, and the headers that strict sites send with them."""

from __future__ import annotations

from html import escape

# What a careful site allows: its own files, and calls to the service. Nothing inline, no eval, no strings as scripts.
STRICT = (
    "default-src 'none'; script-src {scripts}; connect-src {server}; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action {server}; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
STYLE = """
:root { color-scheme: light; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #fff; color: #1a1a1a; }
main, header { max-width: 44rem; margin: 0 auto; padding: 1rem; }
html[data-theme="dark"], html.dark { color-scheme: dark; }
html[data-theme="dark"] body, html.dark body, body[data-md-color-scheme="slate"] { background: #14161a; color: #eee; }
"""
TEXT = """<p>Parcels leave our warehouse on the day of the order. Everything we sell can be sent back within thirty days,
unopened and with its label, from any post office.</p>"""


def strict_policy(server: str, scripts: str = "'self'") -> dict[str, str]:
    """The header of a strict site that talks to ``server`` (an origin) and loads scripts from ``scripts``."""
    return {"Content-Security-Policy": STRICT.format(server=server, scripts=scripts)}


def script_tag(source: str, **data: str) -> str:
    """The one tag of the widget: ``script_tag(url, server="https://…", mode="modal")``."""
    return f'<script src="{escape(source)}" defer{_attributes(data, "data-")}></script>'


def element(inner: str = "", **attributes: str) -> str:
    """A widget that was placed by hand."""
    return f"<kb-ask{_attributes(attributes)}>{inner}</kb-ask>"


def light_form(server: str, label: str = "Your question") -> str:
    """What a visitor without scripts uses: an ordinary form to the answer page."""
    return (
        f'<form action="{escape(server)}/ask" method="get"><label for="plain-question">{label}</label> '
        '<input id="plain-question" name="q" required> <button>Ask</button></form>'
    )


def document(body: str, *, head: str = "", html: str = 'lang="en"', main: str = "") -> str:
    """A page with a landmark and a heading, as a page should have, around ``body``."""
    return (
        f'<!doctype html><html {html}><head><meta charset="utf-8"><title>Web shop</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/site.css">{head}</head>'
        f"<body{main}><header><h1>Sending things back</h1></header><main>{TEXT}{body}</main></body></html>"
    )


def _attributes(values: dict[str, str], prefix: str = "") -> str:
    return "".join(f' {prefix}{name.replace("_", "-")}="{escape(value)}"' for name, value in values.items())
