#!/bin/sh
# The container stack end to end, from clean: eleven posts wait through a restart, are
# approved while everything is paused, and are sent once each after `resume`. Not part of
# `make test`: it needs Docker, and the usual ports free. It runs in a project of its own
# and removes all it made.
set -eu
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=galley-compose-test
EMULATOR=${EMULATOR:-http://127.0.0.1:9700}

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*"; docker compose ps --all; docker compose logs --tail 20; exit 1; }
galley() { docker compose exec -T worker python starter.py "$@"; }
ledger() { curl --silent --fail "$EMULATOR/_emulator/posts"; }
count() { grep --only-matching "$1" | wc -l; }

# Waits until "$2 …" prints the number $1.
until_is() {
    wanted=$1; shift
    for _ in $(seq 120); do
        found=$("$@") || found=none
        if [ "$found" -eq "$wanted" ] 2>/dev/null; then return; fi
        sleep 1
    done
    fail "wanted $wanted from '$*', found $found"
}
needs_me() { galley list --needs-me --json | count '"workflow_id"'; }
in_review() { galley list --state in_review --json | count '"workflow_id"'; }
sent() { ledger | count '"status":"sent"'; }
posts() { ledger | count '"channelId"'; }

trap 'docker compose down --volumes --timeout 5 >/dev/null 2>&1' EXIT
trap 'exit 130' INT TERM
docker compose down --volumes --timeout 5 >/dev/null 2>&1

say "Building and starting"
docker compose up --build --wait --quiet-pull >/dev/null 2>&1 || fail "up"
galley doctor || fail "doctor"

say "Starting a campaign"
campaign=$(galley start examples/article.md | grep --only-matching 'campaign:[0-9a-f]*')
until_is 11 in_review

say "Restarting while eleven posts wait for review"
docker compose down >/dev/null 2>&1
docker compose up --wait >/dev/null 2>&1 || fail "second up"
until_is 11 in_review

until_is 11 needs_me
galley costs "$campaign" || fail "costs"

say "Pausing, approving $campaign, then killing the worker"
galley pause --note "proof" || fail "pause"
galley approve "$campaign" || fail "approve"
docker compose kill --signal KILL worker >/dev/null 2>&1
docker compose up --wait >/dev/null 2>&1 || fail "up after the kill"
until_is 0 needs_me
[ "$(posts)" -eq 0 ] || fail "the emulator holds $(posts) posts in spite of the pause"

say "Resuming"
galley resume || fail "resume"
until_is 11 sent
[ "$(posts)" -eq 11 ] || fail "the emulator holds $(posts) posts"

say "Fetching every card and video as a stranger"
docker compose exec -T buffer python -c '
import json, urllib.request
with urllib.request.urlopen("http://127.0.0.1:9700/_emulator/posts") as answer:
    urls = {url for post in json.load(answer) for url in post["assets"]}
for url in sorted(urls):
    with urllib.request.urlopen(url) as answer:
        print(answer.status, answer.headers["content-type"], url)
' || fail "media"

say "Starting the same source again starts nothing"
galley start examples/article.md | grep 'Already started' || fail "started twice"
[ "$(posts)" -eq 11 ] || fail "the emulator holds $(posts) posts"
say "Passed: eleven posts, each sent once"
