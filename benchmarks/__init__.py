"""What the project claims about speed, measured: each program prints figures and ratios of one run."""
