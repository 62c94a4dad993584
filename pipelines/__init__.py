"""What moves data, and the commands: from a delivery in the inbox to a published release."""

import os

# The model multiplies many small matrices: more threads than one wait for each other, and for whatever else the machine
# does (measured: 2.3 s against 8.1 s for ten thousand draws on a busy machine). Whoever sets it otherwise keeps that.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
