#!/bin/sh
# orrery-answer.sh EVENT URL SECONDS UNREACHED: asks Orrery about the call in the hook body on stdin, and prints its reply.
# Waits SECONDS at most. Without a reply it prints nothing, and the agent decides as it would without Orrery, or, where UNREACHED is
# deny, a denial. A failure here is never leave.
event=$1
url=$2
seconds=$3
unreached=$4

# What a daemon that needs tokens leaves beside this script, for its own machine.
key=${0%/*}/authorization
has_key=
[ ! -r "$key" ] || has_key=yes

ask() {
  if command -v curl >/dev/null; then
    curl --silent --fail --noproxy '*' --max-time "$seconds" --header 'content-type: application/json' \
      ${has_key:+--header "@$key"} --data-binary @- "$url"
  elif command -v node >/dev/null; then
    node -e '
      const [url, seconds, key] = process.argv.slice(1);
      const headers = { "content-type": "application/json" };
      try { headers.authorization = require("fs").readFileSync(key, "utf8").trim().slice("authorization: ".length); } catch {}
      fetch(url, { method: "POST", headers, body: require("fs").readFileSync(0), signal: AbortSignal.timeout(seconds * 1000) })
        .then(async (reply) => (reply.ok ? process.stdout.write(await reply.text()) : process.exit(1)), () => process.exit(1));
    ' "$url" "$seconds" "$key"
  else
    return 1
  fi
}

if reply=$(ask 2>/dev/null); then
  [ "$reply" = '{}' ] || printf '%s' "$reply"
elif [ "$unreached" = deny ]; then
  why='No Orrery answers that could look at this call.'
  if [ "$event" = PermissionRequest ]; then
    printf '{"hookSpecificOutput":{"hookEventName":"%s","decision":{"behavior":"deny","message":"%s"}}}' "$event" "$why"
  else
    printf '{"hookSpecificOutput":{"hookEventName":"%s","permissionDecision":"deny","permissionDecisionReason":"%s"}}' "$event" "$why"
  fi
fi
exit 0
