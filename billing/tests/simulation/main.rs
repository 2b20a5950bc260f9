//! Random histories of billing against a gateway and a network that misbehave, each from a seed. The
//! code is the real one, from the door for events to the database, with the gateway in memory; only
//! time and chance are ours, so a history that breaks a law is found again by its seed.
//!
//! `make simulate N=…` runs so many, `make simulate SEED=…` one, telling what happens in it.

#[path = "../common/mod.rs"]
mod common;
mod cores;
mod gateway;
mod laws;
mod schedule;
mod template;
mod wire;
mod world;

use std::{
    env, fmt,
    ops::Range,
    panic::AssertUnwindSafe,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use futures::FutureExt;
use schedule::Schedule;
use world::World;

/// How many a usual run looks at.
const USUAL: u64 = 100;
/// So many share a database, and its audit at the end.
const TOGETHER: u64 = 100;
/// After so many violations a run ends early.
const ENOUGH: usize = 5;

/// A schedule that went wrong.
#[derive(Debug)]
struct Violation {
    seed: u64,
    broken: String,
    trace: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        let Self { seed, broken, .. } = self;
        write!(f, "{broken}\nto see it again: make simulate SEED={seed}")
    }
}

#[test]
fn the_laws_hold_whatever_happens() {
    if let Some(seed) = number("TENDER_SIMULATE_SEED") {
        let trace = alone(seed).unwrap_or_else(|violation| panic!("{violation}"));
        return println!("{}\nseed {seed}: all laws hold", trace.join("\n"));
    }
    let count = number("TENDER_SIMULATE");
    let first = count.map_or(1, |_| rand::random_range(0..1 << 32));
    let seeds = first..first + count.unwrap_or(USUAL);
    println!("from seed {first} on");
    let begun = Instant::now();
    let violations = played(seeds.clone());
    let rate = (seeds.end - first) as f64 / begun.elapsed().as_secs_f64();
    let count = violations.len();
    assert!(violations.is_empty(), "{count} histories break a law");
    println!(
        "{} schedules from seed {first} on, {rate:.0} a second: all laws hold",
        seeds.end - first
    );
}

/// Plays all of these, a thread on each core, and tells at once which of them break a law.
fn played(seeds: Range<u64>) -> Vec<Violation> {
    let (next, found) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for core in cores::all() {
            let (seeds, next, found) = (&seeds, &next, &found);
            scope.spawn(move || {
                cores::stay_on(core);
                while found.lock().unwrap().len() < ENOUGH {
                    let from = next.fetch_add(TOGETHER, Ordering::Relaxed);
                    if from >= seeds.end {
                        break;
                    }
                    if let Err(violation) = together(from..(from + TOGETHER).min(seeds.end)) {
                        println!("{violation}");
                        found.lock().unwrap().push(violation);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// What a seed is good for.
#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in 1..=5 {
        assert_eq!(alone(seed).unwrap(), alone(seed).unwrap());
    }
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap())
}

/// One schedule in a world of its own: what happened in it.
fn alone(seed: u64) -> Result<Vec<String>, Violation> {
    in_a_world(seed..seed + 1).map(|mut traces| traces.remove(0))
}

/// Several in one world. When only the audit finds that one of them broke it, each is run alone.
fn together(seeds: Range<u64>) -> Result<(), Violation> {
    in_a_world(seeds.clone()).map(drop).map_err(|violation| {
        let apart = seeds.into_iter().find_map(|seed| alone(seed).err());
        apart.unwrap_or(violation)
    })
}

fn in_a_world(seeds: Range<u64>) -> Result<Vec<Vec<String>>, Violation> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let mut world = World::open().await;
        let mut traces = Vec::new();
        for seed in seeds.clone() {
            traces.push(run(&mut world, seed).await?);
        }
        let violations = world.server(0).verify(|_| ()).await.unwrap();
        world.close().await;
        match violations.is_empty() {
            true => Ok(traces),
            false => Err(Violation {
                seed: seeds.end - 1,
                broken: format!("{violations:?}"),
                trace: traces.pop().unwrap_or_default(),
            }),
        }
    })
}

async fn run(world: &mut World, seed: u64) -> Result<Vec<String>, Violation> {
    let mut schedule = Schedule::new(world, seed).await;
    let whole = async {
        schedule.happens().await?;
        schedule.ends().await
    };
    let held = AssertUnwindSafe(whole).catch_unwind().await;
    let held = held.unwrap_or_else(|_| Err("it panicked, as told above".to_owned()));
    let trace = schedule.trace;
    match held {
        Ok(()) => Ok(trace),
        Err(broken) => Err(Violation {
            seed,
            broken,
            trace,
        }),
    }
}
