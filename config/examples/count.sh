#!/bin/sh
# Counts to the given number of seconds. The last line of $JOBGATE_PROGRESS is what
# `jobgate show` displays; $JOBGATE_RESULT becomes the job's result.
set -eu
total=$1
done=0
while [ "$done" -lt "$total" ]; do
  sleep 1
  done=$((done + 1))
  echo "$done of $total"
  echo "$((done * 100 / total)) counted $done of $total" >>"$JOBGATE_PROGRESS"
done
printf '{"counted": %s}\n' "$total" >"$JOBGATE_RESULT"
