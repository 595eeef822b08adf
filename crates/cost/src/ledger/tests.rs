//! Sums against a naive model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use tower_genai_core::clock::{Clock, Mock};
use tower_genai_core::{CostStatus, Usage, Usd};

use super::account::Key;
use super::spend::Addition;
use super::{Dimension, Spend, SpendLedger, SpendQuery, SpendReport};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// 2026-11-24 10:20:30 UTC.
fn morning() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_515_630)
}

struct Bench {
    ledger: SpendLedger,
    mock: Arc<Mock>,
}

impl Bench {
    fn new(accounts: usize, buckets: usize) -> Self {
        let (clock, mock) = Clock::mock();
        let builder = SpendLedger::builder().max_accounts(accounts).max_buckets(buckets);
        Self { ledger: builder.clock(clock).started_at(morning()).build(), mock }
    }

    fn call(&self, texts: [&str; 5], tags: &[&str], call: &Addition) {
        let tags: Vec<Box<str>> = tags.iter().map(|tag| Box::from(*tag)).collect();
        self.ledger.count(Key { texts, tags: &tags }, call);
    }

    fn user(&self, user: &str) {
        self.call(["m", "p", "a", "t", user], &[], &priced("0.5"));
    }

    fn report(&self, dimensions: &[Dimension], since: Option<Duration>) -> SpendReport {
        let query = dimensions.iter().fold(SpendQuery::new(), |query, by| query.group_by(*by));
        let query = since.map_or(query.clone(), |since| query.since(since));
        self.ledger.report(&query).unwrap()
    }

    /// How many calls each value has.
    fn calls(&self, dimension: Dimension, since: Option<Duration>) -> Vec<(String, u64)> {
        let report = self.report(&[dimension], since);
        let name = |value: Option<&str>| value.unwrap_or("-").to_owned();
        let mut calls: Vec<_> =
            report.groups().iter().map(|group| (name(group.value(0)), group.spend().calls)).collect();
        calls.sort_unstable();
        calls
    }
}

fn priced(cost: &str) -> Addition {
    Addition {
        status: Some(CostStatus::Priced),
        estimated: false,
        cost: Some(cost.parse().unwrap()),
        usage: Usage::new(2, 1),
    }
}

fn pairs(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(name, calls)| ((*name).to_owned(), *calls)).collect()
}

#[test]
fn what_cannot_be_priced_is_counted_by_why() {
    let bench = Bench::new(100, 1_000);
    let mut call = priced("0.25");
    let texts = ["m", "p", "", "", ""];
    bench.call(texts, &[], &call);
    call.cost = None;
    for status in
        [Some(CostStatus::Unpriced), Some(CostStatus::NoUsage), Some(CostStatus::InvalidUsage), None]
    {
        call.status = status;
        bench.call(texts, &[], &call);
    }
    (call.status, call.estimated, call.cost) = (Some(CostStatus::Priced), true, Some("3".parse().unwrap()));
    bench.call(texts, &[], &call);

    let report = bench.report(&[], None);
    let Spend { calls, priced_calls, unpriced_calls, no_usage_calls, invalid_usage_calls, .. } =
        *report.total();
    assert_eq!((calls, priced_calls, unpriced_calls, no_usage_calls, invalid_usage_calls), (6, 2, 1, 1, 1));
    assert_eq!(report.total().reported.cost.to_string(), "0.25");
    assert_eq!(report.total().reported.tokens.input, 8, "without the call whose counts are wrong");
    assert_eq!(report.total().estimated().cost.to_string(), "3");
    assert_eq!(report.total().estimated().tokens.input, 2);
    assert!(report.groups().is_empty());
}

#[test]
fn a_call_counts_under_each_of_its_tags_once() {
    let bench = Bench::new(100, 1_000);
    bench.call(["m", "p", "", "", ""], &["x", "y", "x"], &priced("1"));
    bench.call(["m", "p", "", "", ""], &["y"], &priced("1"));
    bench.call(["m", "q", "", "", ""], &[], &priced("1"));
    assert_eq!(bench.calls(Dimension::Tag, None), pairs(&[("-", 1), ("x", 1), ("y", 2)]));

    let report = bench.report(&[Dimension::Provider, Dimension::Tag], None);
    let groups: Vec<_> = report.groups().iter().map(|group| (group.value(0), group.value(1))).collect();
    assert_eq!(groups, [(Some("p"), Some("y")), (Some("p"), Some("x")), (Some("q"), None)]);
    assert_eq!(report.total().calls, 3);
}

