"""The demonstration region: a whole workspace of an invented region, made from a seed.

`make_region` writes it. What is in it stands in docs/demo_region.md; the figures are made in `care`, `volumes`, `money`
and `capacity`, who delivers them how in `suppliers` and `layouts`, what is wrong with the deliveries in `deliveries`.
"""

from pipelines.demo.writing import make_region

__all__ = ["make_region"]
