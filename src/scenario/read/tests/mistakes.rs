//! What single mistakes and contradictions are answered with.

use insta::assert_snapshot;

use super::{report, report_on};

#[test]
fn unknown_keys_and_sections() {
    assert_snapshot!(report_on("[readers]\ncuont = 5"), @r#"
    error: unknown key `cuont` in `[readers]`
     --> crowd.toml:3:1
      |
    3 | cuont = 5
      | ^^^^^ did you mean `count`?
      |
      = help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
    assert_snapshot!(report_on("[readers]\nwrite_size = 5"), @r#"
    error: unknown key `write_size` in `[readers]`
     --> crowd.toml:3:1
      |
    3 | write_size = 5
      | ^^^^^^^^^^ did you mean `file.write-size`?
      |
      = help: keys of `[readers]` are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
    assert_snapshot!(report_on("[reader]\ncount = 5"), @r#"
    error: unknown section `reader`
     --> crowd.toml:2:2
      |
    2 | [reader]
      |  ^^^^^^ did you mean `readers`?
      |
      = help: sections are `file`, `instances`, `readers`, `writer`, `run`, `slo`, `sweep`; above them stand `name`, `description`
    "#);
    assert_snapshot!(report_on("duration = '5s'"), @r#"
    error: unknown key `duration`
     --> crowd.toml:2:1
      |
    2 | duration = '5s'
      | ^^^^^^^^ did you mean `run.duration`?
      |
      = help: sections are `file`, `instances`, `readers`, `writer`, `run`, `slo`, `sweep`; above them stand `name`, `description`
    "#);
    assert_snapshot!(report_on("[readers.ramp]\nform = 5"), @r#"
    error: `readers.ramp` needs `from`
     --> crowd.toml:2:1
      |
    2 | [readers.ramp]
      | ^^^^^^^^^^^^^^ `from` is missing
      |
      = help: `from`: Mappers at the beginning; at most `count`.

    error: `readers.ramp` needs `over`
     --> crowd.toml:2:1
      |
    2 | [readers.ramp]
      | ^^^^^^^^^^^^^^ `over` is missing
      |
      = help: `over`: Time to grow; at most the run's duration.

    error: unknown key `form` in `readers.ramp`
     --> crowd.toml:3:1
      |
    3 | form = 5
      | ^^^^ did you mean `from`?
      |
      = help: keys of `readers.ramp` are `from`, `over`
    "#);
    assert_snapshot!(report_on("readers = 5"), @r#"
    error: `readers` must be a section
     --> crowd.toml:2:11
      |
    2 | readers = 5
      |           ^ this is a whole number
      |
      = help: write `[readers]`; its keys are `count`, `open`, `arrivals`, `rate`, `think`, `lock`, `remap`, `prefault`, `ramp`, `operations`
    "#);
}

#[test]
fn unknown_choices_and_operations() {
    assert_snapshot!(report_on("[readers]\nopen = 'read_only'"), @r#"
    error: `readers.open` cannot be `read_only`
     --> crowd.toml:3:8
      |
    3 | open = 'read_only'
      |        ^^^^^^^^^^^ did you mean `read-only`?
      |
      = help: allowed: `read-write`, `read-only`
    "#);
    assert_snapshot!(report_on("[readers]\nlock = 'mutex'"), @r#"
    error: `readers.lock` cannot be `mutex`
     --> crowd.toml:3:8
      |
    3 | lock = 'mutex'
      |        ^^^^^^^ there is no such choice
      |
      = help: allowed: `fcntl`, `flock`, `none`
    "#);
    assert_snapshot!(report_on("[readers]\noperations = { lookups = 1, store = 2, list = -3 }"), @r#"
    error: unknown operation `lookups` in `readers.operations`
     --> crowd.toml:3:16
      |
    3 | operations = { lookups = 1, store = 2, list = -3 }
      |                ^^^^^^^ did you mean `lookup`?
      |
      = help: operations are `lookup`, `list`, `noop`

    error: unknown operation `store` in `readers.operations`
     --> crowd.toml:3:29
      |
    3 | operations = { lookups = 1, store = 2, list = -3 }
      |                             ^^^^^ there is no such operation
      |
      = help: operations are `lookup`, `list`, `noop`

    error: the weight of `list` must be a number from 0 to 1000000000000
     --> crowd.toml:3:47
      |
    3 | operations = { lookups = 1, store = 2, list = -3 }
      |                                               ^^ this is a negative or very large number
      |
      = help: only the ratio of the weights counts
    "#);
    assert_snapshot!(report_on("[writer]\noperations = { store = 0 }"), @r#"
    error: `writer.operations` leaves nothing to do
     --> crowd.toml:3:14
      |
    3 | operations = { store = 0 }
      |              ^^^^^^^^^^^^^ every weight is 0
      |
      = help: allowed: table of weights, 0 or more and not all 0, of `store`, `replace`, `delete`
    "#);
}

#[test]
fn wrong_types_units_and_ranges() {
    assert_snapshot!(report_on("[readers]\ncount = 'many'\nrate = 10\nthink = true"), @r#"
    error: `readers.count` must be a whole number
     --> crowd.toml:3:9
      |
    3 | count = 'many'
      |         ^^^^^^ this is a string
      |
      = help: allowed: whole number from 0 to 1000000

    error: `readers.rate` must be a rate
     --> crowd.toml:4:8
      |
    4 | rate = 10
      |        ^^ a rate needs a unit
      |
      = help: allowed: 0.1/h to 1000000/s; units are /s, /min and /h, as in `10/s`, `600/min` or `0.2/s`

    error: `readers.think` must be a duration
     --> crowd.toml:5:9
      |
    5 | think = true
      |         ^^^^ this is a boolean
      |
      = help: allowed: 0 ns to 1 h; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`

    error: `readers.think` does not go with `poisson` arrivals
     --> crowd.toml:5:9
      |
    5 | think = true
      |         ^^^^ an open loop has no pauses: operations are due at their rate
      |
      = help: arrivals are `poisson` unless said otherwise
      = help: give `rate` instead of `think`, or choose `arrivals = "closed"`
    "#);
    assert_snapshot!(report_on("[run]\nwarm-up = '5 sec'\nduration = '25h'\nstall = 1.5"), @r#"
    error: `run.warm-up` must be a duration
     --> crowd.toml:3:11
      |
    3 | warm-up = '5 sec'
      |           ^^^^^^^ unknown unit `sec`
      |
      = help: allowed: 0 ns to 24 h; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`

    error: `run.duration` is out of range
     --> crowd.toml:4:12
      |
    4 | duration = '25h'
      |            ^^^^^ this is too large
      |
      = help: allowed: 1 ms to 24 h

    error: `run.stall` must be a duration
     --> crowd.toml:5:9
      |
    5 | stall = 1.5
      |         ^^^ a duration needs a unit
      |
      = help: allowed: 1 µs to 10 min; units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`
    "#);
    assert_snapshot!(report("[file]\nsize = '24Mib'\nwrite-size = '1000'", &[]), @r#"
    error: `file.size` must be a size
     --> crowd.toml:2:8
      |
    2 | size = '24Mib'
      |        ^^^^^^^ unknown unit `Mib`; did you mean `MiB`?
      |
      = help: allowed: 4 KiB to 16 TiB; units are B, KiB, MiB, GiB, TiB (1024) and kB, MB, GB, TB (1000), as in `150MiB` or `4096`

    error: `file.write-size` is out of range
     --> crowd.toml:3:14
      |
    3 | write-size = '1000'
      |              ^^^^^^ 1000 bytes are no multiple of 512
      |
      = help: allowed: 512 B to 64 MiB, a multiple of 512
    "#);
    assert_snapshot!(report_on("name = 'Quick Start'\n[instances]\ncount = 0\n[readers]\ncount = -1"), @r#"
    error: `name` cannot be `Quick Start`
     --> crowd.toml:2:8
      |
    2 | name = 'Quick Start'
      |        ^^^^^^^^^^^^^ a name is small letters, digits, `-` and `.`
      |
      = help: allowed: `a` to `z`, `0` to `9`, and after the first also `-` and `.`

    error: `instances.count` is out of range
     --> crowd.toml:4:9
      |
    4 | count = 0
      |         ^ this is too small
      |
      = help: allowed: whole number from 1 to 1000

    error: `readers.count` must be a whole number
     --> crowd.toml:6:9
      |
    6 | count = -1
      |         ^^ this is a negative or very large number
      |
      = help: allowed: whole number from 0 to 1000000
    "#);
    assert_snapshot!(report_on("[writer]\nrate = '0/s'\nsync = 'yes'"), @r#"
    error: `writer.rate` is out of range
     --> crowd.toml:3:8
      |
    3 | rate = '0/s'
      |        ^^^^^ this is too small
      |
      = help: allowed: 0.1/h to 1000000/s

    error: `writer.sync` must be `true` or `false`
     --> crowd.toml:4:8
      |
    4 | sync = 'yes'
      |        ^^^^^ this is a string
      |
      = help: allowed: `true` or `false`
    "#);
}

#[test]
fn contents_of_the_file() {
    assert_snapshot!(report("[readers]\ncount = 5", &[]), @r#"
    error: nothing says what the file holds
     --> crowd.toml:1:1
      |
    1 | [readers]
      | ^ `size`, `mailboxes` or `source` is missing
      |
      = help: in `[file]`, give `size = "150MiB"`, `mailboxes = 100000`, or `source = "/path/mailboxes.db"`
    "#);
    assert_snapshot!(report("[file]\nformat = 'flat'", &[]), @r#"
    error: nothing says what the file holds
     --> crowd.toml:1:2
      |
    1 | [file]
      |  ^^^^ `size`, `mailboxes` or `source` is missing
      |
      = help: in `[file]`, give `size = "150MiB"`, `mailboxes = 100000`, or `source = "/path/mailboxes.db"`
    "#);
    assert_snapshot!(report("[file]\nsize = '1MiB'\nmailboxes = 7", &[]), @r#"
    error: `size`, `mailboxes` and `source` exclude each other
     --> crowd.toml:2:8
      |
    2 | size = '1MiB'
      |        ^^^^^^ `size` is given here
    3 | mailboxes = 7
      |             - `mailboxes` is given here
      |
      = help: keep one of them
    "#);
    assert_snapshot!(report("[file]\nsource = '/a'\nformat = 'flat'", &[]), @r#"
    error: `file.format` and `file.source` exclude each other
     --> crowd.toml:3:10
      |
    2 | source = '/a'
      |          ---- this file says itself what it is
    3 | format = 'flat'
      |          ^^^^^^ `format` is for generated files
      |
      = help: leave out `format`
    "#);
    assert_snapshot!(report("[file]\nsize = '1MiB'\nformat = 'flat'\nrecords = 'cyrus-2.3'", &[]), @r#"
    error: a `flat` file has no records
     --> crowd.toml:4:11
      |
    3 | format = 'flat'
      |          ------ the file is flat
    4 | records = 'cyrus-2.3'
      |           ^^^^^^^^^^^ `records` means nothing here
      |
      = help: leave out `records`, or choose `format = "skiplist"` or `"twoskip"`
    "#);
    assert_snapshot!(report("[file]\nsize = '4GiB'\nformat = 'skiplist'", &[]), @r#"
    error: a skiplist holds less than 4 GiB, as its offsets have 32 bits
     --> crowd.toml:2:8
      |
    2 | size = '4GiB'
      |        ^^^^^^ at least 4 GiB in each instance
    3 | format = 'skiplist'
      |          ---------- the format is chosen here
      |
      = help: take less, more instances, or `format = "twoskip"`
    "#);
    assert_snapshot!(report("[file]\nmailboxes = 60_000_000\nformat = 'skiplist'", &[]), @r#"
    error: a skiplist holds less than 4 GiB, as its offsets have 32 bits
     --> crowd.toml:2:13
      |
    2 | mailboxes = 60_000_000
      |             ^^^^^^^^^^ at least 4.69 GiB in each instance
    3 | format = 'skiplist'
      |          ---------- the format is chosen here
      |
      = help: take less, more instances, or `format = "twoskip"`
    "#);
}

#[test]
fn arrivals() {
    assert_snapshot!(report_on("[readers]\narrivals = 'closed'\nrate = '1/s'"), @r#"
    error: `readers.rate` does not go with `closed` arrivals
     --> crowd.toml:4:8
      |
    3 | arrivals = 'closed'
      |            -------- arrivals are chosen here
    4 | rate = '1/s'
      |        ^^^^^ a closed loop has no rate: the system's own speed decides
      |
      = help: give `think` instead of `rate`, or choose `arrivals = "poisson"` or `"even"`
    "#);
    assert_snapshot!(report_on("[writer]\nthink = '1s'"), @r#"
    error: `writer.think` does not go with `poisson` arrivals
     --> crowd.toml:3:9
      |
    3 | think = '1s'
      |         ^^^^ an open loop has no pauses: operations are due at their rate
      |
      = help: arrivals are `poisson` unless said otherwise
      = help: give `rate` instead of `think`, or choose `arrivals = "closed"`
    "#);
}

#[test]
fn crowds_and_times() {
    assert_snapshot!(report_on("[readers]\nramp = { from = 500, over = '20s' }"), @r#"
    error: the ramp begins above the number of readers
     --> crowd.toml:3:17
      |
    3 | ramp = { from = 500, over = '20s' }
      |                 ^^^ 500 mappers at the beginning
      |
      = help: allowed: `from` up to 200

    error: the ramp is longer than the run
     --> crowd.toml:3:29
      |
    3 | ramp = { from = 500, over = '20s' }
      |                             ^^^^^ it would end after 20 s
      |
      = help: allowed: `over` up to `run.duration`, 10 s
    "#);
    assert_snapshot!(report_on("[readers]\nramp = { from = 100 }"), @r#"
    error: `readers.ramp` needs `over`
     --> crowd.toml:3:8
      |
    3 | ramp = { from = 100 }
      |        ^^^^^^^^^^^^^^ `over` is missing
      |
      = help: `over`: Time to grow; at most the run's duration.
    "#);
    assert_snapshot!(report_on("[instances]\ncount = 12\n[readers]\ncount = 5"), @r#"
    error: there are more instances than readers
     --> crowd.toml:3:9
      |
    3 | count = 12
      |         ^^ 12 instances share 5 readers
      |
      = help: allowed here: `instances.count` up to 5
    "#);
    assert_snapshot!(report_on("[instances]\ncount = 2\n[readers]\ncount = 0"), @r#"
    error: there are more instances than readers
     --> crowd.toml:3:9
      |
    3 | count = 2
      |         ^ 2 instances share 0 readers
      |
      = help: allowed here: `instances.count` up to 1
    "#);
    assert_snapshot!(report_on("[instances]\ncount = 1000\n[readers]\ncount = 1000"), @r#"
    error: there are more instances than 4 KiB pages in the file
     --> crowd.toml:3:9
      |
    3 | count = 1000
      |         ^^^^ 1000 instances share 1 MiB
      |
      = help: allowed here: `instances.count` up to 256
    "#);
    assert_snapshot!(report_on("[writer]\ncount = 0\nrate = '5/s'"), @r#"
    error: a rate is given, but there is no writer
     --> crowd.toml:4:8
      |
    3 | count = 0
      |         - there are 0 writers
    4 | rate = '5/s'
      |        ^^^^^ nobody commits at this rate
      |
      = help: leave out `writer.rate`, or give `writer.count = 1`
    "#);
    assert_snapshot!(report_on("[writer]\ncount = 0\n[readers]\ncount = 0"), @r#"
    error: there are neither readers nor writers
     --> crowd.toml:5:9
      |
    3 | count = 0
      |         - no writers
    4 | [readers]
    5 | count = 0
      |         ^ no readers
      |
      = help: give `readers.count` or `writer.count`
    "#);
    assert_snapshot!(report_on("[run]\ninterval = '300ms'"), @r#"
    error: `run.interval` must divide one second, or be whole seconds
     --> crowd.toml:3:12
      |
    3 | interval = '300ms'
      |            ^^^^^^^ the timeline would not meet the full seconds
      |
      = help: take 10ms, 20ms, 50ms, 100ms, 200ms, 250ms, 500ms, 1s, 2s, …
    "#);
    assert_snapshot!(report_on("[run]\nduration = '50ms'"), @r#"
    error: the timeline's interval is longer than the run
     --> crowd.toml:3:12
      |
    3 | duration = '50ms'
      |            ^^^^^^ the interval is 100 ms
      |
      = help: allowed: `run.interval` up to `run.duration`, and 10 ms to 60 s
    "#);
}

#[test]
fn objectives() {
    assert_snapshot!(report_on("[slo]\nclauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]"), @r#"
    error: `lokup.p99<=50ms` is not an objective
     --> crowd.toml:3:12
      |
    3 | clauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]
      |            ^^^^^^^^^^^^^^^^^ did you mean `lookup.p99`?
      |
      = help: metrics are `<lookup|list|noop|reader|store|replace|delete|commit>.<p50|p90|p99|p99.9|max>`, `freeze.longest` and `rate`

    error: `rate<=1` is not an objective
     --> crowd.toml:3:31
      |
    3 | clauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]
      |                               ^^^^^^^^^ `rate` is bounded from below: write `>=` or `>`
      |
      = help: write, for example, `lookup.p99<=50ms` or `rate>=0.99`

    error: `commit.max<=5` is not an objective
     --> crowd.toml:3:42
      |
    3 | clauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]
      |                                          ^^^^^^^^^^^^^^^ a duration needs a unit
      |
      = help: units are ns, us, ms, s, min and h, as in `50ms`, `1.5s` or `2min`

    error: `slo.clauses` must be an array of strings
     --> crowd.toml:3:59
      |
    3 | clauses = ['lokup.p99<=50ms', 'rate<=1', 'commit.max<=5', 7]
      |                                                           ^ this is a whole number
    "#);
}
