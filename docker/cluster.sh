#!/usr/bin/env bash
# Runs the parts of docker/cluster.yaml on the loopback address, without a container engine: Debian's PostgreSQL and nginx, and as many nodes of the Release build
# as the file says, with its settings and with docker/cluster.nginx.conf. Only what names another place is replaced: hosts, ports, folders.
# Needs root (or the user postgres) for PostgreSQL's programs, nginx and curl.
#
#   docker/cluster.sh
#
# What it shows: the tour of README.md passes through the proxy, with the answers that one process gives; all nodes are seen; one that answers and one that trains
# can be killed under a job, and nothing is missed; SIGTERM ends every part.
set -euo pipefail
export Training__LowPriority=false # beside other work on the machine, a training that is waited for would starve

root=$(cd "$(dirname "$0")/.." && pwd)
file=$root/docker/cluster.yaml
dll=$root/src/NnService.Api/bin/Release/net10.0/NnService.Api.dll
work=$(mktemp -d)
postgres=$(compgen -G '/usr/lib/postgresql/*/bin' | tail -n 1) || postgres=
nginx=$(PATH=$PATH:/usr/sbin type -P nginx) || nginx=
declare -A nodes=() # process ids, by name

say() { printf '%s\n' "cluster: $*"; }
fail() {
  printf '%s\n' "cluster: FAILED: $*" >&2
  tail -n 20 "$work"/*.log >&2 2> /dev/null || true
  exit 1
}

as_postgres() { if [[ $(id -u) == 0 ]]; then (cd /tmp && runuser -u postgres -- "$@"); else "$@"; fi; }

clean_up() {
  local name
  for name in "${!nodes[@]}"; do kill -KILL "${nodes[$name]}" 2> /dev/null || true; done
  [[ ! -f $work/nginx.pid ]] || kill "$(cat "$work/nginx.pid")" 2> /dev/null || true
  [[ ! -f $work/rows/postmaster.pid ]] || as_postgres "$postgres/pg_ctl" stop --mode=immediate --pgdata="$work/rows" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

[[ -n $postgres ]] || { say "PostgreSQL is not installed (apt-get install postgresql); skipped."; exit 0; }
[[ -n $nginx ]] || { say "nginx is not installed (apt-get install nginx); skipped."; exit 0; }
[[ -f $dll ]] || fail "there is no Release build; make one with: dotnet build --configuration Release"

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || break
  done
  echo "$port"
}

# replicas SERVICE: how many of it the file starts
replicas() { awk -v service="  $1:" '$0 == service { found = 1; next } found && /^  [a-z]/ { exit } found && $1 == "replicas:" { print $2; exit }' "$file"; }

# settings SERVICE: what the file gives it by environment, a line NAME=VALUE each; what it says itself comes last and wins
settings() {
  awk -v service="  $1:" '
    /^[a-z]/ { part = $0 }
    /^  [a-z]/ { here = (part ~ /^x-node/ || $0 == service); inside = 0 }
    /^ *environment:/ { inside = here || (part ~ /^x-node/); next }
    inside && /^ +[A-Z][A-Za-z_]+: / { name = $1; sub(/:$/, "", name); sub(/^ *[A-Za-z_]+: /, ""); print name "=" $0; next }
    inside && !/<</ { inside = 0 }' "$file"
}

# start NAME SERVICE [PORT]: a node with the settings of the service
start() {
  local name=$1 service=$2 port=${3:-0} line value environment=()
  while IFS= read -r line; do
    value=${line#*=}
    value=${value//\$\{NN_DATABASE_PASSWORD:-only-for-this-machine\}/only-for-this-machine}
    value=${value//\$\{NN_ADMIN_KEY:*\}/$NN_KEY}
    value=${value/Host=postgres/Host=127.0.0.1;Port=$rows_port}
    value=${value/#\/blobs/$work/blobs}
    value=${value/172.16.0.0\/12/127.0.0.0\/8}
    environment+=("${line%%=*}=$value")
  done < <(settings "$service")
  # Whoever can connect from elsewhere needs a key, as in a container.
  env "${environment[@]}" Access__RequireKey=true Cluster__Node="$name" dotnet "$dll" --urls "http://127.0.0.1:$port" --Data:Path="$work/$name" \
    > "$work/$name.log" 2>&1 < /dev/null &
  nodes[$name]=$!
  disown
}

ask() { curl -sSf -H "X-API-Key: $NN_KEY" "$@"; }
field() { grep -o "\"$1\":\"\{0,1\}[^\",}]*" | sed -n '1s/^"[^"]*":"\{0,1\}//p'; }

# until_true SECONDS WHAT COMMAND…
until_true() {
  local seconds=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" > /dev/null 2>&1; do
    (( SECONDS < end )) || fail "$what has not happened within $seconds s"
    sleep 0.1
  done
}

NN_KEY=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
export NN_KEY

# PostgreSQL, as the service `postgres` of the file is told to set it up
rows_port=$(free_port)
mkdir "$work/rows" "$work/blobs"
chmod 755 "$work"
printf only-for-this-machine > "$work/password"
[[ $(id -u) != 0 ]] || chown postgres "$work/rows" "$work/password"
as_postgres "$postgres/initdb" --no-sync --auth=scram-sha-256 --pwfile="$work/password" --username=nnservice --encoding=UTF8 --locale=C.UTF-8 \
  --pgdata="$work/rows" > "$work/initdb.log" 2>&1 || fail "initdb: $(cat "$work/initdb.log")"
as_postgres "$postgres/pg_ctl" start --wait --pgdata="$work/rows" --log="$work/rows/log" \
  --options="-p $rows_port -k $work/rows -c listen_addresses=127.0.0.1 -c fsync=off" > /dev/null
PGPASSWORD=only-for-this-machine "$postgres/psql" --quiet --host=127.0.0.1 --port="$rows_port" --username=nnservice --dbname=postgres --command='CREATE DATABASE nnservice'

servers=
for ((i = 1; i <= $(replicas api); i++)); do
  port=$(free_port)
  start "api-$i" api "$port"
  servers+="server 127.0.0.1:$port max_fails=1 fail_timeout=5s;"
done
for ((i = 1; i <= $(replicas worker); i++)); do start "worker-$i" worker; done
count=${#nodes[@]}

# The proxy: names are looked up by the containers' name server there, and by an nginx that is newer than Debian's.
proxy_port=$(free_port)
base=http://127.0.0.1:$proxy_port
sed -e "s|listen 80;|listen 127.0.0.1:$proxy_port;|" -e '/resolver /d' -e "s|server api:5080 .*|$servers|" "$root/docker/cluster.nginx.conf" > "$work/default.conf"
cat > "$work/nginx.conf" << EOF
pid $work/nginx.pid;
error_log $work/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  include $work/default.conf;
}
EOF
"$nginx" -c "$work/nginx.conf" || fail "nginx does not take docker/cluster.nginx.conf"

until_true 60 "that a node is ready" curl -sSf "$base/health/ready"
alive() { [[ $(ask "$base/api/v1/cluster" | grep -o '"isAlive":true' | wc -l) == "$1" ]]; }
until_true 60 "that $count nodes are seen" alive "$count"
[[ $(curl -s -o /dev/null -w '%{http_code}' "$base/api/v1/cluster") == 401 ]] || fail "the proxy answers without a key"
say "$count nodes and the proxy run"

"$root/docker/smoke.sh" "$base" || fail "the tour does not pass against the cluster"

# A job is long enough to be under way when its node, and one that answers, are killed; it is stopped then.
id=$(ask "$base/api/v1/training-jobs" -H 'Content-Type: application/json' -H 'Idempotency-Key: killed' \
  -d '{"dataset":"heights","target":"gender","features":["weight","height"],"epochs":10000000,"historyEvery":100000,"batchSize":1,"model":"killed",
       "network":{"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","activation":"sigmoid"}]},"earlyStopping":{"patience":0}}' | field id)
job() { ask "$base/api/v1/training-jobs/$id" | field "$1"; }
is() { [[ $(job "$1") == "$2" ]]; }
until_true 30 "that the job runs" is state running
# The name that stands before the first list of jobs with something in it
busy() { ask "$base/api/v1/cluster" | tr -d ' \n' | sed -n '/"jobs":\[{/ { s/"jobs":\[{.*//; s/.*"name":"\([^"]*\)".*/\1/p }' | grep worker; }
until_true 30 "that a worker shows the job" busy
worker=$(busy)
kill -KILL "${nodes[$worker]}" "${nodes[api-1]}"
unset "nodes[$worker]" "nodes[api-1]"
until_true 60 "that another worker has the job" is attempt 2
until_true 60 "that the two are seen to be gone" alive $((count - 2))
ask "$base/api/v1/training-jobs/$id/stop" -X POST > /dev/null
until_true 120 "that the job ends" is state succeeded
say "the job of a killed worker went on, asked through the node that is left"

for name in "${!nodes[@]}"; do kill -TERM "${nodes[$name]}"; done
gone() { local name; for name in "${!nodes[@]}"; do ! kill -0 "${nodes[$name]}" 2> /dev/null || return 1; done; }
until_true 15 "that SIGTERM ends the nodes" gone
nodes=()
say "passed"