#[test]
fn windows_begin_with_a_minute_and_further_back_with_an_hour() {
    let bench = Bench::new(100, 10_000);
    bench.user("10:20");
    bench.mock.increment(5 * MINUTE);
    bench.user("10:25");
    bench.mock.increment(50 * MINUTE);
    bench.user("11:15");

    let at = |report: SpendReport| report.since().map(|at| at.duration_since(morning()).unwrap());
    let seconds = Duration::from_secs;
    assert_eq!(at(bench.report(&[], Some(MINUTE))), Some(seconds(53 * 60 + 30)));
    assert_eq!(bench.calls(Dimension::User, Some(MINUTE)), pairs(&[("11:15", 1)]));
    assert_eq!(bench.calls(Dimension::User, Some(50 * MINUTE)), pairs(&[("10:25", 1), ("11:15", 1)]));
    assert_eq!(bench.calls(Dimension::User, Some(49 * MINUTE)), pairs(&[("11:15", 1)]));
    // Before the ledger began: everything, and no beginning.
    let report = bench.report(&[], Some(24 * HOUR));
    assert_eq!((report.since(), report.total().calls), (None, 3));
    assert_eq!(report.covers_since(), morning());

    // 14:15: an hour is what is left of 10:00 to 11:00.
    bench.mock.increment(3 * HOUR);
    bench.user("14:15");
    assert_eq!(at(bench.report(&[], Some(3 * HOUR + 10 * MINUTE))), Some(seconds(39 * 60 + 30)));
    assert_eq!(
        bench.calls(Dimension::User, Some(3 * HOUR + 10 * MINUTE)),
        pairs(&[("11:15", 1), ("14:15", 1)])
    );
    bench.mock.increment(9 * 24 * HOUR);
    bench.user("14:15");
    assert_eq!(bench.calls(Dimension::User, Some(HOUR)), pairs(&[("14:15", 1)]));
    assert_eq!(bench.report(&[], None).total().calls, 5);
    let error = bench.ledger.report(&SpendQuery::new().since(8 * 24 * HOUR)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a window reaches back 7 days at most; without one everything since the start is told"
    );
    // Once everything is in it, any window will do.
    assert_eq!(bench.report(&[], Some(30 * 24 * HOUR)).total().calls, 5);
}

#[test]
fn the_account_that_was_quiet_longest_is_folded_with_its_past() {
    let bench = Bench::new(16, 1_000);
    // Nine are told apart.
    for user in 0..9 {
        bench.user(&format!("u{user}"));
    }
    bench.mock.increment(2 * MINUTE);
    bench.user("u0");
    bench.user("new");
    let users = bench.calls(Dimension::User, None);
    assert!(!users.contains(&("u1".to_owned(), 1)) && users.contains(&("u0".to_owned(), 2)), "{users:?}");
    assert_eq!((bench.ledger.folded(Dimension::User), bench.ledger.folded(Dimension::Team)), (1, 0));
    assert_eq!(bench.report(&[], None).total().calls, 11);
    assert_eq!(bench.report(&[Dimension::Team], None).groups()[0].value(0), Some("t"));
    assert_eq!(bench.calls(Dimension::User, Some(MINUTE)), pairs(&[("new", 1), ("u0", 1)]));
}

#[test]
fn a_flood_of_values_is_folded_step_by_step() {
    let bench = Bench::new(16, 1_000);
    for number in 0..1_000 {
        let model = format!("m{}", number % 40);
        bench.call([&model, &format!("p{}", number % 7), "a", "", "u"], &[], &priced("0.001"));
    }
    assert!(bench.ledger.accounts() <= 16, "{}", bench.ledger.accounts());
    let report = bench.report(&[Dimension::Provider], None);
    assert_eq!(report.total().calls, 1_000);
    assert_eq!(report.total().reported.cost.to_string(), "1");
    assert_eq!(report.groups().iter().map(|group| group.spend().calls).sum::<u64>(), 1_000);
    assert!([Dimension::Model, Dimension::Provider, Dimension::User].iter().all(|by| report.folded(*by) > 0));
    assert_eq!(report.folded(Dimension::Team), 0, "there was none");
}

