#!/bin/sh
# The container stack end to end, from clean, with two workers of which one is killed
# while drafts are written, and again while posts are handed to Buffer: eleven posts wait
# through a restart, are approved while everything is paused, and are sent once each after
# `resume`. At the end a team of three, tests/compose_team.sh; `tests/compose.sh team` runs that
# part alone. Not part of `make test`: it needs Docker, curl, and the usual ports free. It
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

# Made-up keys, as an .env would give them: to every service that reads one.
CANARY=$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
plant_keys() {
    for name in GALLEY_CODEC_TOKEN GALLEY_WEB_LINKS_SECRET; do echo "$name=$CANARY"; done >"$BACKUP/keys.env"
    for name in GALLEY_NOTIFY_WEBHOOK_SECRET GALLEY_EVENTS_SECRET; do echo "$name=whsec_$CANARY"; done >>"$BACKUP/keys.env"
    { echo "services:"; for name in setup worker media-worker speech-worker; do
        echo "  $name: {env_file: [$BACKUP/keys.env]}"
    done; } >"$BACKUP/keys.yml"
    COMPOSE_FILE=${COMPOSE_FILE:-docker-compose.yml}:$BACKUP/keys.yml
    export COMPOSE_FILE
}

# Who has one of them, and what was left anywhere: environments, logs, stores, histories.
no_key_is_elsewhere() {
    for id in $(docker compose ps --quiet); do
        name=$(docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$id")
        if docker exec "$id" sh -c 'cat /proc/[0-9]*/environ 2>/dev/null' | grep --text --quiet "$CANARY"; then
            [ "$name" = worker ] || fail "$name was given a key"
            has_keys=yes
        else
            [ "$name" != worker ] || fail "the worker was given no key, so nothing is shown here"
        fi
    done
    [ "${has_keys:-}" ] || fail "no container was given a key"
    if docker compose logs --no-color 2>&1 | grep --quiet "$CANARY"; then fail "a log has a key"; fi
    for part in $KEPT; do
        if docker compose exec -T "$part" sh -c 'cd /data && tar -c .' | grep --text --quiet "$CANARY"; then
            fail "$part kept a key"
        fi
    done
}

# An agent starts a campaign with a picture over HTTP and proposes words over MCP; a person approves.
an_agent_and_a_person() {
    before=$(sent)
    with_agents() {
        COMPOSE_FILE=${COMPOSE_FILE:-docker-compose.yml}:docker-compose.agents.yml docker compose "$@"
    }
    with_agents up --wait --no-recreate agents >/dev/null 2>&1 || fail "the door of agents"
    GALLEY_TOKEN=$(galley agents token newsroom --scope read --scope propose 2>/dev/null) || fail "token"
    export GALLEY_TOKEN
    docker compose exec -T worker python -c 'import sys
from PIL import Image
Image.new("RGB", (1200, 675), "teal").save(sys.stdout.buffer, "PNG")' >"$BACKUP/picture.png"
    waiting=$(examples/agents/campaign.sh examples/restore.md "$BACKUP/picture.png") || fail "curl"
    [ "$(echo "$waiting" | wc -l)" -eq 2 ] || fail "the agent's campaign has other posts: $waiting"
    words="A backup that nobody has restored is a promise that nobody has checked."
    for post in $waiting; do
        with_agents exec -T -e GALLEY_TOKEN agents python examples/agents/over_mcp.py "$post" "$words" \
            || fail "propose for $post"
        galley show "$post" | grep --fixed-strings "Drafter: agent:newsroom" || fail "$post does not name its agent"
    done
    [ "$(sent)" -eq "$before" ] || fail "something went out that nobody approved"
    for post in $waiting; do galley approve "$post" || fail "approve $post"; done
    until_is $((before + 2)) sent
    ledger | grep --fixed-strings "$words" >/dev/null || fail "other words went out"
    galley agents log --json | grep '"send_upload"' >/dev/null || fail "the audit of agents"
    unset GALLEY_TOKEN
}

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

trap 'docker compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1; rm -r "$BACKUP"' EXIT
trap 'exit 130' INT TERM
docker compose down --volumes --remove-orphans --timeout 5 >/dev/null 2>&1
plant_keys

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
    for added in observe encryption web agents; do
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
if [ "${1:-}" = team ]; then
    . tests/compose_team.sh
    say "Passed: the team's part"
    exit
fi

say "Starting a campaign, and killing one of two workers while it is drafted"
campaign=$(galley start examples/article.md | grep --only-matching 'campaign:[0-9a-f-]*')
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
    started=$(galley start examples/long/article.md "$@" | grep --only-matching --max-count 1 'campaign:[0-9a-f-]*') \
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

say "A campaign by an agent and a person"
an_agent_and_a_person

. tests/compose_team.sh

say "Keys: who has them, and what was left of them"
no_key_is_elsewhere

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
say "Passed: eleven posts of a campaign, two more, two of an agent and one of a team, each sent once"
