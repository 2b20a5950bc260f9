# Sourced: step NAME COMMAND… runs the command and says how long it took. The
# first that fails ends the run.

summary=()

step() {
  local name=$1 started=$SECONDS status=0
  shift
  printf '\n── %s\n' "$name"
  "$@" || status=$?
  local line
  line=$(printf '%-34s %4d s' "$name" $((SECONDS - started)))
  if [[ $status != 0 ]]; then
    printf '\n%s\n✗ %s\n' "$(printf '✓ %s\n' "${summary[@]}")" "$line"
    exit "$status"
  fi
  summary+=("$line")
}

all_is_well() {
  printf '\n'
  printf '✓ %s\n' "${summary[@]}"
  printf '  %-34s %4d s\n' 'all of it' "$SECONDS"
}
