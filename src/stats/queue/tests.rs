//! The simulation against what queueing theory knows exactly.

use super::*;

const MS: f64 = 1e6;

fn load(commit_rate_per_s: f64, hold_ns: f64) -> Load<'static> {
    Load {
        commit_rate_per_s,
        commits: Gaps::Poisson,
        hold_ns,
        spread: &[],
        reader_rate_per_s: 10.0,
        reader_cpu_ns: 20_000.0,
        cpus: 2.0,
    }
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

/// Evenly spaced quantiles of a distribution.
fn quantiles(of: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..1000).map(|i| of((f64::from(i) + 0.5) / 1000.0)).collect()
}

#[test]
fn commits_of_unequal_length_wait_as_in_m_g_1() {
    // Pollaczek and Khinchine: the mean wait is λ·E[S²] / (2(1 − ρ)).
    let exponential = quantiles(|q| -(1.0 - q).ln());
    let two_kinds = vec![0.5, 0.5, 0.5, 2.5];
    for spread in [&exponential, &two_kinds] {
        let moment = |power: i32| spread.iter().map(|x| (x * 10.0 * MS).powi(power)).sum::<f64>() / spread.len() as f64;
        for rho in [0.3, 0.6] {
            let rate = rho / moment(1);
            let load = Load { spread, reader_cpu_ns: 0.0, ..load(rate * 1e9, 10.0 * MS) };
            let prediction = predict(&load, 4e4 / rate / 1e9, 8);
            let waited = prediction.mean_commit_ns() - moment(1);
            let known = rate * moment(2) / (2.0 * (1.0 - rho));
            assert!((waited / known - 1.0).abs() < 0.06, "{rho}: {waited} instead of {known}");
            assert!((prediction.utilisation - rho).abs() < 1e-9);
        }
    }
}

#[test]
fn even_commits_of_unequal_length_wait_as_in_d_m_1() {
    // D/M/1: the mean wait is s·σ / (1 − σ) with σ the root below 1 of σ = exp(−(1 − σ)/ρ).
    let spread = quantiles(|q| -(1.0 - q).ln());
    for rho in [0.4, 0.7] {
        let sigma = (0..200).fold(0.0, |sigma: f64, _| (-(1.0 - sigma) / rho).exp());
        let even = Load { commits: Gaps::Even, spread: &spread, reader_cpu_ns: 0.0, ..load(rho * 100.0, 10.0 * MS) };
        let prediction = predict(&even, 4e4 / (rho * 100.0), 9);
        let mean = spread.iter().sum::<f64>() / spread.len() as f64 * 10.0 * MS;
        let (waited, known) = (prediction.mean_commit_ns() - mean, 10.0 * MS * sigma / (1.0 - sigma));
        assert!((waited / known - 1.0).abs() < 0.06, "{rho}: {waited} instead of {known}");
    }
}

#[test]
fn a_tail_of_holds_is_a_tail_of_waits() {
    // One commit of ten takes ten times as long: readers meet it in proportion to its length.
    let spread = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 10.0];
    let tailed = predict(&Load { spread: &spread, ..load(5.0, 10.0 * MS) }, 100.0, 3);
    let constant = predict(&load(5.0, 19.0 * MS), 100.0, 3);
    assert!((tailed.utilisation - constant.utilisation).abs() < 1e-9, "the same time under the lock");
    // 5/s · 0.1 hold 100 ms: of readers 0.05 · (1 − 50/100) wait longer than 50 ms, but for queues.
    let found = tailed.reader_response_ns(1.0 - 0.025);
    assert!(found > 45.0 * MS && found < 60.0 * MS, "{found}");
    assert!(constant.reader_response_ns(0.975) < 25.0 * MS);
}

#[test]
fn even_commits_with_room_never_wait() {
    let even = Load { commits: Gaps::Even, reader_cpu_ns: 0.0, ..load(90.0, 10.0 * MS) };
    let prediction = predict(&even, 10.0, 1);
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
    // The writer that woke it goes on when it is through: the commit takes the 50 ms of its hold and the 21.4 ms of its herd.
    let commit = prediction.commit_response_ns(0.5);
    assert!((commit / (71.43 * MS) - 1.0).abs() < 1e-3, "{commit}");
    assert!((prediction.utilisation - 0.05).abs() < 1e-9, "the herd has the lock, not the writer");
}

