"""The science, nothing else: what a transfer of care does to every party, frames and numbers in, frames out."""
