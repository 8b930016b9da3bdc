#!/bin/sh
# The deep campaign: two processes with different seeds, half a million calls each. Other seeds:
# tools/soak.sh 1 2 3. Fails when any of them does.
set -u
cd "$(dirname "$0")/.."
export FOUNDRY_PROFILE=soak

.tools/bin/forge build >/dev/null || exit 1
[ $# -gt 0 ] || set -- 29793 29794
pids=""
for seed in "$@"; do
    nice -n 10 .tools/bin/forge test --match-test invariant --fuzz-seed "$seed" >"build/soak-$seed.log" 2>&1 &
    pids="$pids $!"
done
status=0
for pid in $pids; do
    wait "$pid" || status=1
done
for seed in "$@"; do
    grep -hE '^\[(PASS|FAIL)|^Suite result' "build/soak-$seed.log" | sed "s/^/seed $seed: /"
done
exit $status
