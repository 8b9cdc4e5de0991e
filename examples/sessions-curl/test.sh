#!/bin/sh
# A test of traces in a shell: it creates a task in the services of `tracelab serve`, and compares the trace with a golden
# file. With UPDATE=1 it writes the file anew.
#
#	tracelab serve &
#	examples/sessions-curl/test.sh
set -eu
tracelab=${TRACELAB:-http://127.0.0.1:8080}
golden=$(dirname "$0")/create-task.tree

# field NAME prints a field of the answer to a request for a session.
field() {
	echo "$opened" | sed -n "s/^  \"$1\": \"\(.*\)\",*$/\1/p"
}

opened=$(curl -fsS -X POST "$tracelab/test/sessions")
session=$tracelab$(field url)
answer=$(mktemp)
trap 'rm -f "$answer"; curl -fsS -X DELETE "$session"' EXIT

curl -fsS "$tracelab/tasks" -H "traceparent: $(field traceparent)" \
	-H 'Content-Type: application/json' -d '{"title": "Learn tracing"}' >/dev/null

query='within=10s&quiet=200ms'
[ "${UPDATE:-}" != 1 ] || query="update&$query"

# want URL [OPTION...] sends a request, and ends the test with the report unless the status is 200.
want() {
	if [ "$(curl -sS -o "$answer" -w '%{http_code}' "$@")" != 200 ]; then
		cat "$answer" >&2
		exit 1
	fi
}

want "$session/check?quiet=200ms" -X POST
want "$session/golden?$query" -X PUT --data-binary "@$golden"
[ "${UPDATE:-}" != 1 ] || cp "$answer" "$golden"
echo "ok: the trace is that of $golden"
