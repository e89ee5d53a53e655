"""Re-reading the articles while serving."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.jobs import IndexJob
from api.openapi import door_responses, json_response
from api.owner_responses import IndexJobDocument
from api.problems import from_kb_error
from api.replies import json_reply
from api.routes.articles import problem_document
from api.security import Caller, Entrance
from api.state import state_of
from kb.documents import timestamp
from kb.errors import NotFoundError

router = APIRouter(tags=["owners"])
Admin = Annotated[Caller, Depends(Entrance(("admin",)))]


@router.post(
    "/v1/index",
    summary="Re-read the articles",
    status_code=202,
    responses={
        202: json_response(
            IndexJobDocument,
            "The job that was started, or the one that is running already; poll it.",
            links={"report": {"operationId": "get_index_job", "parameters": {"job_id": "$response.body#/id"}}},
            headers={"Location": {"description": "Where its report is.", "schema": {"type": "string"}}},
        ),
        **door_responses(),
    },
)
def start_index(request: Request, caller: Admin) -> Response:
    """Only what changed is read and embedded again. A job that runs already looks once more and is returned."""
    job = state_of(request).jobs.start()
    return json_reply(_document(job), status=202, headers={"Location": f"/v1/index/{job.id}", "Retry-After": "1"})


@router.get(
    "/v1/index/{job_id}",
    summary="The report of a re-reading",
    responses={200: json_response(IndexJobDocument), **door_responses(extra=(404,))},
)
def get_index_job(request: Request, caller: Admin, job_id: str) -> Response:
    """Progress while it runs, then the report; the last 50 jobs since the server started are kept."""
    job = state_of(request).jobs.get(job_id)
    if job is None:
        raise NotFoundError("There is no job with this id.", "Jobs are forgotten when the server stops.")
    return json_reply(_document(job))


def _document(job: IndexJob) -> dict[str, Any]:
    report, progress = job.report, job.progress
    return {
        "object": "index_job",
        "id": job.id,
        "status": job.status,
        "created_at": timestamp(job.created_at),
        "finished_at": timestamp(job.finished_at) if job.finished_at else None,
        "progress": None if progress is None else dict(zip(("stage", "done", "total"), progress, strict=True)),
        "report": None
        if report is None
        else {
            "revision": report.revision,
            "articles": report.articles,
            "passages": report.passages,
            "embedded": report.embedded,
            "reread": report.reread,
            "changed": report.changed,
            "seconds": round(report.seconds, 3),
            "problems": [problem_document(problem) for problem in report.problems],
        },
        "error": None if job.error is None else {"code": job.error.code, "detail": from_kb_error(job.error).detail},
    }
