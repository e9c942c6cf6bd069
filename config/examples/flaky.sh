#!/bin/sh
# Fails in the first tries, as many as given; $JOBGATE_ATTEMPT counts from 1.
set -eu
failures=$1
if [ "$JOBGATE_ATTEMPT" -le "$failures" ]; then
  echo "attempt $JOBGATE_ATTEMPT fails ($failures shall fail)" >&2
  exit 1
fi
echo "attempt $JOBGATE_ATTEMPT works"
