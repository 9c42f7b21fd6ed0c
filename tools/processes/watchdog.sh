#!/bin/sh
# Ends everything that was started from a folder, then removes the folder, as soon as standard input closes: that is
# when the process that owns the folder has stopped, crashed or been killed. Whatever the owner starts is started by a
# path below the folder (symbolic links), so the process list itself is the register; there is nothing to keep up to
# date and no moment in which a process exists but is not yet registered.
#
#   WATCHDOG_FOLDER  the folder
#   WATCHDOG_KEEP    `yes`: leave the folder (also if the owner writes `keep` before it closes)
#   WATCHDOG_GRACE   tenths of a second between SIGTERM and SIGKILL
#
# The folder is an environment variable, not an argument, so that this script is not its own victim.
trap '' HUP INT TERM
if [ "$(cat)" = keep ]; then WATCHDOG_KEEP=yes; fi

victims() {
  if command -v ps > /dev/null 2>&1; then
    ps -A -ww -o pid= -o args=
  else
    for process in /proc/[0-9]*; do
      printf '%s ' "${process#/proc/}"
      tr '\0' ' ' < "$process/cmdline" 2> /dev/null
      echo
    done
  fi | awk '{
    # The command itself is below the folder, or it is a script in its bin folder that an interpreter runs.
    pid = $1; sub(/^ *[0-9]+ +/, ""); argument = substr($0, index($0, " ") + 1); folder = ENVIRON["WATCHDOG_FOLDER"] "/"
    if (index($0, folder) == 1 || index(argument, folder "bin/") == 1) print pid
  }'
}

signal=TERM
round=0
quiet=0
# Two quiet rounds: a process may fork between one look and the next.
while [ "$quiet" -lt 2 ] && [ "$round" -lt 300 ]; do
  pids=$(victims)
  if [ -z "$pids" ]; then
    quiet=$((quiet + 1))
  else
    quiet=0
    if [ "$round" -ge "$WATCHDOG_GRACE" ]; then signal=KILL; fi
    if [ "$round" -eq 0 ] || [ "$signal" = KILL ]; then
      # shellcheck disable=SC2086 # one word for each process
      kill -s "$signal" $pids 2> /dev/null
    fi
  fi
  round=$((round + 1))
  if [ "$quiet" -lt 2 ]; then sleep 0.1; fi
done

if [ "$WATCHDOG_KEEP" = yes ]; then exit 0; fi
rm -rf "$WATCHDOG_FOLDER"
