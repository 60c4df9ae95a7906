#!/bin/sh
# orrery-answer.sh EVENT URL SECONDS UNREACHED: asks Orrery about the call in the hook body on stdin, and prints its reply.
# Waits SECONDS at most. Without a reply UNREACHED says what is printed: deny, a denial; look, a denial where a file of rules or budgets
# could stand against the call; anything else, nothing, and the agent decides as it would without Orrery. The files are those of the home
# that this script stands in, and the policy nearest to the folder of the call. They are looked at when the call is made.
event=$1
url=$2
seconds=$3
unreached=$4
home=${0%/connect/*}
umask 077

# What a daemon that needs tokens leaves beside this script, for its own machine.
key=${0%/*}/authorization
has_key=
[ ! -r "$key" ] || has_key=yes

unset asking
# Whoever is not waited for any more does not leave its question behind.
trap 'kill "$asking" 2>/dev/null; rm -rf "$work"; exit 0' HUP INT TERM
work=$(mktemp -d "${TMPDIR:-/tmp}/orrery-answer.XXXXXX") && cat >"$work/body"

ask() {
  [ -n "$work" ] || return 1
  if command -v curl; then
    set -- curl --silent --fail --noproxy '*' --max-time "$seconds" --header 'content-type: application/json' --data-binary "@$work/body"
    exec "$@" ${has_key:+--header "@$key"} --output "$work/reply" "$url"
  elif command -v node; then
    exec node -e '
      const [url, seconds, folder, key] = process.argv.slice(1);
      const fs = require("fs");
      const headers = { "content-type": "application/json" };
      try { headers.authorization = fs.readFileSync(key, "utf8").trim().slice("authorization: ".length); } catch {}
      const signal = AbortSignal.timeout(seconds * 1000);
      fetch(url, { method: "POST", headers, body: fs.readFileSync(folder + "/body"), signal })
        .then(async (reply) => (reply.ok ? fs.writeFileSync(folder + "/reply", await reply.text()) : process.exit(1)))
        .catch(() => process.exit(1));
    ' "$url" "$seconds" "$work" "$key"
  fi
  return 1
}

# Whether a file of rules may deny something, or want it asked: all do that do not surely allow only.
forbids() {
  [ -e "$1" ] || return 1
  rest=$(tr -d ' \t\r\n' <"$1" | sed 's/"effect":"allow"//g')
  case $rest in
    *[{,]'"effect'* | *'\u'*) return 0 ;;
    '{'*']}') return 1 ;;
  esac
  return 0
}

limits() {
  [ -e "$1" ] && [ "$(tr -d ' \t\r\n' <"$1")" != '{"budgets":[]}' ]
}

# The folders that the body names as its own, and the one that this runs in.
folders() {
  tr -d '\r\n' <"$work/body" | grep -o '"cwd" *: *"/[^"]*"' | sed 's/^[^/]*//; s/"$//; s/\\\\/\\/g'
  pwd
}

# The first file that could stand against the call.
against() {
  if forbids "$home/policy.json"; then
    printf '%s\n' "$home/policy.json"
    return
  fi
  if limits "$home/budgets.json"; then
    printf '%s\n' "$home/budgets.json"
    return
  fi
  folders | while IFS= read -r folder; do
    while [ -n "$folder" ] && [ ! -e "$folder/.orrery/policy.json" ]; do folder=${folder%/*}; done
    if forbids "$folder/.orrery/policy.json"; then
      printf '%s\n' "$folder/.orrery/policy.json"
      return
    fi
  done
}

deny() {
  why="No Orrery answers that could look at this call${1:+, and $1 may forbid it}. Start one: orrery serve"
  why=$(printf '%s' "$why" | tr -d '\000-\037' | sed 's/["\\]/\\&/g')
  if [ "$event" = PermissionRequest ]; then
    printf '{"hookSpecificOutput":{"hookEventName":"%s","decision":{"behavior":"deny","message":"%s"}}}' "$event" "$why"
  else
    printf '{"hookSpecificOutput":{"hookEventName":"%s","permissionDecision":"deny","permissionDecisionReason":"%s"}}' "$event" "$why"
  fi
}

unreached() {
  case $unreached in
    deny) deny ;;
    look)
      LC_ALL=C
      export LC_ALL
      file=$(against 2>/dev/null)
      [ -z "$file" ] || deny "$file"
      ;;
  esac
}

ask >/dev/null 2>&1 &
asking=$!
wait "$asking" && reply=$(cat "$work/reply") || reply=
case $reply in
  '{}') ;;
  '{'*'"hookSpecificOutput"'*) printf '%s' "$reply" ;;
  # Nobody is there, it failed, or what answers at this port is no Orrery.
  *) unreached ;;
esac
rm -rf "$work"
exit 0
