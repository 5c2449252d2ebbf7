"""`python -m services.catalog`: the process."""

from libs.runtime.service import run
from services.catalog.wiring import build

run("catalog", build)
