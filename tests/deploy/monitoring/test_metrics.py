"""The table of metrics names what the code declares, with its labels, and nothing else."""

from tests.deploy.monitoring.declared import declared
from tests.deploy.monitoring.told import told


def test_the_table_names_every_metric_with_its_labels() -> None:
    assert {name.removesuffix("_total"): it.labels for name, it in told().items()} == declared()
