"""Opens every table of the export by its name and asks who gains and who loses in the last year.

Needs `pip install duckdb`. Run it in this folder.
"""

from pathlib import Path

import duckdb

release = duckdb.connect()
for file in sorted(Path(__file__).resolve().parent.glob("*.parquet")):
    release.execute(f"""CREATE VIEW "{file.stem}" AS FROM read_parquet('{str(file).replace("'", "''")}')""")

print(
    release.sql("""
        SELECT scenario, party, round(mean) AS eur, round(p10) AS p10, round(p90) AS p90
        FROM party_impact JOIN scenario USING (scenario)
        WHERE measure = 'margin_change_eur' AND initiative IS NULL AND year = horizon
        ORDER BY scenario, eur
    """)
)
