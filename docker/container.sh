#!/usr/bin/env bash
# Builds the Dockerfile and runs docker/smoke.sh against it, with buildah and without a registry: the base images are made here, from the installed SDK and runtime.
# Needs root, or a user that may make namespaces; buildah's own isolation (chroot) needs no container engine.
#
#   docker/container.sh
#
# What it shows: the Dockerfile builds from a clean copy of the sources, the service runs as the image's user on a root file system of which only /data and /tmp
# can be written, its health check works, every operation asks for a key, the tour of README.md passes with one, and SIGTERM ends it.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
dotnet_home=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(dotnet --list-runtimes | sed -n 's|^Microsoft.NETCore.App [^ ]* \[\(.*\)/shared/.*|\1/dotnet|p' | tail -n 1)")")}
packages=${NUGET_PACKAGES:-$HOME/.nuget/packages}
port=${PORT:-5080}
work=$(mktemp -d)
export BUILDAH_ISOLATION=chroot
store=(--root "$work/storage" --runroot "$work/run")
service=

say() { printf '%s\n' "container: $*"; }
fail() { printf '%s\n' "container: FAILED: $*" >&2; exit 1; }
b() { buildah "${store[@]}" "$@"; }

clean_up() {
  [[ -z $service ]] || kill -KILL -- "-$service" 2>/dev/null || true
  b rm --all > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# What a program and the native libraries of .NET load.
libraries() { ldd "$@" 2>/dev/null | grep -o '/[^ )]*' | grep -v ':$' | sort -u; }

# add_files FOLDER FILE…: copies files to where they lie, behind their links
add_files() {
  local target=$1 file
  shift
  for file in "$@"; do
    mkdir -p "$target$(dirname "$file")"
    cp --dereference "$file" "$target$file"
  done
}

# base NAME PART…: an image with programs, libraries and the named parts of .NET
base() {
  local name=$1 container folder part native
  shift
  container=$(b from scratch)
  folder=$(b mount "$container")
  mkdir -p "$folder"/{bin,etc,tmp,proc,sys,dev,root,usr/bin,usr/share/dotnet}
  chmod 1777 "$folder/tmp"
  for part in "$@"; do
    mkdir -p "$folder/usr/share/dotnet/$(dirname "$part")"
    cp -r "$dotnet_home/$part" "$folder/usr/share/dotnet/$part"
  done
  ln -s /usr/share/dotnet/dotnet "$folder/usr/bin/dotnet"
  native=$(find "$dotnet_home/shared/Microsoft.NETCore.App" -name '*.so')
  # shellcheck disable=SC2046,SC2086
  add_files "$folder" $(libraries "$dotnet_home/dotnet" $native) $(/sbin/ldconfig -p | awk '/lib(ssl|crypto)\.so\.3 / { print $NF }')
  printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1654:1654::/home/app:/bin/false\n' > "$folder/etc/passwd"
  printf 'root:x:0:\napp:x:1654:\n' > "$folder/etc/group"
  if [[ $name == */sdk:* ]]; then
    # shellcheck disable=SC2046
    add_files "$folder" $(for tool in bash find mkdir rm chmod cat uname; do type -P "$tool"; done) $(libraries $(for tool in bash find mkdir rm; do type -P "$tool"; done))
    ln -sf "$(type -P bash)" "$folder/bin/sh"
    add_files "$folder" /etc/ssl/certs/ca-certificates.crt # the restore may ask the registry of packages
    b config --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$container"
  fi
  b config --env PATH=/usr/bin:/bin --env DOTNET_ROOT=/usr/share/dotnet --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 \
    --env DOTNET_CLI_TELEMETRY_OPTOUT=1 --env DOTNET_NOLOGO=1 "$container"
  b umount "$container" > /dev/null
  b commit --quiet --rm "$container" "$name" > /dev/null
}

# operations FILE: the verbs and paths of an OpenAPI document, a line each, with "x" in the place of names
operations() {
  tr -d '\n' < "$1" | grep -oE '"(/[^"]*)": *\{|"(get|post|put|delete)": *\{ *"tags"' | sed -E 's/": *\{.*//; s/^"//; s/\{[^}]*\}/x/g' \
    | awk '/^\// { path = $0; next } { print toupper($0), path }'
}

# The lines `FROM` of the Dockerfile, with the defaults of their arguments.
tag() { sed -n "s/^ARG $1=//p" "$root/Dockerfile"; }
say "making the base images"
base "mcr.microsoft.com/dotnet/sdk:$(tag SDK_TAG)" dotnet host shared sdk sdk-manifests packs
base "mcr.microsoft.com/dotnet/aspnet:$(tag RUNTIME_TAG)" dotnet host shared

say "building the Dockerfile"
git -C "$root" ls-files -z | (cd "$root" && tar --create --null --files-from -) | (mkdir "$work/clone" && tar --extract --directory "$work/clone")
b build --quiet --pull=never --isolation chroot --format docker --volume "$packages:/root/.nuget/packages" --tag nnservice "$work/clone" > /dev/null

container=$(b from --pull=never nnservice)
[[ $(b inspect --format '{{.OCIv1.Config.User}}' "$container") == 1654:1654 ]] || fail "the image does not run as user 1654"
[[ $(b inspect --format '{{.Docker.Config.Healthcheck.Test}}' "$container") == *healthcheck* ]] || fail "the image has no health check"

mkdir "$work/data" "$work/tmp"
chown 1654:1654 "$work/data"
chmod 1777 "$work/tmp"
rootfs=$(b mount "$container")
find "$rootfs" -xdev -user 1654 ! -path "$rootfs/data*" | grep . && fail "files above belong to the service's user"
set -m
NN_KEY=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
export NN_KEY
b run --isolation chroot --volume "$work/data:/data" --volume "$work/tmp:/tmp" --cap-drop ALL --env "Access__AdminKey=$NN_KEY" --env "ASPNETCORE_HTTP_PORTS=$port" "$container" -- \
  dotnet NnService.Api.dll > "$work/log" 2>&1 &
service=$!
set +m
curl --silent --fail --retry 60 --retry-delay 1 --retry-connrefused --output /dev/null "http://127.0.0.1:$port/health/ready" || { cat "$work/log" >&2; fail "the service does not become ready"; }
# Others can connect to a container, so nothing but its health is answered without a key.
curl --silent "http://127.0.0.1:$port/swagger/v1/swagger.json" --header "Authorization: Bearer $NN_KEY" > "$work/document.json"
asked=0
while read -r method path; do
  status=$(curl --silent --output /dev/null --write-out '%{http_code}' --request "$method" "http://127.0.0.1:$port$path")
  [[ $path == /health/* || $status == 401 ]] || fail "$method $path answers $status without a key"
  asked=$((asked + 1))
done < <(operations "$work/document.json")
(( asked > 60 )) || fail "the document names $asked operations"
say "$asked operations answer 401 without a key, health alone does not"
"$root/docker/smoke.sh" "http://127.0.0.1:$port" || { cat "$work/log" >&2; fail "the tour does not pass against the container"; }
b run --isolation chroot "$container" -- dotnet NnService.Api.dll healthcheck "http://127.0.0.1:$port" || fail "the health check says that the service is not ready"
find "$work/data" ! -user 1654 | grep . && fail "files above do not belong to the service's user"

kill -TERM -- "-$service"
for _ in {1..100}; do
  kill -0 -- "-$service" 2>/dev/null || break
  sleep 0.2
done
! kill -0 -- "-$service" 2>/dev/null || fail "SIGTERM does not end the service"
service=
say "passed"
