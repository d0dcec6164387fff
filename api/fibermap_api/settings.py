"""Settings of the server: how much of anything one request, one caller or one connection may take."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from fibermap.kernel.settings import PublicAddress


class ApiSettings(PublicAddress):
    """Bounds and choices of the server. Every bound ends in a problem document, never in a crash."""

    model_config = SettingsConfigDict(env_prefix="FIBERMAP_API_", frozen=True)

    # one request
    body_bytes: int = Field(default=64 << 10, description="Largest body of a request.")
    batch_bytes: int = Field(default=1 << 20, description="Largest body of an inline batch.")
    batch_rows: int = Field(default=1_000, description="Most questions of an inline batch.")
    query_bytes: int = Field(default=16 << 10, description="Longest query string.")
    path_bytes: int = Field(default=1 << 10, description="Longest path.")
    header_bytes: int = Field(default=16 << 10, description="Largest sum of all headers.")
    request_s: float = Field(default=30.0, description="Longest time that one request may take.")
    body_s: float = Field(default=10.0, description="Longest time that a body may take to arrive.")
    upload_s: float = Field(default=300.0, description="Longest time that the file of a batch job may take to arrive.")
    # the server
    in_flight: int = Field(default=256, description="Most requests that are answered at once.")
    connections: int = Field(default=4_000, description="Most connections that are open at once.")
    headers_s: float = Field(default=10.0, description="Longest time that the headers of a request may take.")
    keep_alive_s: float = Field(default=30.0, description="How long a connection may wait for its next request.")
    shutdown_s: float = Field(default=20.0, description="How long requests may go on after the server was told to end.")
    # batch jobs
    job_bytes: int = Field(default=64 << 20, description="Largest file of a batch job.")
    job_rows: int = Field(default=1_000_000, description="Most questions of a batch job.")
    jobs: int = Field(default=50, description="Most batch jobs that are kept at once.")
    jobs_per_caller: int = Field(default=10, description="Most batch jobs that one caller has at once.")
    job_kept_h: float = Field(default=24.0, description="How long a batch job and its result are kept, hours.")
    # the plan
    plan_body_bytes: int = Field(default=16 << 20, description="Largest arguments of a verb of the plan.")
    plan_upload_bytes: int = Field(default=4 << 30, description="Largest file that is sent to be ingested.")
    plan_upload_s: float = Field(default=3_600.0, description="Longest time that such a file may take to arrive.")
    plan_spool_bytes: int = Field(default=16 << 30, description="No further file is taken in over this sum of all.")
    plan_uploads: int = Field(default=64, description="Most uploads that wait to be ingested at once.")
    plan_reports: int = Field(default=16, description="Most dry runs that are kept at once.")
    plan_reports_per_caller: int = Field(default=4, description="Most dry runs that are kept for one caller.")
    plan_kept_min: float = Field(
        default=60.0, description="How long uploads and dry runs are kept if nobody comes back, minutes."
    )
    ingest_files: int = Field(default=2_000, description="Most files that are brought in together.")
    ingests_kept: int = Field(default=100, description="Most ingests that the list remembers.")
    plan_waiting: int = Field(default=32, description="Most verbs of the plan that run or wait at once.")
    # exports
    exports: int = Field(default=100, description="Most exports that are kept at once.")
    exports_per_caller: int = Field(default=10, description="Most exports of one caller; the oldest makes way.")
    export_kept_min: float = Field(default=60.0, description="How long the file of an export is kept, minutes.")
    # sessions
    session_idle_min: float = Field(default=60.0, description="A login ends after so long without a request, minutes.")
    session_longest_h: float = Field(default=12.0, description="A login ends after so long at most, hours.")
    cookie_secure: bool = Field(
        default=False, description="Send the session cookie over https only, also where a proxy ends https."
    )
    # the outside
    cors_origins: tuple[str, ...] = Field(
        default=(), description='Origins whose pages may call this server, as JSON: ["https://shop.example"].'
    )
    metrics_on_loopback: bool = Field(
        default=True,
        description="Give metrics to whoever asks from this machine, without a key. Turn off behind a local proxy.",
    )
    log_requests: bool = Field(default=True, description="Log every request; failures are always logged.")
    otel_endpoint: str = Field(
        default="",
        description="Where traces go, OTLP over HTTP: http://127.0.0.1:4318/v1/traces. Needs the extra `otel`.",
    )
