//! The simulation against what queueing theory knows exactly.

use super::*;

const MS: f64 = 1e6;

fn load(commit_rate_per_s: f64, hold_ns: f64) -> Load {
    Load {
        commit_rate_per_s,
        commits: Gaps::Poisson,
        hold_ns,
        reader_rate_per_s: 10.0,
        reader_cpu_ns: 20_000.0,
        cpus: 2.0,
    }
}

#[test]
fn utilisation_is_rate_times_cost() {
    assert!((utilisation(10.0, 143_000.0, 6_400.0, 6_000.0, 2.0) - 0.77086).abs() < 1e-9);
    assert_eq!(utilisation(0.0, 1.0, 1.0, 1.0, 1.0), 0.0);
}

#[test]
fn commits_wait_as_in_m_d_1() {
    for (rho, tolerance) in [(0.3, 0.03), (0.5, 0.03), (0.8, 0.05)] {
        let hold = 10.0 * MS;
        // Long enough for 40,000 commits in each of five stretches.
        let prediction = predict(&load(rho / hold * 1e9, hold), 4e4 * hold / rho / 1e9, 1);
        let waited = prediction.mean_commit_ns() - hold;
        let known = rho * hold / (2.0 * (1.0 - rho));
        assert!((waited / known - 1.0).abs() < tolerance, "{rho}: {waited} instead of {known}");
        assert!((prediction.utilisation - rho).abs() < 1e-9);
        assert!(prediction.commit_response_ns(0.0) >= hold - 1.0);
        assert!(prediction.commits_completed > 0.999);
    }
}

#[test]
fn even_commits_with_room_never_wait() {
    let prediction = predict(&Load { commits: Gaps::Even, ..load(90.0, 10.0 * MS) }, 10.0, 1);
    assert!((prediction.commit_response_ns(1.0) / (10.0 * MS) - 1.0).abs() < 1e-6);
    assert!((prediction.waiting() - 0.9).abs() < 0.01, "{}", prediction.waiting());
    assert!(prediction.longest_wait_ns > 9.0 * MS && prediction.longest_wait_ns < 10.1 * MS);
}

#[test]
fn readers_wait_as_often_as_the_lock_is_held() {
    for rho in [0.1, 0.5] {
        let prediction = predict(&load(rho * 100.0, 10.0 * MS), 60.0, 2);
        assert!((prediction.waiting() - rho).abs() < 0.02, "{rho}: {}", prediction.waiting());
        assert_eq!(prediction.reader_response_ns(0.4 * (1.0 - rho)), 20_000.0, "most are not hindered");
    }
}

#[test]
fn rare_commits_make_the_tail_that_arithmetic_says() {
    // One commit of 50 ms in 10 s: a reader waits over t with probability 0.1/s · (50 ms − t).
    let prediction = predict(&load(0.1, 50.0 * MS), 100.0, 3);
    for t in [5.0 * MS, 25.0 * MS, 45.0 * MS] {
        let over = 0.1 / 1e9 * (50.0 * MS - t);
        let found = prediction.reader_response_ns(1.0 - over) - 20_000.0;
        assert!((found - t).abs() < 1.5 * MS, "{found} instead of {t}");
    }
    assert_eq!(prediction.reader_response_ns(0.99), 20_000.0);
    let longest = prediction.longest_wait_ns;
    assert!(longest > 30.0 * MS && longest < 52.0 * MS, "ten readers a second: {longest}");
    let seldom = predict(&load(0.01, 50.0 * MS), 10.0, 3);
    assert_eq!(seldom.longest_wait_ns, 0.0, "nine of ten durations have no commit");
}

#[test]
fn the_herd_needs_its_time() {
    // 50 ms with 6000 readers/s: 300 of 0.1 ms on 2 CPUs, while more come: over after 300 · 0.1 / (2 − 0.6) = 21.4 ms.
    let workers =
        Load { commits: Gaps::Even, reader_rate_per_s: 6_000.0, reader_cpu_ns: 0.1 * MS, ..load(1.0, 50.0 * MS) };
    let prediction = predict(&workers, 10.0, 4);
    let slowest = prediction.reader_response_ns(1.0);
    assert!(slowest > 68.0 * MS && slowest < 71.6 * MS, "{slowest}");
    assert!((prediction.waiting() - 0.0714).abs() < 0.002, "{}", prediction.waiting());
    assert!(prediction.longest_wait_ns > 65.0 * MS && prediction.longest_wait_ns < slowest);
}

