#!/usr/bin/env bash
# Runs README.md and docs/guide/ against the service: every command exactly as printed, each answer compared with the one printed below it.
#
#   docker/smoke.sh                        starts the Release build by itself, in a temporary data folder; also tries a crash, the quickstart and the health check
#   docker/smoke.sh guide                  the pages of docs/guide alone, each on an empty folder
#   docker/smoke.sh http://localhost:5080  the tour alone, against a running service whose data folder is empty; with the key NN_KEY where it asks for one
#
# How answers are compared: a `json` block without its white space, any other block line by line; "…" stands for anything. A command must succeed,
# but where the printed answer has a "status" of 400 or above it must be refused.
set -euo pipefail
export Training__LowPriority=false # beside other work on the machine, a training that is waited for would starve

root=$(cd "$(dirname "$0")/.." && pwd)
readme=$root/README.md
guides=("$root"/docs/guide/*.md)
dll=$root/src/NnService.Api/bin/Release/net10.0/NnService.Api.dll
printed=http://localhost:5080
base=${1:-}
[[ $base != guide ]] || base=
work=$(mktemp -d)
service=

say() { printf '%s\n' "smoke: $*"; }
fail() { printf '%s\n' "smoke: FAILED: $*" >&2; exit 1; }

# The service leads a process group of its own (set -m), so that `dotnet run` and what it starts end together.
end_service() {
  [[ -n $service ]] || return 0
  kill "-${1:-TERM}" -- "-$service" 2>/dev/null || true
  wait "$service" 2>/dev/null || true
  service=
}

clean_up() {
  end_service KILL
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# launch LOG COMMAND…: runs the command on a free port and on the smoke's data folder, and waits until the service is ready; sets $service and $base.
launch() {
  local log=$1 ready=
  shift
  : > "$log"
  set -m
  "$@" --urls http://127.0.0.1:0 --Data:Path="$work/data" > "$log" 2>&1 < /dev/null &
  service=$!
  set +m
  for _ in {1..300}; do
    # in words, or in a line of JSON
    ready=$(sed -n 's|.*NnService is ready\. Swagger UI: \(http://[^"/]*\)/swagger.*|\1|p' "$log" | head -1)
    if [[ -n $ready ]] && curl -sf -o /dev/null "$ready/health/ready"; then
      base=$ready
      return
    fi
    kill -0 "$service" 2>/dev/null || break
    sleep 0.2
  done
  cat "$log" >&2
  fail "the service did not become ready"
}

start() { launch "$work/service.log" dotnet "$dll"; }

# The command of the README, told to use the build that is there.
from_readme() {
  grep -qxF "$*" "$readme" || fail "README.md does not print the command: $*"
  launch "$work/run.log" "${@:1:2}" --no-build --configuration Release "${@:3}"
}

squeeze() {
  if [[ $1 == json ]]; then tr -d ' \t\r\n'; else tr -d '\r'; fi
}

# check KIND COMMAND ANSWER
check() {
  local kind=$1 command=${2//$printed/$base} expected=$3 actual status quiet=-sS pattern
  [[ ! $expected =~ \"status\":\ *[45][0-9][0-9] ]] || quiet=-s
  # Not behind || or !: there the shell would look at the last command of the block alone.
  set +e
  actual=$(
    set -e
    # shellcheck disable=SC2317,SC2329  # called by the command
    curl() { command curl "$quiet" --fail-with-body ${NN_KEY:+-H "X-API-Key: $NN_KEY"} "$@"; }
    # Reads what it does not print: a curl whose reader has gone fails.
    # shellcheck disable=SC2317,SC2329
    head() { command head "$@" && cat > /dev/null; }
    cd "$work/tour"
    eval "$command"
  )
  status=$?
  set -e
  if [[ $quiet == -s ]]; then
    [[ $status == 22 ]] || fail "expected a refusal (curl ends with $status): $command"$'\n'"$actual"
  elif [[ $status != 0 ]]; then
    fail "curl ends with $status: $command"$'\n'"$actual"
  fi
  [[ -n $kind ]] || return 0
  pattern=$(squeeze "$kind" <<< "$expected" | sed 's/[][*?()|\\]/\\&/g; s/…/*/g')
  actual=$(squeeze "$kind" <<< "$actual")
  # shellcheck disable=SC2053  # a pattern is what the right side is
  [[ $actual == $pattern ]] || fail "${page#"$root/"} prints another answer to: $command"$'\n'"printed: $(squeeze "$kind" <<< "$expected")"$'\n'"actual:  $actual"
  checked=$((checked + 1))
}

# tour [PAGE]: walks through the fenced blocks of a page, README.md where none is named, between <!-- tour:begin --> and <!-- tour:end -->:
# a `bash` block is a command, the next block its answer.
tour() {
  local page=${1:-$readme} line kind='' block='' command='' inside='' commands=0
  checked=0
  mkdir -p "$work/tour"
  ln -sfn "$root/tests" "$work/tour/tests"
  while IFS= read -r line <&3; do
    case $inside:$kind:$line in
      :*:'<!-- tour:begin -->') inside=yes ;;
      :*) ;;
      yes::'<!-- tour:end -->') break ;;
      yes::'<!-- tour:restart -->')
        [[ -z $command ]] || { check '' "$command" ''; command=''; }
        if [[ -n $service ]]; then
          end_service TERM
          start
        fi ;;
      yes::'```'*)
        kind=${line#'```'} block=''
        # A command without a printed answer: whether it succeeds is all there is to see.
        if [[ $kind == bash && -n $command ]]; then check '' "$command" ''; command=''; fi ;;
      yes:bash:'```') kind='' command=$block commands=$((commands + 1)) ;;
      yes:*:'```') check "$kind" "$command" "$block"; kind='' command='' ;;
      yes::*) ;;
      *) block+=$line$'\n' ;;
    esac
  done 3< "$page"
  [[ -z $command ]] || check '' "$command" ''
  [[ $checked -ge 4 ]] || fail "the tour of $page was not found: $commands commands, $checked answers"
  say "${page#"$root/"} works: $commands commands, $checked answers as printed"
}

