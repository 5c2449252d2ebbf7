"""`python -m services.warehouse`: the process."""

from libs.runtime.service import run
from services.warehouse.wiring import build

run("warehouse", build)
