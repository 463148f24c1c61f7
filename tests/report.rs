//! `mapstorm report` as a user drives it, on results of all kinds; and its pages in a real browser.
//! Where Chromium is missing, that part is skipped with a line that says so; with CI set it fails instead.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use assert_cmd::prelude::*;
use predicates::str::contains;
use regex::Regex;
#[cfg(feature = "png")]
use resvg::tiny_skia::Pixmap;
use tempfile::TempDir;

const CHROMIUM: &str = "/usr/bin/chromium";
/// A browser on a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(120);
const SAMPLES: [(&str, &str); 4] = [
    ("fastmail-150m-6000-read-only-2cpu-linux-6.18", "run.json"),
    ("knee-skiplist-30m-2cpu-linux-6.18", "sweep.json"),
    ("fastmail-150m-6000-what-if-2cpu-linux-6.18", "what-if.json"),
    ("cost-4000-2cpu-linux-6.18", "cost.json"),
];

fn mapstorm() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mapstorm"))
}

/// A copy of a sample's own files, without charts that were drawn before.
fn copy(sample: &str, directory: &TempDir) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples").join(sample);
    let to = directory.path().join(sample);
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        if entry.file_name() != "report.html" {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    to
}

fn names(directory: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(directory).map(|entries| entries.map(|it| it.unwrap().file_name())).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// All values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let pattern = Regex::new(&format!(r#"[\s<]{attribute}="([^"]*)""#)).unwrap();
    pattern.captures_iter(page).map(|found| found.get(1).unwrap().as_str()).collect()
}

/// A page needs nothing from outside, and what it points to is there.
fn check(page: &Path) {
    let text = fs::read_to_string(page).unwrap();
    let at = page.display();
    assert!(text.len() <= 3 << 20, "{at}: {} bytes", text.len());
    for loads in ["<script", "<link", "<iframe", "<img", "url(", "@import", "http://", "https://"] {
        assert!(!text.contains(loads), "{at}: {loads}");
    }
    let ids = values(&text, "id");
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{at}: an id comes twice");
    assert!(!values(&text, "href").is_empty());
    for href in values(&text, "href") {
        match href.strip_prefix('#') {
            Some(id) => assert!(ids.contains(&id), "{at}: nothing is called {id}"),
            None => assert!(page.with_file_name("").join(href).is_file(), "{at}: there is no {href}"),
        }
    }
    for id in values(&text, "aria-labelledby").iter().flat_map(|list| list.split(' ')) {
        assert!(ids.contains(&id), "{at}: nothing is called {id}");
    }
    let charts = page.with_file_name("charts");
    for svg in names(&charts).iter().filter(|name| name.ends_with(".svg")) {
        assert!(text.contains(&format!("charts/{svg}")), "{at}: {svg} is not in it");
    }
}

/// Comparisons of samples: the names of their directories.
const COMPARISONS: [&str; 3] = ["pair", "ranking", "costs"];

/// Makes them all.
fn compare(directory: &Path) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/samples");
    let run = samples.join("fastmail-150m-6000-2cpu-linux-6.18");
    let read_only = samples.join("fastmail-150m-6000-read-only-2cpu-linux-6.18");
    let cost = samples.join("cost-4000-2cpu-linux-6.18");
    let across = ["--across", "readers.open"];
    let ranked = ["--across", "readers.open", "--rank", "--slo", "lookup.p99<=50ms"];
    let what: [(&[&str], [&Path; 2]); 3] =
        [(&across, [&run, &read_only]), (&ranked, [&run, &read_only]), (&[], [&cost, &cost])];
    for (name, (options, results)) in COMPARISONS.iter().zip(what) {
        let out = directory.join(name);
        mapstorm().arg("compare").args(options).args(results).arg("--out").arg(out).assert().success();
    }
}

#[test]
fn every_comparison_gets_a_page() {
    let directory = tempfile::tempdir().unwrap();
    compare(directory.path());
    for name in COMPARISONS {
        let result = directory.path().join(name);
        assert_eq!(names(&result), ["charts", "comparison.json", "report.html"]);
        check(&result.join("report.html"));
    }
}