# The tour of README.md, and what it leaves.
readme_tour() {
  tour
  [[ $(head -c 4 "$work/tour/loss.svg") == '<svg' ]] || fail "loss.svg is no picture"
}

guide_tours() {
  local page
  for page in "${guides[@]}"; do
    rm -rf "$work/data"
    start
    tour "$page"
    end_service TERM
  done
}

# field NAME: the value of the first such member of the JSON on the standard input
field() { grep -o "\"$1\":\"\{0,1\}[^\",}]*" | sed -n '1s/^"[^"]*":"\{0,1\}//p'; }
job_field() { curl -sSf "$base/api/v1/training-jobs/$1" | field "$2"; }
weights() { curl -sSf "$base/api/v1/models/$1/versions/1" | field sha256; }
predict() { curl -sSf "$base/api/v1/models/heights/predict" -H 'Content-Type: application/json' -d '{"rows":[[128,63]]}'; }

# long_job MODEL EPOCHS: starts a job; prints its id
long_job() {
  curl -sSf "$base/api/v1/training-jobs" -H 'Content-Type: application/json' -d '{"network":"heights-2-2-1","dataset":"heights","target":"gender",
    "features":["weight","height"],"batchSize":1,"epochs":'"$2"',"historyEvery":1000,"seed":1,"model":"'"$1"'"}' | field id
}

wait_for() {
  local id=$1 wanted=$2 state
  for _ in {1..600}; do
    state=$(job_field "$id" state)
    [[ $state != "$wanted" ]] || return 0
    [[ $state == queued || $state == running ]] || break
    sleep 0.1
  done
  fail "job $id is $state, not $wanted"
}

crash() {
  local before id crashed undisturbed epochs=150000
  before=$(predict)
  # On a fast machine the job may have ended before the process is killed: then a longer one is tried.
  while true; do
    id=$(long_job "crashed-$epochs" "$epochs")
    while [[ $(job_field "$id" state) == queued ]]; do sleep 0.01; done
    end_service KILL
    start
    wait_for "$id" succeeded
    [[ $(job_field "$id" attempt) == 1 ]] || break
    (( epochs < 4000000 )) || fail "every job had ended before the process was killed"
    epochs=$((epochs * 3))
  done
  wait_for "$(long_job undisturbed "$epochs")" succeeded
  crashed=$(weights "crashed-$epochs")
  undisturbed=$(weights undisturbed)
  [[ -n $crashed && $crashed == "$undisturbed" ]] || fail "the weights differ after a crash"
  [[ -n $before && $(predict) == "$before" ]] || fail "an older model predicts otherwise after a crash"
  say "a job survives kill -9 and ends with the same bits; older models still predict"
}

quickstart() {
  from_readme dotnet run --project src/NnService.Api -- quickstart
  for _ in {1..300}; do
    ! grep -q '^The service goes on running' "$work/run.log" || break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.2
  done
  if ! grep -q 'Emily: F' "$work/run.log" || ! grep -q 'Frank: M' "$work/run.log"; then
    cat "$work/run.log" >&2
    fail "the quickstart did not tell Emily from Frank"
  fi
  curl -sSf -o /dev/null "$base/health/ready" || fail "the service has ended with the quickstart"
  curl -sSf -o /dev/null "$base/api/v1/models/quickstart" || fail "the quickstart has left no model"
  end_service TERM
  say "the quickstart works"
}

health_check() {
  dotnet "$dll" healthcheck "$base" || fail "healthcheck says that a healthy service is not"
  if dotnet "$dll" healthcheck http://127.0.0.1:1 2> /dev/null; then fail "healthcheck finds a service where there is none"; fi
  say "the health check tells a service from none"
}

cd "$root"
if [[ -n $base ]]; then
  curl -sSf -o /dev/null --retry 30 --retry-delay 1 --retry-all-errors "$base/health/ready" || fail "nothing is ready at $base"
  readme_tour
elif [[ ${1:-} == guide ]]; then
  guide_tours
else
  [[ -f $dll ]] || fail "there is no Release build; make one with: dotnet build --configuration Release"
  from_readme dotnet run --project src/NnService.Api
  readme_tour
  health_check
  crash
  end_service TERM
  quickstart # after the tour
  rm -rf "$work/data"
  quickstart
  start
  readme_tour # after the quickstart
  end_service TERM
  guide_tours
  if docker compose version > /dev/null 2>&1; then
    docker compose -f docker/compose.yaml config --quiet || fail "docker/compose.yaml is not valid"
    NN_ADMIN_KEY=none docker compose -f docker/cluster.yaml config --quiet || fail "docker/cluster.yaml is not valid"
    say "docker/compose.yaml and docker/cluster.yaml are valid"
  fi
fi
say "passed"
