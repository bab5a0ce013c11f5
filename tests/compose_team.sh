# A team of three in containers, with two stages and two approvals: tests/compose.sh reads this
# once its stack runs. Kim writes and is an editor, Ann is an editor, Lee is legal. Each decides
# with a key of their own, in the container of the review pages, which is given no key of Buffer.
TEAM_DIR=$BACKUP/team
export TEAM="$TEAM_DIR/team.yaml" TEAM_KEYS="$TEAM_DIR/keys" SECRETS="$TEAM_DIR/secrets"

# as NAME COMMAND…: a command of one person.
as() {
    who=$1; shift
    docker compose exec -T --env "GALLEY_REVIEWER=$who" --env "GALLEY_REVIEWER_KEY_FILE=/run/team/keys/$who.pem" \
        web python starter.py "$@"
}
# refused WORDS NAME COMMAND…: the command fails, and says these words.
refused() {
    words=$1; shift
    if said=$(as "$@" 2>&1); then fail "'$*' was not refused: $said"; fi
    echo "$said" | tr '\n' ' ' | grep --quiet --fixed-strings "$words" || fail "'$*' said '$said', not '$words'"
}
# field POST NAME: what `show` says of a post, such as its revision.
field() {
    as Ann show "$1" --json | docker compose exec -T web python -c '
import json, sys
print(json.load(sys.stdin).get(sys.argv[1]) or "")' "$2"
}
revision_in_review() { [ "$(field "$1" state)" = in_review ] && field "$1" revision || echo 0; }
# until_says WORDS POST NAME
until_says() {
    for _ in $(seq 120); do
        if field "$2" "$3" | grep --quiet --fixed-strings "$1"; then return; fi
        sleep 1
    done
    fail "$2 never said '$1', but '$(field "$2" "$3")'"
}

say "A team of three: keys, team file, secrets"
mkdir -p "$TEAM_KEYS" "$SECRETS"
# The key files belong to the user of the containers, who alone reads them.
chmod 755 "$BACKUP" "$TEAM_DIR" "$SECRETS"; chmod 777 "$TEAM_KEYS"
for name in web-oidc-client-secret web-links-secret; do
    openssl rand -hex 32 >"$SECRETS/$name"
    chmod 644 "$SECRETS/$name"
done
channel_of() {
    galley channels --json | docker compose exec -T worker python -c '
import json, sys
channels = [one for found in json.load(sys.stdin)["organizations"] for one in found["channels"]]
print(next(one["id"] for one in channels if one["platform"] == sys.argv[1]))' "$1"
}
x=$(channel_of x) && linkedin=$(channel_of linkedin) || fail "channels"
key_of() {
    docker compose run --rm --no-deps -T --volume "$TEAM_KEYS:/keys" --env "GALLEY_REVIEWER_KEY_FILE=/keys/$1.pem" \
        worker python starter.py team join "$1" --json | grep --only-matching '"key": *"[^"]*"' | cut -d '"' -f 4
}
kim=$(key_of Kim); ann=$(key_of Ann); lee=$(key_of Lee)
cat >"$TEAM" <<END
people:
  - {name: Kim, email: kim@example.com, roles: [writer, editor], key: $kim}
  - {name: Ann, email: ann@example.com, roles: [editor], key: $ann}
  - {name: Lee, email: lee@example.com, roles: [legal], key: $lee}
policies:
  acme:
    channels: [$x, $linkedin]
    approvals: 2
    stages: [editor, legal]
    no_self_approval: true
    escalate_after: 1m
    escalate_to: Ann
END
chmod 644 "$TEAM"
cat >"$TEAM_DIR/compose.yml" <<END
services:
  worker:
    # Given by a file instead, as the pages get it.
    environment: {GALLEY_WEB_LINKS_SECRET: ""}
  web:
    environment:
      GALLEY_WEB_ADDRESS: https://review.example.com
      GALLEY_WEB_OIDC_ISSUER: https://accounts.example.com
      GALLEY_WEB_OIDC_CLIENT_ID: galley
END
before=$(sent)
# Only now: each file must be there.
export COMPOSE_FILE="${COMPOSE_FILE:-docker-compose.yml}:docker-compose.web.yml:$TEAM_DIR/compose.yml"
up >/dev/null 2>&1 || fail "up with the team"
as Kim team check || fail "team check"

say "Kim starts a campaign and edits; nobody approves their own words, and no signal does"
team_campaign=$(as Kim start examples/article.md --edition 7 --platform x --platform linkedin \
    | grep --only-matching --max-count 1 'campaign:[0-9a-f-]*') || fail "start with the team"
until_is 2 in_review
post=${team_campaign#campaign:}/x other=${team_campaign#campaign:}/linkedin
as Kim edit "$post" --text "Harbour Coffee Works, in the words of Kim." || fail "edit"
until_is 2 revision_in_review "$post"
refused "wrote it or started it" Kim approve "$post"
refused "waits for stage editor" Lee approve "$post"
docker compose exec -T temporal temporal workflow signal --workflow-id "$(field "$post" workflow_id)" --name approve \
    --input "{\"revision\": 2, \"digest\": \"$(field "$post" digest)\", \"by\": \"Ann\"}" >/dev/null || fail "signal"
until_says "it is not signed" "$post" ignored

say "Legal rejects one post; a new revision of the other starts from zero"
as Lee reject "$other" --note "Not on LinkedIn." || fail "reject"
as Ann approve "$post" || fail "first approval"
until_says "1 of 2 approvals; waiting for stage legal" "$post" waiting_for
refused "has approved it already" Ann approve "$post"
as Kim edit "$post" --text "Harbour Coffee Works, in other words of Kim." || fail "second edit"
until_is 3 revision_in_review "$post"
until_says "Ann had approved revision 2 as it was" "$post" notice
[ "$(field "$post" approvals)" = "" ] || fail "approvals were kept: $(field "$post" approvals)"

say "Nobody decides for a minute: it is up to Ann; then two approve, and it goes out"
until_says "up to Ann" "$post" notice
refused "waits for stage editor" Lee approve "$post"
as Ann approve "$post" || fail "approval by Ann"
[ "$(sent)" -eq "$before" ] || fail "one approval of two let it out"
as Lee approve "$post" || fail "approval by Lee"
until_is $((before + 1)) sent
ledger | grep --quiet "in other words of Kim" || fail "Buffer has other words"
[ "$(field "$other" state)" = rejected ] || fail "the rejected post is $(field "$other" state)"

say "The pack verifies; with one byte changed it does not"
until_is 0 needs_me
pack=/tmp/audit.zip
as Ann export "$team_campaign" --output $pack || fail "export"
as Ann export --check $pack --team /run/team/team.yaml || fail "check"
docker compose exec -T web python - $pack <<'END' || fail "a changed byte was not found"
import subprocess, sys
from pathlib import Path

pack, changed = Path(sys.argv[1]), Path("/tmp/changed.zip")
data = pack.read_bytes()
for at in range(0, len(data), max(1, len(data) // 12)):
    changed.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    words = ["export", "--check", str(changed), "--team", "/run/team/team.yaml"]
    if subprocess.run([sys.executable, "starter.py", *words], capture_output=True).returncode == 0:
        sys.exit(f"byte {at} of {len(data)}")
END
