#!/bin/sh
# Make a home for each of four members whose nodes run on machines of their own: all steps of the founding ceremony,
# done by one pair of hands, for trying out. In earnest each member does its part alone: docs/how-to/founding.md.
#
# Usage: deploy/homes.sh FOLDER [HOST-OF-QM HOST-OF-QN HOST-OF-QO HOST-OF-QP]
# Without hosts the names of deploy/compose.yaml's services stand. Keys are plain files: for trying out only.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- qm qn qo qp
[ $# -eq 4 ] || { echo "name a host for each of the four members, or none" >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
mufakat=${MUFAKAT:-$here/.venv/bin/mufakat}
port=26656
there=${HOME_THERE:-/var/lib/mufakat/node} # where the node finds its home on its own machine
[ ! -e "$folder" ] || { echo "$folder is there already" >&2; exit 2; }
mkdir -p "$folder"

cp "$here/examples/consortium.toml" "$folder/charter.toml"
for member in QM QN QO QP; do
    "$mufakat" --home "$folder/$member" keys make "$member" --plain >"$folder/lines"
    "$mufakat" --home "$folder/$member" node key --address "$1:$port" >>"$folder/lines"
    sed -i "/^id = \"$member\"/r $folder/lines" "$folder/charter.toml"
    shift
done
rm "$folder/lines"

for member in QM QN QO QP; do
    "$mufakat" --home "$folder/$member" charter sign "$folder/charter.toml" --as "$member" --out "$folder/$member.sig"
done

starts=$(date -u +%Y-%m-%dT%H:%M:%S)
for member in QM QN QO QP; do
    "$mufakat" --home "$folder/$member" node init "$folder/charter.toml" "$folder"/Q?.sig \
        --member "$member" --starts "$starts" --p2p "0.0.0.0:$port"
    sed -i "s|^proxy_app = .*|proxy_app = \"unix://$there/app.sock\"|" "$folder/$member/engine/config/config.toml"
done
echo "The banks and accounts that the file plans are said once the nodes run: mufakat --home … charter enact charter.toml"