#[test]
fn every_kind_of_result_gets_a_page() {
    let directory = tempfile::tempdir().unwrap();
    for (sample, file) in SAMPLES {
        let result = copy(sample, &directory);
        let before = names(&result);
        let printed = format!("{}\n", result.join("report.html").display());
        mapstorm().arg("report").arg(&result).assert().success().stdout(printed.clone()).stderr("");
        check(&result.join("report.html"));
        let mut expected = [&*before, &["report.html".to_owned()]].concat();
        if result.join("charts").exists() {
            expected.push("charts".to_owned());
        }
        expected.sort();
        assert_eq!(names(&result), expected);
        // The JSON file does as well; the same data give the same bytes, and other files are left alone.
        let page = fs::read(result.join("report.html")).unwrap();
        fs::write(result.join("notes.txt"), "mine").unwrap();
        mapstorm().arg("report").arg(result.join(file)).assert().success().stdout(printed);
        assert_eq!(fs::read(result.join("report.html")).unwrap(), page);
        assert_eq!(fs::read_to_string(result.join("notes.txt")).unwrap(), "mine");
    }
}

#[test]
fn pictures_and_another_place() {
    let directory = tempfile::tempdir().unwrap();
    let result = copy("cost-4000-2cpu-linux-6.18", &directory);
    let before = names(&result);
    let out = directory.path().join("new/place");
    let mut report = mapstorm();
    report.arg("report").arg(&result).arg("--out").arg(&out);
    if cfg!(feature = "png") {
        report.arg("--png");
    } else {
        let refused = mapstorm().arg("report").arg(&result).arg("--png").assert();
        refused.code(2).stdout("").stderr(contains("--features png"));
    }
    report.assert().success();
    assert_eq!(names(&result), before, "the result is as it was");
    assert_eq!(names(&out), ["charts", "report.html"]);
    check(&out.join("report.html"));
    let charts = names(&out.join("charts"));
    let (svg, png): (Vec<_>, Vec<_>) = charts.iter().partition(|name| name.ends_with(".svg"));
    assert!(svg.len() >= 3 && png.len() == if cfg!(feature = "png") { svg.len() } else { 0 }, "{charts:?}");
    #[cfg(feature = "png")]
    assert_eq!(Pixmap::load_png(out.join("charts/cost-slopes-ext4.png")).unwrap().width(), 1800);
}

#[test]
fn what_is_no_result_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let refused = |path: &Path, why: &str| {
        mapstorm().arg("report").arg(path).assert().code(2).stdout("").stderr(contains(why));
    };
    refused(directory.path(), "not a result of mapstorm");
    refused(&directory.path().join("nowhere"), "no such directory");
    fs::write(directory.path().join("run.json"), "{\"format_version\": 1}").unwrap();
    refused(directory.path(), "format version 1");
    let result = copy(SAMPLES[0].0, &directory);
    fs::remove_file(result.join("slots.csv")).unwrap();
    refused(&result, "slots.csv");
    assert!(!result.join("report.html").exists());
}

#[test]
fn what_cannot_be_written_names_another_place() {
    let directory = tempfile::tempdir().unwrap();
    let result = copy(SAMPLES[1].0, &directory);
    // Root may write everywhere, but not a file over a directory.
    fs::create_dir(result.join("report.html")).unwrap();
    mapstorm().arg("report").arg(&result).assert().code(1).stdout("").stderr(contains("--out"));
}

