"""Broken files, made by the thousand: good deliveries of every dataset and layout, broken as real files are.

* `tables`: good deliveries of all datasets; `publishers`: good files in the layouts that source mappings describe.
* `breaks`: what is done to a table, a text, a workbook's cells or plain bytes; every break was seen in a real file, or
  is what a hostile hand would do. `written` turns tables into CSV, Excel and Parquet.
* `making` draws files from a seed: the same seed always gives the same files. `judging` delivers many at once and says
  what is wrong with what became of them.

CI reads some two thousand files of fixed seeds (`test_broken_files`). To search on, from the project's root:

    PYTHONPATH=tests python -m fuzz --files 20000 --seed 1

prints every fault with the seed and number of its file; `--only SEED:NUMBER --keep DIR` writes that file to look at.
"""
