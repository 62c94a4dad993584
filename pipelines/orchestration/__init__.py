"""The stations as Dagster assets, jobs, sensors and schedules, and the whole way in one process."""
