#!/usr/bin/env bash
# duckdb 1.5.5: get_table_names raises on a valid query that joins by USING, and answers on the same join by ON.
#
# Connection.get_table_names(query) is there to tell which tables a query reads, before it is run: for a lineage, a note
# beside a result, a list of what may be read. The query below runs; asked for its tables the connection raises a binder
# error about a column that both tables have. Common table expressions and ON are no trouble.
# Why the guess is wrong: a query that runs on a connection binds on it, and the names of tables ask less than running it.
#
# seen: run: [] | by ON: ['a', 'b'] | by USING: BinderException
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet duckdb==1.5.5
cat > show.py <<'PYTHON'
import duckdb


def asked(connection, query):
    try:
        return str(sorted(connection.get_table_names(query)))
    except duckdb.Error as error:
        return type(error).__name__


with duckdb.connect() as care:
    care.execute("CREATE TABLE a(provider_id VARCHAR, units INTEGER)")
    care.execute("CREATE TABLE b(provider_id VARCHAR)")
    by_using = "SELECT units FROM a JOIN b USING (provider_id)"
    by_on = "SELECT units FROM a JOIN b ON a.provider_id = b.provider_id"
    print(f"run: {care.execute(by_using).fetchall()} | by ON: {asked(care, by_on)} | by USING: {asked(care, by_using)}")
PYTHON
seen=$(env/bin/python show.py)
echo "$seen"
[ "$seen" = "run: [] | by ON: ['a', 'b'] | by USING: BinderException" ]
