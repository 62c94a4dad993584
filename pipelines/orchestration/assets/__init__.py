"""The Dagster assets, one module a group. Thin: the work is done by the modules beside this package."""
