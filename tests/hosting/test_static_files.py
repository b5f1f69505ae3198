"""One style sheet and one script for a host, made of the files that are read and changed."""

import re

from tests import servers

STATIC = servers.ROOT / "static"


def hosted(pattern: str) -> str:
    """The newest hashed file of this name."""
    found = sorted((servers.ROOT / "staticfiles").glob(pattern), key=lambda path: path.stat().st_mtime)
    return found[-1].read_text()


def test_the_style_sheet_holds_all_that_it_imports(collected):
    style = hosted("css/app.????????????.css")

    assert "@import" not in style
    for wanted in re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css/app.css").read_text()):
        assert (STATIC / "css" / wanted).read_text().strip() in style


def test_the_script_holds_all_that_it_imports(collected):
    script = hosted("js/app.????????????.js")

    assert not re.search(r"^import", script, re.MULTILINE)
    for wanted in re.findall(r'import "\./([^"]+)"', (STATIC / "js/app.js").read_text()):
        assert (STATIC / "js" / wanted).read_text().strip() in script
