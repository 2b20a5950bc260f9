# Sourced by the set-up scripts: how each kind of thing is installed. Every
# function looks first, and is silent and quick when there is nothing to do.

cargo_bin=${CARGO_HOME:-$HOME/.cargo}/bin
export PATH="$cargo_bin:$PWD/setup/node_modules/.bin:$PATH"

# Tools are built to be ready soon rather than to be fast: 5 minutes instead
# of 20 for cargo-leptos, and nobody notices when it runs.
export CARGO_PROFILE_RELEASE_LTO=off
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_OPT_LEVEL=0

fail() {
  echo "$*" >&2
  exit 1
}

# quietly WHAT COMMAND…: one line that says what, how long, and on a terminal
# what it is at. The command's own output is shown only when it fails.
quietly() {
  local what=$1 started=$SECONDS log pid
  shift
  log=$(mktemp)
  printf '  %s …' "$what"
  [[ -t 1 ]] || echo
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  # A background command does not hear Ctrl-C.
  trap 'kill "$pid"; exit 130' INT TERM
  while [[ -t 1 ]] && kill -0 "$pid" 2>/dev/null; do
    printf '\r\033[K  %s … %ds  %.50s' "$what" $((SECONDS - started)) "$(tail -n 1 "$log" | tr -dc '[:print:]')"
    sleep 0.5
  done
  if ! wait "$pid"; then
    echo
    tail -n 40 "$log" >&2
    fail "Could not do this: $what. All it said is in $log"
  fi
  trap - INT TERM
  rm -f "$log"
  [[ ! -t 1 ]] || printf '\r\033[K'
  echo "  $what: done in $((SECONDS - started)) s"
}

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo "$@"; fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=600 "$@"
}

missing=()

# needs FILE-OR-COMMAND PACKAGE…: remembers the packages when the file or the
# command is not there.
needs() {
  [[ -e $1 ]] || command -v "$1" >/dev/null || missing+=("${@:2}")
}

# Installs with apt what `needs` found missing.
install_packages() {
  [[ ${#missing[@]} -gt 0 ]] || return 0
  local packages="${missing[*]}"
  command -v apt-get >/dev/null || fail "Please install these first, by the names Debian gives them: $packages"
  if [[ $EUID != 0 ]]; then
    command -v sudo >/dev/null || fail "Please install these as root, or install sudo: apt-get install $packages"
    sudo -v
  fi
  quietly "Reading the list of packages" apt update
  quietly "Installing $packages" apt install --no-install-recommends "${missing[@]}"
  missing=()
}

# Installs rustup, and the toolchain, components and targets that
# rust-toolchain.toml names.
install_rust() {
  command -v rustup >/dev/null || quietly "Installing rustup" bash -c \
    "curl --proto '=https' --tlsv1.2 -fsS https://sh.rustup.rs | sh -s -- -y --no-modify-path --profile minimal --default-toolchain none"

  local channel components targets installed name
  channel=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
  components=$(sed -n 's/^components *= *\[\(.*\)\]/\1/p' rust-toolchain.toml | tr -d '",')
  targets=$(sed -n 's/^targets *= *\[\(.*\)\]/\1/p' rust-toolchain.toml | tr -d '",')

  rustup toolchain list | grep -q "^$channel-" ||
    quietly "Installing Rust $channel" rustup toolchain install "$channel" --profile minimal --no-self-update
  installed=$(rustup component list --installed --toolchain "$channel")
  for name in $components; do
    grep -q "^$name-" <<<"$installed" ||
      quietly "Adding $name" rustup component add "$name" --toolchain "$channel"
  done
  for name in $targets; do
    grep -q "^rust-std-$name$" <<<"$installed" ||
      quietly "Adding the target $name" rustup target add "$name" --toolchain "$channel"
  done
}

# cargo_tool COMMAND MINUTES CRATE VERSION [OPTION…]: builds a command line
# tool unless `COMMAND --version` already names that version.
cargo_tool() {
  local command=$1 minutes=$2 crate=$3 version=$4
  shift 4
  [[ $("$command" --version 2>/dev/null | head -n 1) != *" $version"* ]] || return 0
  quietly "Building $crate $version, about $minutes minutes" \
    cargo install "$crate" --version "$version" --force "$@"
}

# Debian 12's PgBouncer keeps no prepared statements for its clients; since 1.21 it
# does. Without a newer one it is built here, from the source of Debian 13's package.
install_pgbouncer() {
  local version
  version=$(pgbouncer --version 2>/dev/null | sed -n 's/^PgBouncer //p') || true
  [[ $(printf '%s\n' 1.21 "$version" | sort -V | head -n 1) != 1.21 ]] || return 0
  needs make make
  needs pkg-config pkg-config
  needs /usr/include/event2/event.h libevent-dev
  install_packages
  quietly "Building PgBouncer, less than a minute" build_pgbouncer
}

build_pgbouncer() (
  set -e
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  cd "$folder"
  mkdir -p lists/partial archives/partial
  # From where this machine has its packages, into lists of their own: its own stay as they are.
  archive=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n 1)
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  echo "deb-src [signed-by=$keys] ${archive:?no Debian archive is known here} trixie main" >sources
  cat >apt.conf <<END
Dir::Etc::sourcelist "$folder/sources";
Dir::Etc::sourceparts "-";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder";
APT::Sandbox::User "";
END
  export APT_CONFIG=$folder/apt.conf
  apt-get -q update
  apt-get -q source --download-only pgbouncer
  tar xf pgbouncer_*.orig.tar.gz --strip-components 1
  ./configure -q --without-openssl --without-cares --without-pam
  make -s
  install -D pgbouncer "$cargo_bin/pgbouncer"
)

# npm_packages FOLDER: node_modules as the folder's lock file says.
npm_packages() {
  [[ $1/node_modules/.package-lock.json -nt $1/package-lock.json ]] ||
    quietly "Installing npm packages in $1" npm ci --prefix "$1" --no-audit --no-fund
}

# locked CRATE: its version in Cargo.lock.
locked() {
  sed -n "/^name = \"$1\"\$/{n;s/^version = \"\(.*\)\"/\1/p}" Cargo.lock
}