#[test]
fn a_herd_gives_the_cpu_time_of_its_readers() {
    // The same herd: 21.43 ms after 50 ms, 6000 readers/s, 2 CPUs.
    let found = reader_cpu_ns(21.43 * MS, 50.0 * MS, 6e-6, 6e-6, 2.0);
    assert!((found / (0.1 * MS) - 1.0).abs() < 1e-3, "{found}");
    // A third of the readers is of this file: 100 readers of 0.1 ms, while 6000 a second come.
    let found = reader_cpu_ns(10.0 / 1.4 * MS, 50.0 * MS, 2e-6, 6e-6, 2.0);
    assert!((found / (0.1 * MS) - 1.0).abs() < 1e-3, "{found}");
}

#[test]
fn every_reader_of_a_herd_goes_before_the_next_commit() {
    // A reader waits while the lock is held (share ρ) and while a herd is left (share D/H of that), and all herds end
    // before the next commit: p = ρ(1 + D/H) = ρ/(1 − λc/C).
    for rho in [0.3, 0.5, 0.6] {
        let workers = Load { reader_rate_per_s: 6_000.0, reader_cpu_ns: 0.1 * MS, ..load(rho * 50.0, 20.0 * MS) };
        let waiting = predict(&workers, 60.0, 4).waiting();
        assert!((waiting / (rho / 0.7) - 1.0).abs() < 0.03, "{rho}: {waiting}");
    }
}

#[test]
fn a_reader_can_lose_against_a_commit_that_waits() {
    // Of two CPUs, and next to no other reader: whoever waits for a commit that is followed at once waits for the next too.
    let alone = Load { reader_rate_per_s: 0.1, reader_cpu_ns: 0.0, ..load(50.0, 10.0 * MS) };
    let one_cpu = Load { cpus: 1.0, ..alone };
    let [lost, never] = [alone, one_cpu].map(|load| predict(&load, 100.0, 6));
    assert!(never.reader_response_ns(1.0) <= 10.0 * MS + 1.0, "{}", never.reader_response_ns(1.0));
    assert!(lost.reader_response_ns(0.99) > 20.0 * MS, "{}", lost.reader_response_ns(0.99));
    // Many readers: next to none of them.
    let many = predict(&Load { reader_rate_per_s: 1e6, reader_cpu_ns: 1.0, ..load(50.0, 10.0 * MS) }, 100.0, 6);
    assert!(many.reader_response_ns(0.99) < 11.0 * MS, "{}", many.reader_response_ns(0.99));
}

#[test]
fn an_overloaded_lock_gets_worse_with_time() {
    // 140 % of what the lock can do: within T, T/1.4 is done and the last commit waits for 0.4 T.
    let many = Load { commits: Gaps::Even, reader_rate_per_s: 1000.0, ..load(14.0, 100.0 * MS) };
    let prediction = predict(&many, 10.0, 5);
    assert!((prediction.utilisation - 1.4).abs() < 1e-9);
    assert!((prediction.commits_completed - 1.0 / 1.4).abs() < 0.02, "{}", prediction.commits_completed);
    assert!((prediction.commit_response_ns(1.0) / 1e9 - 4.0).abs() < 0.3, "{}", prediction.commit_response_ns(1.0));
    // Most readers are let in after each commit, however many commits wait.
    assert!(prediction.readers_completed > 0.98, "{}", prediction.readers_completed);
    let readers = [0.5, 1.0].map(|q| prediction.reader_response_ns(q) / MS);
    assert!((readers[0] - 50.0).abs() < 5.0 && readers[1] < 500.0, "{readers:?}");
    let longer = predict(&many, 20.0, 5);
    assert!(longer.commit_response_ns(1.0) > 1.8 * prediction.commit_response_ns(1.0));
}

#[test]
fn overloaded_cpus_too() {
    // 30,000 readers/s of 0.1 ms are 3 CPUs of work for 2: after 10 s a third is not done, the last one 5 s behind.
    let workers = Load { reader_rate_per_s: 30_000.0, reader_cpu_ns: 0.1 * MS, ..load(0.0, 0.0) };
    let prediction = predict(&workers, 10.0, 6);
    assert!((prediction.reader_response_ns(1.0) / 1e9 - 5.0).abs() < 0.1, "{}", prediction.reader_response_ns(1.0));
    assert!((prediction.readers_completed - 2.0 / 3.0).abs() < 0.02, "{}", prediction.readers_completed);
    // 15,000/s would do, did the herd of each commit not take three times as long as its hold: 5/s · 400 ms.
    let half = Load { reader_rate_per_s: 30_000.0 / 2.0, reader_cpu_ns: 0.1 * MS, ..load(5.0, 100.0 * MS) };
    assert!(!half.is_stable());
    assert!(predict(&half, 20.0, 6).commit_response_ns(0.99) > predict(&half, 5.0, 6).commit_response_ns(0.99) * 2.0);
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
