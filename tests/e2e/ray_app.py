"""A Ray Serve deployment whose requests take as long as they ask for; until it is told to stop.

Usage: ray_app.py METRICS_PORT PORT DIRECTORY
"""

import asyncio
import signal
import sys

import ray
from ray import serve


@serve.deployment(max_ongoing_requests=4, num_replicas=1, ray_actor_options={"num_cpus": 0})
class Slow:
    async def __call__(self, request):
        await asyncio.sleep(float(request.query_params.get("s", "1")))
        return "ok"


def main():
    metrics, port, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    ray.init(
        num_cpus=1,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=80 << 20,
        _metrics_export_port=metrics,
        _temp_dir=directory,
    )
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    serve.run(Slow.bind())
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    ray.shutdown()


if __name__ == "__main__":
    main()
