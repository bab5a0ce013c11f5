#!/bin/sh
# Start the campaign of a Markdown file, wait for its drafts, and list what waits for a person.
#
#   GALLEY_TOKEN=galley_… examples/agents/campaign.sh article.md [picture.png]
set -eu
galley=${GALLEY_URL:-http://127.0.0.1:9704}
# The token goes by standard input: other users can see arguments.
ask() {
    path=$1
    shift
    printf 'Authorization: Bearer %s\n' "$GALLEY_TOKEN" |
        curl --silent --show-error --fail --max-time 120 --header @- "$galley$path" "$@"
}
json() { ask "$1" --header "Content-Type: application/json" --data "$2"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

attach=
if [ "${2:-}" ]; then
    place=$(json /v1/uploads "{\"size\": $(($(wc -c <"$2")))}")
    ask "$(echo "$place" | field put_to)" --upload-file "$2" >/dev/null
    attach="{\"upload\": \"$(echo "$place" | field upload)\", \"alt_text\": \"Chosen by hand.\"}"
fi
text=$(sed 's/\\/\\\\/g; s/"/\\"/g; s/$/\\n/' "$1" | tr -d '\n' | tr '\t' ' ')
campaign=$(json /v1/campaigns \
    "{\"text\": \"$text\", \"networks\": [\"x\", \"linkedin\"], \"attach\": [$attach]}" | field campaign)
while
    posts=$(ask "/v1/campaigns/$campaign/drafts?seconds=30")
    echo "$posts" | grep --quiet '"posts":\[\]\|"state":"drafting"'
do
    echo "Drafts are being written." >&2
done
ask "/v1/posts?campaign=$campaign&needs_a_person=true" | tr '{' '\n' | field post