#[test]
fn buckets_are_bounded_and_nothing_is_lost_by_it() {
    let bench = Bench::new(64, 300);
    for minute in 0..2_000 {
        for user in ["a", "b", "c"] {
            bench.user(user);
        }
        bench.mock.increment(MINUTE);
        assert!(bench.ledger.buckets() <= 300, "{} in minute {minute}", bench.ledger.buckets());
    }
    assert_eq!(bench.report(&[], None).total().calls, 6_000);
    let hour = bench.report(&[], Some(HOUR));
    assert_eq!(hour.total().calls, 180, "nothing has been spent in the minute that is open");
}

#[test]
fn writers_are_not_lost_between_reports() {
    let ledger = SpendLedger::builder().max_accounts(1_024).build();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let ledger = &ledger;
                scope.spawn(move || {
                    for number in 0..20_000 {
                        let user = format!("{}", (number * 7 + writer) % 3_000);
                        let texts = ["m", "p", "a", "t", &user];
                        ledger.count(Key { texts, tags: &[] }, &priced("0.00000015"));
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            let mut last = Spend::default();
            while !done.load(Relaxed) {
                let report = ledger.report(&SpendQuery::new().group_by(Dimension::User)).unwrap();
                let total = report.total();
                assert!(total.calls >= last.calls && total.reported.cost >= last.reported.cost);
                let mut groups = Spend::default();
                report.groups().iter().for_each(|group| groups += group.spend());
                assert_eq!(&groups, total, "the groups of one report sum to its total");
                assert_eq!(total.reported.tokens.input, 2 * total.calls, "no call is there by half");
                last = total.clone();
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Relaxed);
    });
    let report = ledger.report(&SpendQuery::new()).unwrap();
    assert_eq!(report.total().calls, 80_000);
    assert_eq!(report.total().reported.cost.to_string(), "0.012");
}

/// One call of a random run.
#[derive(Clone, Debug)]
struct Random {
    texts: [u8; 5],
    tags: Vec<u8>,
    mantissa: u64,
    scale: u32,
    tokens: (u32, u32),
    estimated: bool,
    /// Seconds that pass before it.
    wait: u32,
}

fn random() -> impl Strategy<Value = Random> {
    let wait = prop_oneof![8 => 0..90u32, 1 => 0..10_000u32, 1 => 0..400_000u32];
    (
        any::<[u8; 5]>().prop_map(|texts| texts.map(|text| text % 4)),
        prop::collection::vec(0..3u8, 0..3),
        any::<u64>(),
        0..=28u32,
        any::<(u32, u32)>(),
        prop::bool::weighted(0.2),
        wait,
    )
        .prop_map(|(texts, tags, mantissa, scale, tokens, estimated, wait)| Random {
            texts,
            tags,
            mantissa,
            scale,
            tokens,
            estimated,
            wait,
        })
}

/// What the model knows of a value: calls, money in 10^-28 dollars, input tokens; reported and estimated.
type Naive = (u64, [[u128; 2]; 2]);

/// Sums over whole numbers: the amounts of these runs stay below 2^128 of them.
#[derive(Default)]
struct Model(Vec<(u64, Random)>);

impl Model {
    fn sums(&self, begin: u64, names: impl Fn(&Random) -> Vec<String>) -> BTreeMap<String, Naive> {
        let mut sums: BTreeMap<String, Naive> = BTreeMap::new();
        for (_, call) in self.0.iter().filter(|(at, _)| *at >= begin) {
            for name in names(call) {
                let (calls, amounts) = sums.entry(name).or_default();
                *calls += 1;
                let [cost, input] = &mut amounts[usize::from(call.estimated)];
                *cost += u128::from(call.mantissa % 1_000_000_000) * 10u128.pow(28 - call.scale);
                *input += u128::from(call.tokens.0);
            }
        }
        sums
    }
}

fn decimal(parts: u128) -> String {
    let (dollars, rest) = (parts / 10u128.pow(28), parts % 10u128.pow(28));
    let text = format!("{dollars}.{rest:028}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn text(value: u8) -> String {
    if value == 0 { String::new() } else { format!("v{value}") }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is folded, and in whatever order threads or calls come: the sums are those of whole numbers.
    #[test]
    fn sums_are_those_of_a_naive_model(
        calls in prop::collection::vec(random(), 1..300),
        accounts in prop_oneof![Just(8usize), Just(64), Just(4_096)],
        buckets in prop_oneof![Just(1usize), Just(100_000)],
        windows in prop::collection::vec(0..(7 * 24 * 3_600u64), 1..6),
    ) {
        let bench = Bench::new(accounts, buckets);
        let start = morning().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let mut now = start;
        let mut model = Model::default();
        for call in calls {
            now += u64::from(call.wait);
            bench.mock.increment(Duration::from_secs(call.wait.into()));
            let texts = call.texts.map(text);
            let tags: Vec<_> = call.tags.iter().map(|tag| format!("t{tag}")).collect();
            let tags: Vec<_> = tags.iter().map(String::as_str).collect();
            let cost = Usd::from_parts((call.mantissa % 1_000_000_000).into(), call.scale);
            let addition = Addition {
                status: Some(CostStatus::Priced),
                estimated: call.estimated,
                cost,
                usage: Usage::new(call.tokens.0.into(), call.tokens.1.into()),
            };
            bench.call(std::array::from_fn(|at| &*texts[at]), &tags, &addition);
            model.0.push((now, call));
        }
        let folds = accounts < 4_096 || buckets < 100_000;
        prop_assert!(bench.ledger.accounts() <= accounts);

        for window in windows.iter().map(|seconds| Some(Duration::from_secs(*seconds))).chain([None]) {
            let report = bench.report(&[], window);
            let begin = report.since().map_or(0, |at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs());
            if let Some(window) = window.filter(|_| begin > 0) {
                let asked = now - window.as_secs();
                prop_assert!(begin <= asked && asked - begin < 3_600, "{} for {}", begin, asked);
            }
            let expected = model.sums(begin, |_| vec![String::new()]);
            let total = expected.get("").copied().unwrap_or_default();
            prop_assert_eq!(observed(report.total()), shown(total));

            for dimension in Dimension::ALL.into_iter().filter(|_| !folds) {
                let expected = model.sums(begin, |call| match dimension {
                    Dimension::Tag if call.tags.is_empty() => vec![String::new()],
                    Dimension::Tag => {
                        let mut tags = call.tags.clone();
                        tags.sort_unstable();
                        tags.dedup();
                        tags.iter().map(|tag| format!("t{tag}")).collect()
                    }
                    dimension => vec![text(call.texts[dimension.index()])],
                });
                let report = bench.report(&[dimension], window);
                let found: BTreeMap<String, _> = report
                    .groups()
                    .iter()
                    .map(|group| (group.value(0).unwrap_or_default().to_owned(), observed(group.spend())))
                    .collect();
                let expected: BTreeMap<String, _> =
                    expected.into_iter().map(|(name, sums)| (name, shown(sums))).collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn the_order_of_calls_changes_no_sum(
        calls in prop::collection::vec((0..50u8, 0..1_000_000u64, 0..=28u32), 1..200),
        seed in any::<u64>(),
    ) {
        let run = |calls: &[(u8, u64, u32)]| {
            let bench = Bench::new(16, 10);
            for (user, mantissa, scale) in calls {
                let mut call = priced("0");
                call.cost = Usd::from_parts((*mantissa).into(), *scale);
                bench.call(["m", "p", "a", "t", &user.to_string()], &[], &call);
            }
            bench.report(&[], None).total().clone()
        };
        let mut shuffled = calls.clone();
        let length = shuffled.len();
        for at in 1..length {
            let other = usize::try_from(seed.rotate_left(u32::try_from(at % 64).unwrap()) % (at as u64 + 1)).unwrap();
            shuffled.swap(at, other);
        }
        prop_assert_eq!(run(&calls), run(&shuffled));
    }
}

type Shown = (u64, [(String, u64); 2]);

fn observed(spend: &Spend) -> Shown {
    let amounts = [spend.reported, spend.estimated()];
    (spend.calls, amounts.map(|amounts| (amounts.cost.to_string(), amounts.tokens.input)))
}

fn shown((calls, amounts): Naive) -> Shown {
    (calls, amounts.map(|[cost, input]| (decimal(cost), u64::try_from(input).unwrap())))
}
