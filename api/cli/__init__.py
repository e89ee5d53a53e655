"""The command line: `kb`. Nothing is imported before `main` is called, so that `kb --help` answers at once."""

from __future__ import annotations


def main() -> None:
    """Run the command in ``sys.argv`` and exit with its code: 0 done, 1 the input needs attention, 2 wrong use."""
    from api.cli.app import run

    run()
