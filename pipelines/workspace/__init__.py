"""The first station: one region's folder, its settings, its lock, and how work in it reports errors and progress."""
