#!/bin/sh
# orrery-answer.sh EVENT URL SECONDS UNREACHED: asks Orrery about the call in the hook body on stdin, and prints its reply.
# Waits SECONDS at most. Without a reply it prints nothing, and the agent decides as it would without Orrery, or, where UNREACHED is
# deny, a denial. A failure here is never leave.
event=$1
url=$2
seconds=$3
unreached=$4

ask() {
  if command -v curl >/dev/null; then
    curl --silent --fail --noproxy '*' --max-time "$seconds" --header 'content-type: application/json' --data-binary @- "$url"
  elif command -v node >/dev/null; then
    node -e '
      const [url, seconds] = process.argv.slice(1);
      const headers = { "content-type": "application/json" };
      fetch(url, { method: "POST", headers, body: require("fs").readFileSync(0), signal: AbortSignal.timeout(seconds * 1000) })
        .then(async (reply) => (reply.ok ? process.stdout.write(await reply.text()) : process.exit(1)), () => process.exit(1));
    ' "$url" "$seconds"
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
