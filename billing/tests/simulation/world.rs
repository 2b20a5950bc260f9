//! Two servers without workers on one database, a gateway in memory, and the wires between them. Time
//! stands still unless it is moved, and nothing runs unless it is let: so a schedule can be repeated.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    path::Path,
    pin::pin,
    task::Poll,
    time::Duration,
};

use billing::{
    Billing,
    clock::{Clock, Time},
    store::Location,
};
use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::mpsc;

use super::{
    gateway::Gateway,
    schedule::Done,
    template,
    wire::{Call, Fate, is_early, wire},
};
use crate::common::settings;

/// 2026-11-20T09:30:00Z
pub const BEGIN: i64 = 1_795_167_000;
/// Longer than any pause before a request is repeated, shorter than anybody's patience.
const PAUSE: Duration = Duration::from_millis(1200);
pub const SERVERS: usize = 2;

type Work = FuturesUnordered<BoxFuture<'static, Done>>;

pub struct World {
    servers: [Billing; SERVERS],
    /// What each of them does.
    under_way: [Work; SERVERS],
    pub clock: Clock,
    pub gateway: Gateway,
    /// What was asked and waits to be let through.
    pub calls: Vec<Call>,
    /// Of the schedule in progress; nothing goes wrong without one.
    pub seed: Option<u64>,
    /// How often each thing was asked in it.
    asked: HashMap<String, usize>,
    arriving: mpsc::UnboundedReceiver<Call>,
    done: Vec<Done>,
    _folder: tempfile::TempDir,
    _time_stands: std::sync::mpsc::Sender<()>,
}

impl World {
    pub async fn open() -> Self {
        let folder = folder_in_memory();
        let path = folder.path().join("tender.db");
        template::copy_to(&path);
        let location = Location::Sqlite(path);
        let (sender, arriving) = mpsc::unbounded_channel();
        let clock = Clock::standing_at(Time::from_unix(BEGIN));
        let mut servers = Vec::new();
        for number in 0..SERVERS {
            let mut settings = settings(&location, &clock);
            settings.stripe.wire = Some(wire(number, sender.clone()));
            servers.push(Billing::open_quietly(settings).await.unwrap());
        }
        let mut world = Self {
            servers: servers.try_into().ok().expect("as many as there are"),
            under_way: Default::default(),
            clock,
            gateway: Gateway::new(0, BEGIN),
            calls: Vec::new(),
            seed: None,
            asked: HashMap::new(),
            arriving,
            done: Vec::new(),
            _folder: folder,
            _time_stands: stop_time(),
        };
        // From here on the gateway's list is compared with the inbox.
        let billing = world.server(0);
        let compared = async { assert_eq!(billing.fill_gaps().await.unwrap(), 0) };
        world.does(compared).await;
        world
    }

    pub fn server(&self, number: usize) -> Billing {
        self.servers[number].clone()
    }

    pub fn begin(&mut self, seed: u64) {
        self.seed = Some(seed);
        self.asked.clear();
        self.gateway = Gateway::new(seed, self.clock.now().unix());
    }

    pub fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.gateway.advance(self.clock.now().unix());
    }

    /// A server begins something, which goes on until it is done or has asked the gateway.
    pub async fn begins(
        &mut self,
        server: usize,
        work: impl Future<Output = Done> + Send + 'static,
    ) {
        self.under_way[server].push(work.boxed());
        self.settle_down().await;
    }

    /// Does something to its end; what it asks the gateway is let through at once.
    pub async fn does(&mut self, work: impl Future<Output = ()>) {
        let mut work = pin!(work.fuse());
        loop {
            tokio::select! {
                biased;
                () = &mut work => return,
                Some(call) = self.arriving.recv() => {
                    let (call, fate) = self.fate_of(call);
                    if call.meets(fate, &mut self.gateway) {
                        // It goes to sleep now; whoever else is at work goes on.
                        let is_done = poll_fn(|cx| Poll::Ready(work.poll_unpin(cx))).await;
                        if is_done.is_ready() {
                            return;
                        }
                        tokio::time::advance(PAUSE).await;
                    }
                }
            }
        }
    }

    /// Lets one request through, and whoever asked go on.
    pub async fn lets_through(&mut self, at: usize) -> Fate {
        let call = self.calls.swap_remove(at);
        let (call, fate) = self.fate_of(call);
        if call.meets(fate, &mut self.gateway) {
            // Brings whoever asked to their pause, which then passes.
            for work in &mut self.under_way {
                if let Some(Some(done)) = work.next().now_or_never() {
                    self.done.push(done);
                }
            }
            tokio::time::advance(PAUSE).await;
        }
        self.settle_down().await;
        fate
    }

    /// A server dies: what is in its memory and not in the database is gone.
    pub fn dies(&mut self, server: usize) -> usize {
        let lost = self.under_way[server].len();
        self.under_way[server].clear();
        self.calls.retain(|call| call.server != server);
        lost
    }

    /// What came to its end since the last time.
    pub fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    /// Goes on until everything that is under way waits for the gateway: each asks one thing at a time.
    async fn settle_down(&mut self) {
        while self.calls.len() < self.under_way.iter().map(Work::len).sum() {
            let [one, other] = &mut self.under_way;
            tokio::select! {
                biased;
                Some(done) = one.next() => self.done.push(done),
                Some(done) = other.next() => self.done.push(done),
                Some(call) = self.arriving.recv() => self.arrives(call),
            }
        }
    }

    fn arrives(&mut self, mut call: Call) {
        let gist = call.asked.gist();
        let times = self.asked.get(&gist).copied().unwrap_or_default();
        if self.seed.is_some_and(|seed| is_early(seed, &gist, times)) {
            call.answered = Some(self.gateway.does(&call.asked));
        }
        self.calls.push(call);
    }

    fn fate_of(&mut self, call: Call) -> (Call, Fate) {
        let gist = call.asked.gist();
        let times = self.asked.entry(gist.clone()).or_default();
        *times += 1;
        let fate = self.seed.map(|seed| Fate::of(seed, &gist, *times));
        (call, fate.unwrap_or(Fate::Answered))
    }

    pub async fn close(self) {
        drop(self.under_way);
        for server in &self.servers {
            server.stop().await;
        }
    }
}

/// Nothing has to survive the machine.
fn folder_in_memory() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let folder = match memory.is_dir() {
        true => tempfile::tempdir_in(memory),
        false => tempfile::tempdir(),
    };
    folder.unwrap()
}

/// Timers only fire when time is moved, and it moves by itself only while nothing blocks.
fn stop_time() -> std::sync::mpsc::Sender<()> {
    tokio::time::pause();
    let (sender, until_dropped) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || until_dropped.recv());
    sender
}
