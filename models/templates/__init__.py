"""Candidate transfers with their evidence: one YAML file a template, data only, read by `pipelines.evaluation.shipped`.

A file says its number on the list of candidates, a summary, how strong the evidence is (high, medium, low), what the
range of what can move is worth (verified, general, assumption), notes, and the initiative as a scenario holds it.
`fill-in` stands where a region must put its own code or party; a selection that still says so moves nothing.
"""
