"""What a process is told from outside, by environment variables that begin with ENTREPOT_."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Role = Literal["api", "consumer", "relay", "projector", "deadlines"]
ALL_ROLES = "api,consumer,relay,projector,deadlines"


class Settings(BaseSettings):
    """Settings of one service process. Secrets are paths of files, never values."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", extra="ignore", frozen=True)

    database: str = Field(description="DSN of the service's own database")
    kafka: str = Field(description="bootstrap address of the brokers")
    kafka_tls: Path | None = Field(default=None, description="certificates for the brokers")
    instance: str | None = Field(
        default=None,
        description="lasting name of this process: back under it, it has its partitions at once",
    )
    listen: str = Field(default="127.0.0.1:0", description="host:port of gRPC")
    tls: Path | None = Field(default=None, description="certificates of gRPC, for mutual TLS")
    health: str | None = Field(default=None, description="host:port where probes ask, no TLS")
    metrics: str | None = Field(default=None, description="host:port of the Prometheus endpoint")
    jwks: Path = Field(description="file of the public keys that tokens are signed with")
    issuer: str = Field(default="entrepot-local", description="who signs tokens")
    audience: str = Field(default="entrepot", description="whom tokens are for")
    traces: str | None = Field(default=None, description="OTLP address, or file:path")
    trace_ratio: float = Field(default=1.0, ge=0, le=1, description="part of traces that is kept")
    trace_slow_seconds: float = Field(
        default=1.0, gt=0, description="what takes longer, or fails, is kept whatever the part"
    )
    log_level: str = Field(default="info")
    clock_file: Path | None = Field(default=None, description="shared clock of a local stack")
    vault_key: Path | None = Field(default=None, description="key of the personal-data vault")
    provider_seed: str = Field(
        default="entrepot", description="how the built-in provider's luck falls"
    )
    provider_fee_basis_points: int = Field(
        default=290, ge=0, le=10_000, description="what the built-in provider keeps of a capture"
    )
    provider_fee_fixed: int = Field(
        default=30, ge=0, description="and for each capture, in minor units"
    )
    provider_token: Path | None = Field(
        default=None, description="by which it sends webhooks; it sends none without"
    )
    provider_webhook_seconds: float = Field(
        default=1.0, ge=0, description="how late a late webhook of it is"
    )
    roles: str = Field(default=ALL_ROLES, description="what this process does, comma-separated")
    drain_seconds: float = Field(default=10.0, description="how long calls may take to end")

    def has(self, role: Role) -> bool:
        return role in self.roles.split(",")
