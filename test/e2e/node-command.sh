#!/usr/bin/env bash
# A server in the real OpenStack, for the condor contract: `add NAME USER_DATA_FILE` and `remove NAME`. RIG_BASE says where OpenStack lies.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${RIG_BASE:?}/root
eval "$("$here/rigs/openstack/rig-openstack.sh" openrc ehos)"
client() { chroot "$root" env PYTHONWARNINGS=ignore openstack "$@"; }
case ${1:-} in
  add)
    name=${2:?NAME} file=$(mktemp -p "$root/tmp" user-data.XXXXXX)
    trap 'rm -f "$file"' EXIT
    cat "${3:?USER_DATA_FILE}" > "$file"
    client server create --flavor m1.medium --image ehos-worker --network ehos-net --config-drive True --user-data "/tmp/${file##*/}" --wait "$name" >/dev/null
    ;;
  remove)
    # gone already is as good
    for id in $(client server list --name "^${2:?NAME}\$" -f value -c ID); do client server delete --wait "$id"; done
    ;;
  *) echo "usage: $0 add NAME USER_DATA_FILE | remove NAME" >&2; exit 2 ;;
esac
