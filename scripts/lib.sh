# shellcheck shell=bash disable=SC2034
# What the scripts of this directory share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${BERTH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/berth}

say() { echo "$(basename "$0"): $*" >&2; }
fail() {
  say "$*"
  exit 1
}
wrong_use() {
  say "$* (see $(basename "$0") --help)"
  exit 2
}

# The script's own head comment is its help.
show_help() { sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; }

# What a build and its tests need, all of it from Debian 12.
build_packages=(
  ca-certificates ccache cmake debian-archive-keyring g++ git ninja-build xz-utils
  libbenchmark-dev libfmt-dev libgmock-dev libgtest-dev libsimdjson-dev libspdlog-dev libssl-dev
  libyaml-cpp-dev nlohmann-json3-dev prometheus-cpp-dev zlib1g-dev
)
# Sanitizers and fuzzing; the version is pinned because findings differ from one to the next.
clang_packages=(clang-19 libclang-rt-19-dev llvm-19)
check_packages=(clang-format-19 clang-tidy-19 shellcheck yamllint)

# Installs those of the packages that are missing, and says so; silent when there is nothing to do.
need_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: what is needed must be there already ($*)"
    return
  fi
  local missing=() package
  for package in "$@"; do
    case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true) in
      installed*) ;;
      *) missing+=("$package") ;;
    esac
  done
  if [ ${#missing[@]} = 0 ]; then
    return
  fi
  local become=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "missing packages, and neither root nor sudo to install them: ${missing[*]}"
    become=(sudo)
  fi
  say "installs from Debian: ${missing[*]}"
  local apt=("${become[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
  local log
  log=$(mktemp)
  # Package lists may be absent (a fresh container) or stale: fetch them only when the first try fails.
  if ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1 &&
    ! { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# Prints the environment with a package from PyPI, made where it is missing; fails where that cannot be.
from_pypi() { # package[extras], version
  local name=${1%%[*}
  local venv=$cache/$name-$2
  if [ ! -e "$venv/.complete" ]; then
    say "getting $1 $2 from PyPI into $venv"
    rm -rf "$venv"
    python3 -c 'import ensurepip' 2>/dev/null || need_packages python3-venv
    if ! { python3 -m venv "$venv" >&2 && "$venv/bin/pip" install --quiet "$1==$2" >&2; }; then
      rm -rf "$venv"
      return 1
    fi
    touch "$venv/.complete"
  fi
  echo "$venv"
}

# Sets $python to an interpreter that has a YAML reader.
need_python() {
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import yaml' 2>/dev/null; then
      return
    fi
  done
  need_packages python3 python3-yaml
  python=/usr/bin/python3
}

# Compilations at a time: one per core, and no more than the memory bears at 1.5 GiB each.
jobs_here() {
  local cores memory_jobs
  cores=$(nproc)
  memory_jobs=$(awk '/^MemAvailable:/ { n = int($2 / 1572864); print (n > 0 ? n : 1) }' /proc/meminfo)
  echo $((memory_jobs < cores ? memory_jobs : cores))
}

# The file's value of a CMake cache entry; nothing when there is none.
cmake_cached() { # build directory, variable
  sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt" 2>/dev/null || true
}

# Configures a preset where that is still to do, and builds the targets. Prints nothing when all is up to date.
build_preset() { # preset, targets...
  local preset=$1 build=$root/build/$1
  shift
  export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache}
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root} CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
  "$root/scripts/fetch-httplib" --print-dir >/dev/null
  local revision
  revision=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)
  if [ ! -f "$build/build.ninja" ] || [ "$(cmake_cached "$build" BERTH_REVISION)" != "$revision" ]; then
    say "configures $preset"
    (cd "$root" && cmake --preset "$preset" -DBERTH_REVISION="$revision") >"$build.configure.log" 2>&1 || {
      tail -n 30 "$build.configure.log" >&2
      fail "cmake --preset $preset failed; the whole of it: $build.configure.log"
    }
  fi
  if [ -t 1 ]; then
    ninja -C "$build" -j "$(jobs_here)" "$@" || fail "the build of $preset failed"
  else
    ninja -C "$build" -j "$(jobs_here)" --quiet "$@" 2>&1 | sed -u '/^ninja: no work to do/d' ||
      fail "the build of $preset failed"
  fi
}