#[test]
fn herds_that_commits_interrupt_lose_no_reader() {
    // What comes while the lock is held or a herd is left (share p) goes at the CPUs' full rate in what of p is free:
    // λp = (C/c)(p − ρ), so p = ρ/(1 − λc/C).
    for rho in [0.3, 0.5, 0.6] {
        let workers = Load { reader_rate_per_s: 6_000.0, reader_cpu_ns: 0.1 * MS, ..load(rho * 50.0, 20.0 * MS) };
        let waiting = predict(&workers, 60.0, 4).waiting();
        assert!((waiting / (rho / 0.7) - 1.0).abs() < 0.03, "{rho}: {waiting}");
    }
}

#[test]
fn an_overloaded_lock_gets_worse_with_time() {
    // 140 % of what the lock can do: within T, T/1.4 is done and the last commit waits for 0.4 T.
    let prediction = predict(&Load { commits: Gaps::Even, ..load(14.0, 100.0 * MS) }, 10.0, 5);
    assert!((prediction.utilisation - 1.4).abs() < 1e-9);
    assert!((prediction.commits_completed - 1.0 / 1.4).abs() < 0.02, "{}", prediction.commits_completed);
    assert!((prediction.commit_response_ns(1.0) / 1e9 - 4.0).abs() < 0.3, "{}", prediction.commit_response_ns(1.0));
    assert!(prediction.readers_completed < 0.02, "readers starve: {}", prediction.readers_completed);
    assert!(prediction.reader_response_ns(0.5) > 5e9);
    let longer = predict(&Load { commits: Gaps::Even, ..load(14.0, 100.0 * MS) }, 20.0, 5);
    assert!(longer.longest_wait_ns > 1.8 * prediction.longest_wait_ns);
}

#[test]
fn overloaded_cpus_too() {
    // 30,000 readers/s of 0.1 ms are 3 CPUs of work for 2: after 10 s a third is not done, the last one 5 s behind.
    let workers = Load { reader_rate_per_s: 30_000.0, reader_cpu_ns: 0.1 * MS, ..load(0.0, 0.0) };
    let prediction = predict(&workers, 10.0, 6);
    assert!((prediction.reader_response_ns(1.0) / 1e9 - 5.0).abs() < 0.1, "{}", prediction.reader_response_ns(1.0));
    assert!((prediction.readers_completed - 2.0 / 3.0).abs() < 0.02, "{}", prediction.readers_completed);
    // 15,000/s would do, were the lock not held for half of the time.
    let half = Load { reader_rate_per_s: 30_000.0 / 2.0, reader_cpu_ns: 0.1 * MS, ..load(5.0, 100.0 * MS) };
    assert!(!half.is_stable());
    assert!(predict(&half, 20.0, 6).reader_response_ns(0.99) > predict(&half, 5.0, 6).reader_response_ns(0.99) * 2.0);
}

#[test]
fn nothing_to_wait_for() {
    let prediction = predict(&load(0.0, 10.0 * MS), 10.0, 7);
    assert_eq!(prediction.reader_response_ns(1.0), 20_000.0);
    assert_eq!(prediction.commit_response_ns(0.5), 10.0 * MS);
    assert_eq!((prediction.utilisation, prediction.longest_wait_ns), (0.0, 0.0));
    assert_eq!((prediction.readers_completed, prediction.commits_completed), (1.0, 1.0));
}

#[test]
fn the_same_seed_gives_the_same_prediction() {
    let load = load(10.0, 10.0 * MS);
    assert_eq!(predict(&load, 10.0, 1), predict(&load, 10.0, 1));
    assert_ne!(predict(&load, 10.0, 1), predict(&load, 10.0, 2));
}
