# Sourced by ../run and ../test: what both need.
# shellcheck shell=bash

# Becomes COMMAND in a process group of its own, to be used with "&": so Ctrl-C at the terminal
# reaches the script only, and "kill -- -PID" reaches all that the command has started.
own_group() { # COMMAND…
  if command -v setsid >/dev/null 2>&1; then
    exec setsid "$@"
  else
    exec perl -e 'setpgrp(0, 0); exec @ARGV' "$@"
  fi
}

missing=()

major_version() { # of a text such as: openjdk version "17.0.15" or v20.20.2
  [[ $1 =~ ([0-9]+)(\.[0-9]+)* ]] && printf '%s' "${BASH_REMATCH[1]}"
}

need_command() { # COMMAND REMEDY
  command -v "$1" >/dev/null 2>&1 || missing+=("$1 is not installed. $2")
}

check_tools() { # names all missing tools, each with its remedy
  local jdk="A JDK 17 or later is needed: apt-get install openjdk-17-jdk-headless, or https://adoptium.net"
  local node="Node 20 or later with npm is needed: https://nodejs.org (Debian 12's own is too old)"
  local version
  need_command java "$jdk"
  need_command javac "$jdk"
  need_command mvn "Maven 3.8 or later is needed: apt-get install maven, or https://maven.apache.org"
  need_command node "$node"
  need_command npm "$node"
  if command -v java >/dev/null 2>&1; then
    version=$(java -version 2>&1 | grep -m1 version || true)
    if (($(major_version "$version" || echo 0) < 17)); then
      missing+=("java is too old ($version). $jdk")
    fi
  fi
  if command -v node >/dev/null 2>&1; then
    version=$(node --version 2>/dev/null || true)
    if (($(major_version "$version" || echo 0) < 20)); then
      missing+=("node is too old ($version). $node")
    fi
  fi
  if ((${#missing[@]} > 0)); then
    printf '%s\n' "${missing[@]}" >&2
    return 1
  fi
}
