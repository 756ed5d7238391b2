#!/usr/bin/env bash
# The rules that `tripcurve alerts` prints, held against the alerts of alerts_test.yml by promtool.
# Usage: alerts_test.sh TRIPCURVE
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

"$1" alerts >"$folder/alerts.yml"
cp "$here/alerts_test.yml" "$folder/"
cd "$folder"
promtool check rules alerts.yml
promtool test rules alerts_test.yml
for whose in resilience4j opossum envoy; do
  "$1" alerts --for "$whose" >"$whose.yml"
  cp "$here/alerts_${whose}_test.yml" .
  promtool check rules "$whose.yml"
  promtool test rules "alerts_${whose}_test.yml"
done
"$1" alerts --open-for 90s --trips 3/1h >other.yml
grep -q 'for: 1m30s' other.yml
grep -q 'circuit_breaker_trips_total\[1h\]) >= 3' other.yml
promtool check rules other.yml
