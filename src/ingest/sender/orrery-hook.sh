#!/bin/sh
# orrery-hook.sh URL SPOOL [COMMAND]: hands the hook body on stdin to Orrery.
# Returns before the body is delivered, prints nothing and never fails, so that the agent never waits for Orrery.
# What cannot be delivered stays in SPOOL with the time it was received, and Orrery takes it when it starts.
# With COMMAND it stands in for a status line: COMMAND runs as if it stood here itself, with the same input, output and
# exit code; '' prints nothing. Of what cannot be delivered the newest of each session stays.
url=$1
spool=$2
is_status=${3+yes}
command=${3:-}
mask=$(umask)
umask 077

show() {
  umask "$mask"
  [ -z "$command" ] || exec /bin/sh -c "$command"
  exit 0
}

body=$spool/.$$.body
{ cat >"$body"; } 2>/dev/null || {
  mkdir -p "$spool" 2>/dev/null && { cat >"$body"; } 2>/dev/null || {
    # The spool cannot be written: deliver from elsewhere, or leave the body there for a person to find.
    spool=
    { body=$(mktemp "${TMPDIR:-/tmp}/orrery-hook.XXXXXX") && cat >"$body"; } 2>/dev/null || show
  }
}

# What a daemon that needs tokens leaves beside this script, for its own machine.
key=${0%/*}/authorization
has_key=
[ ! -r "$key" ] || has_key=yes

post() {
  if command -v curl; then
    curl --silent --fail --noproxy '*' --max-time 5 --header 'content-type: application/x-ndjson' \
      ${has_key:+--header "@$key"} --data-binary "@$1" "$url"
  elif command -v node; then
    node -e '
      const [url, file, key] = process.argv.slice(1);
      const headers = { "content-type": "application/x-ndjson" };
      try { headers.authorization = require("fs").readFileSync(key, "utf8").trim().slice("authorization: ".length); } catch {}
      fetch(url, { method: "POST", headers, body: require("fs").readFileSync(file), signal: AbortSignal.timeout(5000) })
        .then((reply) => process.exit(reply.ok ? 0 : 1), () => process.exit(1));
    ' "$url" "$1" "$key"
  else
    return 1
  fi
}

deliver() {
  trap '' HUP
  at=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
  case $at in
    *[!0-9TZ:.-]* | *.N* | *.3N*) at=$(date -u +%Y-%m-%dT%H:%M:%S.000Z) ;;
  esac
  if [ ! -s "$body" ]; then
    rm -f "$body"
    return
  fi
  # One line: outside of strings, where JSON has no raw line breaks, they are only space.
  { printf '{"received_at":"%s","body":' "$at" && tr -d '\r\n' <"$body" && printf '}\n'; } >"$body.line" || return
  if post "$body.line"; then
    rm -f "$body" "$body.line"
  elif [ -n "$spool" ] && mv "$body.line" "$spool/$(waiting).ndjson"; then
    rm -f "$body"
  else
    mv "$body" "$body.dropped"
    rm -f "$body.line"
  fi
}

# The name under which the body waits.
waiting() {
  if [ -n "$is_status" ]; then
    session=$(sed -n '1s/.*"session_id" *: *"\([A-Za-z0-9_-]*\)".*/\1/p' "$body.line")
    printf 'status-%s' "${session:-$$}"
  else
    printf '%s-%s' "$at" "$$"
  fi
}

# Opened before it may be taken away.
exec 3<"$body" || exit 0
deliver </dev/null >/dev/null 2>&1 3<&- &
show <&3 3<&-
