"""`python -m services.order`: the process."""

from libs.runtime.service import run
from services.order.wiring import build

run("order", build)
