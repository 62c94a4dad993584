"""What shows the pages: the static bundle, the interactive application, and paper."""
