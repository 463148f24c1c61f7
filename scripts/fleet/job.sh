#!/bin/sh
# One job of mapstorm on one machine, for all fleet engines. It outlives the connection that started it. POSIX sh, and the tools of any Linux.
#
#   job.sh state DIR          makes DIR; prints three lines: the state, the KiB free in DIR, DIR as an absolute path
#   job.sh start DIR LIMIT    starts the job apart from this shell; DIR holds `mapstorm` and `command`
#   job.sh run DIR LIMIT      the same, and waits; exits with the job's code
#   job.sh pack DIR           writes DIR/packed.tar.gz: what was measured, finished or not
#   job.sh remove DIR         ends what still runs, and removes DIR
#
# States: `none`, `running`, `ended CODE`, `killed` (was started, does not run, left no exit code).
# DIR/command holds the arguments of mapstorm, quoted as for a shell. LIMIT is in seconds: then mapstorm gets a SIGTERM, on which it keeps
# what it has measured. A job leaves stdout.txt, stderr.txt, exit-code, and result/ where the command measures,
# or result.incomplete/.
set -eu
what=$1 dir=$2 limit=${3:-}
# A `~` that came through quotes is still the home directory.
case $dir in \~/*) dir=$HOME/${dir#??} ;; esac
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd -P)

running() {
    [ -s "$dir/pid" ] || return 1
    pid=$(cat "$dir/pid")
    # After a restart of the machine the number may be that of another process, so its arguments count too.
    case $({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null) in *"job.sh run $dir "*) return 0 ;; *) return 1 ;; esac
}

state() {
    if [ -s "$dir/exit-code" ]; then
        echo "ended $(cat "$dir/exit-code")"
    elif running; then
        echo running
    elif [ -e "$dir/pid" ]; then
        echo killed
    else
        echo none
    fi
}

run() {
    cd "$dir"
    echo $$ >pid
    eval "set -- $(cat command)"
    case $1 in qualify | run | cost | shootdown | ab) set -- "$@" --out result ;; esac
    began=$(date +%s) code=0
    # Wide lines: reasons are read from them. In the foreground, so that `remove` reaches it through this process group.
    COLUMNS=400 timeout --foreground --preserve-status --kill-after=120 "$limit" ./mapstorm "$@" </dev/null >stdout.txt 2>stderr.txt || code=$?
    if [ $(($(date +%s) - began)) -ge "$limit" ]; then echo "job.sh: stopped at its limit of $limit s" >>stderr.txt; fi
    # Renamed, so that a code is there whole or not at all.
    echo "$code" >exit-code.part
    mv exit-code.part exit-code
    return "$code"
}

case $what in
    state)
        mkdir -p "$dir"
        chmod 700 "$dir"
        dir=$(cd "$dir" && pwd -P)
        state
        df -Pk "$dir" | awk 'NR == 2 { print $4 }'
        echo "$dir"
        ;;
    start)
        rm -rf "$dir/exit-code" "$dir/pid" "$dir"/result* "$dir"/.result*
        # A session of its own: the hang-up of a lost connection does not reach it.
        setsid sh "$dir/job.sh" run "$dir" "$limit" </dev/null >/dev/null 2>&1 &
        waited=0
        until [ -s "$dir/pid" ] || [ "$waited" -ge 30 ]; do
            sleep 1
            waited=$((waited + 1))
        done
        [ -s "$dir/pid" ] || { echo "the job did not start within $waited s: is there space in $dir, and setsid?" >&2; exit 1; }
        ;;
    run) run ;;
    pack)
        cd "$dir"
        # Where mapstorm was killed its unfinished result still holds the reserve and the database: files of 64 MiB and more stay out.
        find command stdout.txt stderr.txt exit-code result* .result* -type f ! -name .reserve -size -131072 2>/dev/null |
            tar -czf packed.tar.gz -T -
        ;;
    remove)
        # The job's session is its process group too; mapstorm's workers end with their driver. Debian's sh knows no `kill --`.
        if running; then
            kill -KILL "-$pid"
            while running; do sleep 1; done
        fi
        rm -rf "$dir"
        ;;
    *)
        echo "job.sh: $what: must be state, start, run, pack or remove" >&2
        exit 2
        ;;
esac
