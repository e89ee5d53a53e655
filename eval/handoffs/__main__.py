"""``python -m eval.handoffs``: run it, print the figures, and write them to ``eval/results/handoffs-*.json``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import orjson

from eval.handoffs.run import Plan, Trial, is_exact
from eval.provenance import describe_run, write_result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.handoffs", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="requests for a person")
    parser.add_argument("--seed", type=int, default=1, help="what goes wrong, and when")
    parser.add_argument("--no-write", action="store_true", help="print the figures only")
    chosen = parser.parse_args()
    plan = replace(Plan(), count=chosen.count, seed=chosen.seed)
    with tempfile.TemporaryDirectory(prefix="kb-handoffs-") as folder:
        figures = Trial(plan, Path(folder)).run()
    result = {**describe_run(), "plan": asdict(plan), "exact": is_exact(figures), **figures}
    sys.stdout.buffer.write(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    if not chosen.no_write:
        print(write_result(result, "handoffs"), file=sys.stderr)
    return 0 if result["exact"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