#[test]
fn a_run_draws_its_page_unless_asked_not_to() {
    let directory = tempfile::tempdir().unwrap();
    let scenario = directory.path().join("small.toml");
    let text = "[file]\nformat = \"twoskip\"\nmailboxes = 300\n[readers]\ncount = 4\nrate = \"40/s\"\n[writer]\nrate = \"20/s\"\n\
                [run]\ncontrol = \"0ms\"\nwarm-up = \"100ms\"\nduration = \"500ms\"\ninterval = \"100ms\"\n";
    fs::write(&scenario, text).unwrap();
    let run = |name: &str, more: &[&str]| {
        let result = directory.path().join(name);
        mapstorm().arg("run").arg(&scenario).args(more).arg("--out").arg(&result).assert().success();
        result
    };
    check(&run("one", &[]).join("report.html"));
    assert!(!run("none", &["--no-report"]).join("report.html").exists());
    let sweep = run("sweep", &["--axis", "readers.count=2,3", "--repeats", "1"]);
    check(&sweep.join("report.html"));
    for point in names(&sweep.join("points")) {
        let point = sweep.join("points").join(point);
        assert!(!point.join("report.html").exists());
        mapstorm().arg("report").arg(&point).assert().success();
        check(&point.join("report.html"));
    }
}

/// What the pages' words are, with what differs from one version to the next left out.
#[test]
fn the_words_of_the_samples() {
    let pattern = |text: &str| Regex::new(text).unwrap();
    // Charts have tests of their own.
    let charts = pattern("(?s)<figure.*?</figure>|<p>No chart:[^<]*</p>");
    let (begin, cell, tag) = (pattern("<section id=([^ >]*)[^>]*>"), pattern("</t[hd]>"), pattern("<[^>]*>"));
    let directory = tempfile::tempdir().unwrap();
    for (sample, file) in SAMPLES {
        let result = copy(sample, &directory);
        mapstorm().arg("report").arg(&result).assert().success();
        let page = fs::read_to_string(result.join("report.html")).unwrap();
        let body = charts.replace_all(page.split_once("<body>").unwrap().1, "");
        let body = begin.replace_all(&body, "\n[section $1]\n");
        let body = cell.replace_all(&body, " | ");
        let words = tag.replace_all(&body, "").replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        insta::assert_snapshot!(file.replace(".json", ""), lines.join("\n"));
    }
}

/// Posts what a page in a frame measures to the page around it.
const PROBE: &str = "<script>addEventListener('load', () => { \
    const root = document.documentElement, style = it => it ? getComputedStyle(it) : null; \
    const wide = [...document.querySelectorAll('body *')].filter(it => !it.closest('.scroll, pre, .skip') && \
        it.getBoundingClientRect().right > root.clientWidth + 1).length; \
    parent.postMessage([root.clientWidth, root.scrollWidth, wide, style(document.body).backgroundColor, \
        style(document.querySelector('.chart [fill=\"#222222\"]'))?.fill, \
        style(document.querySelector('.chart [fill=\"#FFFFFF\"]'))?.fill].join(';'), '*') })</script>";
const AROUND: &str = "<!DOCTYPE html><meta name=color-scheme content='light dark'><pre id=told></pre><script>\
    addEventListener('message', it => { told.textContent += it.data + '\\n' })</script>";

/// Starts Chromium; what it printed. Gives up in time, whatever the browser does.
fn chromium(dark: bool, arguments: &[String]) -> String {
    let home = tempfile::tempdir().unwrap();
    let (out, errors) = (home.path().join("out"), home.path().join("errors"));
    let mut child = Command::new(CHROMIUM)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"])
        .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=5000"])
        .arg(format!("--blink-settings=preferredColorScheme={}", u8::from(!dark)))
        .arg(format!("--user-data-dir={}", home.path().join("user").display()))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).unwrap())
        .stderr(fs::File::create(&errors).unwrap())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("Chromium did not end within {PATIENCE:?}: {}", fs::read_to_string(&errors).unwrap());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let errors = String::from_utf8_lossy(&fs::read(&errors).unwrap()).into_owned();
    let console: Vec<&str> = errors.lines().filter(|line| line.contains(":CONSOLE")).collect();
    assert!(console.is_empty(), "the console is not silent: {console:?}");
    String::from_utf8_lossy(&fs::read(&out).unwrap()).into_owned()
}

