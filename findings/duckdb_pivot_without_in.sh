#!/usr/bin/env bash
# duckdb 1.5.5: a PIVOT without IN is two statements to the parser, both with an empty text.
#
# Who runs other people's SQL parses it first and looks at the kind of each statement. One guesses that one question is one
# statement whose text can be read. A PIVOT without a list of values becomes a CREATE (of a type with the values found) and a
# SELECT, and `Statement.query` of both is the empty text: a guard that counts statements or refuses CREATE refuses a question
# that only reads, and one that runs `statement.query` again runs nothing. Executing the two statement objects in their order
# answers it, also on a read-only connection. With IN it is one SELECT with its text.
# seen: [('CREATE', ''), ('SELECT', '')] [('SELECT', True)] [(1, 2)]
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet duckdb==1.5.5
cd "$work"
cat > seen.py <<'PY'
import duckdb

writer = duckdb.connect("care.duckdb")
writer.execute("CREATE TABLE care AS FROM (VALUES ('0320', 1), ('0303', 2)) AS t(specialism, units)")
writer.close()
reader = duckdb.connect("care.duckdb", read_only=True)
open_ended = reader.extract_statements("PIVOT care ON specialism USING sum(units)")
listed = reader.extract_statements("PIVOT care ON specialism IN ('0320') USING sum(units)")
for statement in open_ended:
    answer = reader.execute(statement)
kinds = [(one.type.name, one.query) for one in open_ended]
print(kinds, [(one.type.name, one.query.startswith("PIVOT")) for one in listed], [tuple(sorted(answer.fetchall()[0]))])
PY
seen=$("$work/venv/bin/python" seen.py)
echo "$seen"
[ "$seen" = "[('CREATE', ''), ('SELECT', '')] [('SELECT', True)] [(1, 2)]" ]
