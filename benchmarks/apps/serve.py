"""Serves one of the apps in one process: ``python -m benchmarks.apps.serve sanic 8000``."""

from __future__ import annotations

import sys


def main(kind: str, port: int) -> None:
    """Serve until killed."""
    if kind.startswith("sanic"):
        from benchmarks.apps.sanics import make_app

        app = make_app(ext=kind == "sanic-ext")
        app.run(port=port, single_process=True, access_log=False, motd=False)
        return
    if kind == "parts":
        from benchmarks.apps.sent_in_parts import make_app as make_parts

        make_parts().run(port=port, single_process=True, access_log=False, motd=False)
        return
    import uvicorn

    app_path = {"fastapi": "benchmarks.apps.fast_api:app", "litestar": "benchmarks.apps.lite_star:app"}[kind]
    uvicorn.run(app_path, port=port, access_log=False, log_level="error", loop="uvloop", http="httptools")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
