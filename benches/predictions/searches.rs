//! What is searched for: nine that the model was made with, and six that had no part in that.

pub struct Search {
    pub name: &'static str,
    pub scenario: &'static str,
    pub objective: &'static str,
    /// Whether the model was made without it.
    pub held_out: bool,
}

/// The scenario whose mitigations are predicted too.
pub const WHAT_IF: &str = "fastmail-150m-6000";

/// A search over `readers.count`, in runs of 10 s.
macro_rules! search {
    ($name:literal, $objective:literal, $file:literal, $readers:literal, $writer:literal, $more:literal, $held_out:literal) => {
        Search {
            name: $name,
            objective: $objective,
            scenario: concat!(
                "name = \"predicted\"\n[file]\n",
                $file,
                "\n[readers]\ncount = 400\nprefault = \"touch\"\n",
                $readers,
                "\n[writer]\n",
                $writer,
                "\n[run]\nwarm-up = \"2s\"\nduration = \"10s\"\n",
                $more
            ),
            held_out: $held_out,
        }
    };
}

pub const SEARCHES: &[Search] = &[
    search!(
        "flat, 512 KiB, 20/s, `reader.p90<=6ms`",
        "reader.p90<=6ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '512KiB'",
        "rate = '0.5/s'",
        "rate = '20/s'",
        "",
        false
    ),
    search!(
        "flat, 1 MiB, 15/s, `reader.p90<=8ms`",
        "reader.p90<=8ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '15/s'",
        "",
        false
    ),
    search!(
        "flat, 64 KiB, 30/s, `commit.p90<=6ms`",
        "commit.p90<=6ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '64KiB'",
        "rate = '0.5/s'",
        "rate = '30/s'",
        "",
        false
    ),
    search!(
        "flat, 256 KiB, 25/s, `commit.p50<=6ms`",
        "commit.p50<=6ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '256KiB'",
        "rate = '0.5/s'",
        "rate = '25/s'",
        "",
        false
    ),
    search!(
        "flat, 1 MiB, 10/s even, `reader.p99<=10ms`",
        "reader.p99<=10ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '10/s'\narrivals = 'even'",
        "",
        false
    ),
    search!(
        "flat, 128 KiB, 15/s, `commit.p90<=8ms`",
        "commit.p90<=8ms",
        "format = 'flat'\nsize = '16MiB'\nwrite-size = '128KiB'",
        "rate = '0.5/s'",
        "rate = '15/s'",
        "",
        false
    ),
    search!(
        "skiplist 30 MB, 1 MiB, 8/s, `lookup.p90<=12ms`",
        "lookup.p90<=12ms",
        "format = 'skiplist'\nsize = '30MB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '8/s'",
        "",
        false
    ),
    search!(
        "skiplist 20 MB, 1 MiB, 5/s, `lookup.p90<=15ms`",
        "lookup.p90<=15ms",
        "format = 'skiplist'\nsize = '20MB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '5/s'",
        "",
        false
    ),
    search!(
        "twoskip 16 MiB, 1 MiB, 8/s, `commit.p50<=25ms`",
        "commit.p50<=25ms",
        "format = 'twoskip'\nsize = '16MiB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '8/s'",
        "",
        false
    ),
    search!(
        "twoskip 24 MiB, 64 KiB, 10/s, `commit.p90<=20ms`",
        "commit.p90<=20ms",
        "format = 'twoskip'\nsize = '24MiB'\nwrite-size = '64KiB'",
        "rate = '0.5/s'",
        "rate = '10/s'",
        "",
        true
    ),
    search!(
        "twoskip 32 MiB, 4 KiB, 12/s, readers 1/s, `lookup.p90<=10ms`",
        "lookup.p90<=10ms",
        "format = 'twoskip'\nsize = '32MiB'\nwrite-size = '4KiB'",
        "rate = '1/s'",
        "rate = '12/s'",
        "",
        true
    ),
    search!(
        "skiplist 40 MB, 256 KiB, 12/s, readers 2/s, `commit.p90<=30ms`",
        "commit.p90<=30ms",
        "format = 'skiplist'\nsize = '40MB'\nwrite-size = '256KiB'",
        "rate = '2/s'",
        "rate = '12/s'",
        "",
        true
    ),
    search!(
        "twoskip 16 MiB, 1 MiB, 4/s even, `lookup.p99<=40ms`",
        "lookup.p99<=40ms",
        "format = 'twoskip'\nsize = '16MiB'\nwrite-size = '1MiB'",
        "rate = '0.5/s'",
        "rate = '4/s'\narrivals = 'even'",
        "",
        true
    ),
    search!(
        "flat, 1 MiB, 2 instances, 20/s, readers 1/s, `reader.p90<=5ms`",
        "reader.p90<=5ms",
        "format = 'flat'\nsize = '32MiB'\nwrite-size = '1MiB'",
        "rate = '1/s'",
        "rate = '20/s'",
        "[instances]\ncount = 2\n",
        true
    ),
    search!(
        "skiplist 30 MB read-only, 20/s, readers 4/s, `commit.p50<=3ms`",
        "commit.p50<=3ms",
        "format = 'skiplist'\nsize = '30MB'\nwrite-size = '1MiB'",
        "rate = '4/s'\nopen = 'read-only'",
        "rate = '20/s'",
        "",
        true
    ),
];
