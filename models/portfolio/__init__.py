"""Which initiatives together (section 11): the best package within limits, the frontier, exchange, the cheapest change.

`contributions` holds the numbers, `limits` what must be kept, `program` the solver, `choosing` the best package;
`evaluating` gets the numbers from the model.
"""
