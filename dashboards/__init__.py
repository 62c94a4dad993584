"""What people see of a release: figures, pages and the static bundle, in Dutch and English."""
