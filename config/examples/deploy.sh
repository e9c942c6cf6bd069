#!/bin/sh
# deploy.sh plan|apply ENV VERSION: "deploys" by writing below $DEPLOY_DIR.
# plan changes nothing that anybody uses; apply does, and therefore stands behind a gate.
set -eu
action=$1 env=$2 version=$3
dir=$DEPLOY_DIR/$env
mkdir -p "$dir"
now=$(cat "$dir/version" 2>/dev/null || echo none)

case $action in
plan)
  echo "plan for $env: version $now -> $version"
  printf '{"env": "%s", "from": "%s", "to": "%s"}\n' "$env" "$now" "$version" >"$JOBGATE_RESULT"
  ;;
apply)
  echo "$version" >"$dir/version.new"
  mv "$dir/version.new" "$dir/version"
  echo "$env runs version $version now, approved by ${JOBGATE_APPROVED_BY:-nobody}"
  printf '{"env": "%s", "version": "%s"}\n' "$env" "$version" >"$JOBGATE_RESULT"
  ;;
*)
  echo "usage: deploy.sh plan|apply ENV VERSION" >&2
  exit 64
  ;;
esac
