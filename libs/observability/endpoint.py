"""The page that Prometheus fetches."""

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, start_http_server

from libs.observability.metrics import Metrics


class Endpoint:
    """Serves metrics on `host:port` from a thread of its own; port 0 takes a free one."""

    def __init__(self, metrics: Metrics, *, listen: str) -> None:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(metrics)
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        host, _, port = listen.rpartition(":")
        self._server, self._thread = start_http_server(int(port), addr=host, registry=registry)
        self.address = f"{host}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
