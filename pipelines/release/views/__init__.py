"""Views: what of a release each reader may have, each a folder of its own, made from the release and nothing else.

`naming` says which views there are, `auditing` asks what may be shown, `content` fills a view's database, `making`
writes the folder, `sent` keeps the log of what went to whom, `sealing` the positions.
"""
