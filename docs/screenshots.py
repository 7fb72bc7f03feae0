"""Takes the pictures of the example blog in docs/images: ``python docs/screenshots.py URL`` of a fresh blog.

Needs playwright and a Chromium; the variable ``CHROMIUM`` names one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
LOOKS: dict[str, dict[str, Any]] = {
    "desktop-script": {"viewport": {"width": 900, "height": 700}, "color_scheme": "light"},
    "phone-no-script": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "java_script_enabled": False,
    },
}


def main(url: str) -> None:
    """Take all of them: on a desktop in light with the script, on a phone in dark with scripts disabled."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for label, look in LOOKS.items():
            for name, arrange in SCENES.items():
                context = browser.new_context(**look)
                page = context.new_page()
                arrange(page, url)
                page.screenshot(path=IMAGES / f"{name}-{label}.png", full_page=True)
                context.close()
        browser.close()


def posts(page: Any, url: str) -> None:
    """The list, with a like."""
    page.goto(url)
    page.get_by_role("button", name="Like “On gardens”").click()
    page.wait_for_timeout(500)


def error(page: Any, url: str) -> None:
    """A comment that is refused."""
    page.goto(f"{url}/posts/hello")
    page.get_by_label("Your name", exact=True).fill("Grace")
    page.get_by_label("Your comment", exact=True).fill("   ")
    page.get_by_role("button", name="Comment").click()
    page.locator("[aria-invalid]").wait_for()


def success(page: Any, url: str) -> None:
    """A comment that is there."""
    post = "gardens" if page.viewport_size["width"] < 600 else "fugues"  # each picture with one comment
    page.goto(f"{url}/posts/{post}")
    page.get_by_label("Your name", exact=True).fill("Grace")
    page.get_by_label("Your comment", exact=True).fill("Well said.\n\nI shall come back to it.")
    page.get_by_role("button", name="Comment").click()
    page.locator("#said").filter(has_text="Thank you").wait_for()


SCENES: dict[str, Callable[[Any, str], None]] = {"posts": posts, "error": error, "success": success}

if __name__ == "__main__":
    main(sys.argv[1])
