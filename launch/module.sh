# shellcheck shell=bash
# Sourced by the scripts at the root, which set root, name and module: finds a JDK and builds a module, unless that has been done
# and nothing has changed since.

target=$root/jdbcmq-$module/target
stamp=$target/built
log=$target/build.log

say() {
  printf '%s\n' "$*" >&2
}

find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
  else
    java=$(command -v java || true)
  fi
  if [ -z "$java" ] || [ ! -x "$java" ]; then
    say "$name: no Java found: install a JDK 17 or later, or set JAVA_HOME to one"
    exit 2
  fi
  local properties version home
  properties=$("$java" -XshowSettings:properties -version 2>&1 || true)
  version=$(sed -n 's/^ *java\.specification\.version = //p' <<<"$properties")
  home=$(sed -n 's/^ *java\.home = //p' <<<"$properties")
  case $version in
    '' | 1.* | 9 | 1[0-6])
      say "$name: $java is version ${version:-unknown}: a JDK 17 or later is needed; install one, or set JAVA_HOME to it"
      exit 2
      ;;
  esac
  if [ ! -x "$home/bin/javac" ]; then
    say "$name: $home has no compiler: a JDK is needed, not a run-time environment; install one, or set JAVA_HOME to it"
    exit 2
  fi
  export JAVA_HOME=$home
}

# Whether the build is there and nothing that it was made of has changed.
is_built() {
  [ -f "$stamp" ] &&
    [ -z "$(find "$root/pom.xml" "$root"/jdbcmq*/pom.xml "$root"/jdbcmq*/src/main -newer "$stamp" | head -n 1)" ]
}

# Files named NAME.PID, of the processes that are alive.
alive() {
  local file pid
  for file in "$target/$1".*; do
    pid=${file##*.}
    if [ -f "$file" ] && ps -p "$pid" >/dev/null 2>&1; then
      echo "$pid"
    else
      rm -f "$file"
    fi
  done
}

# What is in use, or being made, is not to be replaced.
require_alone() {
  local pids
  touch "$target/building.$$"
  trap 'rm -f "$target/building.$$"' EXIT
  pids=$(alive building | { grep -vx "$$" || true; } | paste -sd ' ' -)
  if [ -n "$pids" ]; then
    say "$name: process $pids builds the same: start again when it is done"
    exit 2
  fi
  pids=$(alive running | paste -sd ' ' -)
  if [ -n "$pids" ]; then
    say "$name: sources have changed since the last build, which process $pids still runs: wait until that has ended, or use another checkout"
    exit 2
  fi
}

# What Maven is doing, from its log.
build_status() {
  local downloads module
  downloads=$(grep -c 'Downloaded from' "$log" || true)
  module=$(sed -n 's/^\[INFO\] Building \(jdbcmq[^ ]*\) .*/\1/p' "$log" | tail -n 1)
  printf '%s s, %s files downloaded, now %s' "$SECONDS" "$downloads" "${module:-starting Maven}"
}

build() {
  mkdir -p "$target"
  require_alone
  rm -rf "$stamp" "$target"/lib "$target"/jdbcmq-"$module"-*.jar # of earlier versions, too
  touch "$stamp.begun"
  say "Building; the first time downloads Maven, libraries and PostgreSQL, which takes some minutes ..."
  : >"$log"
  SECONDS=0
  (
    cd "$root"
    exec ./mvnw -B -DskipTests -Dspotless.check.skip=true package -pl "jdbcmq-$module" -am
  ) </dev/null >"$log" 2>&1 &
  local maven=$! said=0
  trap 'kill "$maven" 2>/dev/null; exit 130' INT TERM
  while kill -0 "$maven" 2>/dev/null; do
    if [ -t 2 ]; then
      printf '\r\033[K%s' "$(build_status)" >&2
    elif [ "$SECONDS" -ge $((said + 15)) ]; then
      said=$SECONDS
      say "$(build_status)"
    fi
    sleep 0.5
  done
  [ ! -t 2 ] || printf '\r\033[K' >&2
  trap - INT TERM
  if ! wait "$maven"; then
    tail -n 40 "$log" >&2
    say "$name: the build failed; all it said is in $log"
    exit 1
  fi
  mv "$stamp.begun" "$stamp" # what changes while Maven is at work is newer
  rm -f "$target/building.$$"
  say "Built in $SECONDS s."
}

# Builds what is needed and becomes the program: JVM options first, main class and arguments after --.
launch() {
  find_java
  is_built || build
  # Names of files outside ASCII need a charset that has them.
  if [ -z "${LC_ALL:-}${LC_CTYPE:-}${LANG:-}" ]; then
    export LC_ALL=C.UTF-8
  fi
  local options=() jar
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  jar=$(echo "$target"/jdbcmq-"$module"-*.jar)
  alive running >/dev/null # forgets those that have ended
  touch "$target/running.$$"
  exec "$JAVA_HOME/bin/java" "${options[@]}" -cp "$jar:$target/lib/*" "$@"
}