fn has_chromium() -> bool {
    let is_there = Path::new(CHROMIUM).exists();
    if !is_there {
        assert!(std::env::var_os("CI").is_none(), "CI needs Chromium at {CHROMIUM}: run scripts/test.sh");
        eprintln!("skipped: no Chromium at {CHROMIUM}; scripts/test.sh installs it");
    }
    is_there
}

#[test]
fn a_browser_shows_every_page_on_small_and_large_screens_light_and_dark() {
    if !has_chromium() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut around = AROUND.to_owned();
    let sizes = [360, 390, 1280];
    let mut shown: Vec<&str> = COMPARISONS.to_vec();
    compare(directory.path());
    for (sample, _) in SAMPLES {
        let result = copy(sample, &directory);
        mapstorm().arg("report").arg(&result).assert().success();
        shown.push(sample);
    }
    for sample in &shown {
        let result = directory.path().join(sample);
        let page = fs::read_to_string(result.join("report.html")).unwrap();
        fs::write(result.join("probed.html"), page.replace("</body>", &format!("{PROBE}</body>"))).unwrap();
        for width in sizes {
            around +=
                &format!("<iframe width={width} height=900 style='border:0' src='{sample}/probed.html'></iframe>\n");
        }
    }
    let whole = directory.path().join("around.html");
    fs::write(&whole, around).unwrap();
    for dark in [false, true] {
        let dom = chromium(dark, &["--dump-dom".to_owned(), format!("file://{}", whole.display())]);
        let told = dom.split_once("<pre id=\"told\">").and_then(|(_, rest)| rest.split_once("</pre>")).unwrap().0;
        let (background, ink) =
            if dark { ("rgb(22, 25, 29)", "rgb(232, 232, 232)") } else { ("rgb(255, 255, 255)", "rgb(34, 34, 34)") };
        let mut seen = Vec::new();
        let mut charts = 0;
        for line in told.lines() {
            let [width, scroll, wide, behind, words, paper] = line.split(';').collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(width, scroll, "dark {dark}: wider than the screen: {line}");
            assert_eq!(wide, "0", "dark {dark}: something sticks out: {line}");
            assert_eq!(behind, background, "dark {dark}");
            if !words.is_empty() {
                // A chart has no paper of its own on a page: the shadow of what is cut off lies under it.
                assert_eq!((words, paper), (ink, "none"), "dark {dark}: a chart is not");
                charts += 1;
            }
            seen.push(width.parse::<u32>().unwrap());
        }
        seen.sort_unstable();
        let mut expected = sizes.repeat(shown.len());
        expected.sort_unstable();
        assert_eq!(seen, expected, "a page did not tell: {told}");
        assert!(charts >= sizes.len(), "no page with charts: {told}");
    }
}

#[cfg(feature = "png")]
#[test]
fn a_dark_page_is_dark_to_the_eye_and_prints_on_white() {
    if !has_chromium() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let result = copy("cost-4000-2cpu-linux-6.18", &directory);
    mapstorm().arg("report").arg(&result).assert().success();
    let page = format!("file://{}", result.join("report.html").display());
    for (dark, name) in [(true, "dark.png"), (false, "light.png")] {
        let picture = directory.path().join(name);
        chromium(
            dark,
            &["--window-size=1280,1600".to_owned(), format!("--screenshot={}", picture.display()), page.clone()],
        );
        let pixels = Pixmap::load_png(&picture).unwrap();
        let is_dark =
            |it: &&resvg::tiny_skia::PremultipliedColorU8| it.red() < 128 && it.green() < 128 && it.blue() < 128;
        let share = pixels.pixels().iter().filter(is_dark).count() as f64 / pixels.pixels().len() as f64;
        assert!(if dark { share > 0.8 } else { share < 0.2 }, "dark {dark}: {share:.2} of the pixels are dark");
    }
    let printed = directory.path().join("page.pdf");
    chromium(true, &["--no-pdf-header-footer".to_owned(), format!("--print-to-pdf={}", printed.display()), page]);
    assert!(fs::read(&printed).unwrap().starts_with(b"%PDF"));
}
