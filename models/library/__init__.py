"""The cases this program was made for: one scenario file each, on the demonstration region.

Data only, read by `pipelines.evaluation.shipped`. What each case shows, and which figure decides it, stands in
docs/cases.md.
"""
