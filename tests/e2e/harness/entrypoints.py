"""Job types that tests declare. Scripts run in the world's folder."""
from harness.world import params_of, shell

HELLO = {"description": "Say hello", "run": ["echo", "hello {name}"], "params": params_of("name")}

# Notes its start in `ledger`, waits for world.hold(name).release(), notes its end.
HOLD = {"run": shell('echo "start $1 $JOBGATE_JOB_ID $JOBGATE_ATTEMPT" >> ledger; '
                     'read _ < "hold/$1"; '
                     'echo "end $1 $JOBGATE_JOB_ID $JOBGATE_ATTEMPT" >> ledger', "{name}"),
        "params": params_of("name")}

# One line in `ledger`: "name jobId attempt".
NOTE = {"run": shell('echo "$1 $JOBGATE_JOB_ID $JOBGATE_ATTEMPT" >> ledger', "{name}"),
        "params": params_of("name")}

# Ends with the exit code that it is told.
EXIT = {"run": shell('echo "exits $1"; echo "says why" >&2; exit "$1"', "{code}"),
        "params": params_of("code", kind="integer"), "dedupe": "none", "maxAttempts": 1}

# Plan, wait for a person, apply.
DEPLOY = {"description": "Plan, wait for a person, apply",
          "steps": [{"name": "plan", "run": shell('echo "plan $1"; echo "plan $1" >> ledger', "{env}")},
                    {"name": "apply",
                     "run": shell('echo "apply $1 by $JOBGATE_APPROVED_BY"; '
                                  'echo "apply $1" >> ledger; '
                                  'echo "{{\\"applied\\": \\"$1\\"}}" > "$JOBGATE_RESULT"', "{env}"),
                     "gate": True}],
          "params": params_of("env")}

# A gate before anything runs.
GATED = {"steps": [{"name": "apply", "run": shell('echo "apply $1" >> ledger', "{name}"),
                    "gate": True}],
         "params": params_of("name")}
