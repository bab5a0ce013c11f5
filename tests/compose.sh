#!/bin/sh
# The container stack end to end, from clean, with two workers of which one is killed
# while drafts are written, and again while posts are handed to Buffer: eleven posts wait
# through a restart, are approved while everything is paused, and are sent once each after
# `resume`. Not part of `make test`: it needs Docker, curl, and the usual ports free. It
# runs in a project of its own and removes all it made but the images.
set -eu
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=galley-compose-test
KEPT="temporal gcs buffer"
# The store keeps what it knows of an object in extended attributes.
WHOLE="--xattrs --xattrs-include=user.*"
BACKUP=$(mktemp -d)
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
up() { docker compose up --wait --scale worker=2 "$@"; }

# Kills the second worker; Docker starts no container again that a person has killed.
kill_one() {
    victim=$(docker compose ps --quiet worker | tail -n 1)
    docker kill --signal KILL "$victim" >/dev/null || fail "kill"
    [ "$(docker compose ps --quiet --status running worker | wc -l)" -eq 1 ] || fail "one worker left"
}

# Waits until "$2 …" prints the number $1 or more.
until_at_least() {
    wanted=$1; shift
    for _ in $(seq 600); do
        if [ "$("$@")" -ge "$wanted" ]; then return; fi
        sleep 0.2
    done
    fail "wanted $wanted or more from '$*'"
}

trap 'docker compose down --volumes --timeout 5 >/dev/null 2>&1; rm -r "$BACKUP"' EXIT
trap 'exit 130' INT TERM
docker compose down --volumes --timeout 5 >/dev/null 2>&1

say "Reading the other compose files"
(
    unset COMPOSE_FILE
    live() { docker compose --file docker-compose.yml --file docker-compose.live.yml "$@"; }
    [ "$(live config --services | sort | xargs)" = "media-worker setup speech-worker temporal worker" ] \
        || fail "live services"
    export TEMPORAL_DB_PASSWORD=x GALLEY_STATE_BUCKET=x GALLEY_MEDIA_BUCKET=x
    cluster() { docker compose --env-file /dev/null --file docker-compose.cluster.yml config "$@"; }
    for name in TEMPORAL_DB_PASSWORD GALLEY_STATE_BUCKET GALLEY_MEDIA_BUCKET; do
        (export "$name="; cluster 2>&1) | grep "set $name in .env" >/dev/null \
            || fail "the cluster does not ask for $name"
    done
    cluster --quiet || fail "cluster"
    for added in observe encryption web; do
        for stack in docker-compose.yml docker-compose.cluster.yml; do
            docker compose --env-file /dev/null --file $stack --file docker-compose.$added.yml config --quiet \
                || fail "$added beside $stack"
        done
    done
)

say "Building"
docker compose build --quiet >/dev/null 2>&1 || fail "build"
docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' galley
say "Starting with two workers"
began=$(date +%s)
up >/dev/null 2>&1 || fail "up"
say "Healthy after $(($(date +%s) - began)) s"
galley doctor || fail "doctor"

say "Starting a campaign, and killing one of two workers while it is drafted"
campaign=$(galley start examples/article.md | grep --only-matching 'campaign:[0-9a-f]*')
until_at_least 1 in_review
kill_one
until_is 11 in_review

say "Backing up while eleven posts wait for review, throwing all away, restoring"
docker compose stop >/dev/null 2>&1
for part in $KEPT; do
    docker compose run --rm --no-deps -T "$part" tar $WHOLE -C /data -cz . >"$BACKUP/$part.tgz" 2>/dev/null \
        || fail "backup of $part"
done
docker compose down --volumes >/dev/null 2>&1
for part in $KEPT; do
    docker compose run --rm --no-deps -T "$part" tar $WHOLE -C /data -xz <"$BACKUP/$part.tgz" 2>/dev/null \
        || fail "restoring $part"
done
up >/dev/null 2>&1 || fail "second up"
until_is 11 in_review

until_is 11 needs_me
galley costs "$campaign" || fail "costs"

say "Pausing, approving $campaign, then killing both workers"
galley pause --note "proof" || fail "pause"
galley approve "$campaign" || fail "approve"
docker compose kill --signal KILL worker >/dev/null 2>&1
up >/dev/null 2>&1 || fail "up after the kill"
until_is 0 needs_me
[ "$(posts)" -eq 0 ] || fail "the emulator holds $(posts) posts in spite of the pause"

say "Resuming, and killing one of two workers while posts are handed over"
galley resume || fail "resume"
until_at_least 1 posts
kill_one
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

say "A picture by the emulator of Replicate, a film by the media worker"
one_more() {
    started=$(galley start examples/long/article.md "$@" | grep --only-matching --max-count 1 'campaign:[0-9a-f]*') \
        || fail "start $*"
    until_is 1 in_review
    galley approve "$started" >/dev/null || fail "approve $started"
}
one_more --media image --platform x
# Until then the list may still show it as in review.
until_is 12 sent
one_more --media short --platform tiktok --edition 2
until_is 13 sent
[ "$(posts)" -eq 13 ] || fail "the emulator holds $(posts) posts"

say "What the containers may do, as Docker and the kernel see it"
for id in $(docker compose ps --quiet); do
    name=$(docker inspect --format '{{.Name}}' "$id")
    [ "$(docker inspect --format '{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.Privileged}}' "$id")" \
        = "true [ALL] [no-new-privileges:true] false" ] || fail "$name has rights"
    [ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ] || fail "$name is not healthy"
    for address in $(docker inspect --format '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}' "$id"); do
        [ "$address" = 127.0.0.1 ] || fail "$name listens on $address"
    done
    docker exec "$id" sh -c '
        [ "$(id -u)" -ne 0 ] && ! touch /app/x /usr/x 2>/dev/null \
            && grep -q "^CapEff:[[:space:]]*0*$" /proc/1/status && grep -q "^NoNewPrivs:[[:space:]]*1$" /proc/1/status' \
        || fail "$name runs as root, has capabilities, or may write its programs"
done
say "Passed: eleven posts of a campaign and two more, each sent once"
