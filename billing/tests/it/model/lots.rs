//! A list of lots in memory, and what each step makes of it.

use std::collections::HashMap;

use billing::{
    id::{HoldId, TransferId},
    ledger::HoldStatus,
};

pub const NEVER: u32 = u32::MAX;

pub struct Lot {
    pub priority: i64,
    pub starts: u32,
    /// That time has not come.
    pub upcoming: bool,
    pub ends: u32,
    pub paid: bool,
    pub granted: i64,
    pub left: i64,
    pub ran_out: i64,
}

impl Lot {
    pub fn new(granted: i64) -> Self {
        Self {
            priority: 0,
            starts: 0,
            upcoming: true,
            ends: NEVER,
            paid: false,
            granted,
            left: 0,
            ran_out: 0,
        }
    }
}

pub struct Held {
    pub id: HoldId,
    pub amount: i64,
    pub ends: u32,
    pub status: HoldStatus,
    pub captured: i64,
    /// How much of which lots, in the order in which they were taken.
    pub parts: Vec<(usize, i64)>,
}

/// Something that can be undone, once.
pub struct Done {
    pub entry: TransferId,
    pub kind: Kind,
    pub is_undone: bool,
}

pub enum Kind {
    /// How much of which lots a spend or capture took.
    Used(Vec<(usize, i64)>),
    /// The lot that was given.
    Given(usize),
}

#[derive(Default)]
pub struct Model {
    pub now: u32,
    pub lots: Vec<Lot>,
    pub holds: Vec<Held>,
    pub spent: HashMap<u8, i64>,
    pub done: Vec<Done>,
    pub owed: i64,
}

impl Model {
    pub fn add(&mut self, lot: Lot) {
        self.lots.push(lot);
        self.start();
    }

    /// Lots whose time has come can be spent, and pay what is owed.
    pub fn start(&mut self) {
        let mut starting: Vec<usize> = (0..self.lots.len()).collect();
        starting.retain(|at| self.lots[*at].upcoming && self.lots[*at].starts <= self.now);
        starting.sort_by_key(|at| self.place(*at));
        for at in starting {
            let lot = &mut self.lots[at];
            (lot.upcoming, lot.left) = (false, lot.granted);
            let granted = lot.granted;
            self.repay(&[at], granted);
        }
    }

    pub fn did(&mut self, entry: TransferId, kind: Kind) {
        self.done.push(Done {
            entry,
            kind,
            is_undone: false,
        });
    }

    /// Whether there was something to undo, now or before.
    pub fn undo(&mut self, at: usize) -> bool {
        if self.done[at].is_undone {
            return true;
        }
        let lot = match &self.done[at].kind {
            Kind::Used(parts) => {
                let parts = parts.clone();
                self.done[at].is_undone = true;
                self.come_back(&parts);
                return true;
            }
            Kind::Given(lot) => &mut self.lots[*lot],
        };
        if lot.upcoming {
            lot.upcoming = false;
            self.done[at].is_undone = true;
            return true;
        }
        let is_something = lot.ran_out < lot.granted;
        self.owed += lot.granted - lot.left - lot.ran_out;
        lot.left = 0;
        self.done[at].is_undone = is_something;
        is_something
    }

    /// Credits come back to lots, and pay what is owed.
    pub fn come_back(&mut self, parts: &[(usize, i64)]) {
        for (lot, back) in parts {
            let lot = &mut self.lots[*lot];
            match lot.ends > self.now {
                true => lot.left += back,
                false => lot.ran_out += back,
            }
        }
        let lots: Vec<usize> = parts.iter().map(|(lot, _)| *lot).collect();
        self.repay(&lots, parts.iter().map(|(_, back)| back).sum());
    }

    /// Pays what is owed from these lots, up to what came.
    pub fn repay(&mut self, lots: &[usize], came: i64) {
        let mut due = self.owed.min(came);
        for at in self.order().into_iter().filter(|at| lots.contains(at)) {
            let part = due.min(self.lots[at].left);
            self.lots[at].left -= part;
            self.owed -= part;
            due -= part;
        }
    }

    /// Lots with something left, in the order in which they are spent.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<_> = (0..self.lots.len())
            .filter(|at| self.lots[*at].left > 0)
            .collect();
        order.sort_by_key(|at| self.place(*at));
        order
    }

    /// Where a lot stands among those that are spent before and after it.
    pub fn place(&self, at: usize) -> (i64, u32, bool, usize) {
        let lot = &self.lots[at];
        (lot.priority, lot.ends, lot.paid, at)
    }

    pub fn left(&self) -> Vec<i64> {
        self.order().iter().map(|at| self.lots[*at].left).collect()
    }

    pub fn available(&self) -> i64 {
        self.lots.iter().map(|lot| lot.left).sum()
    }

    pub fn upcoming(&self) -> i64 {
        let upcoming = self.lots.iter().filter(|lot| lot.upcoming);
        upcoming.map(|lot| lot.granted).sum()
    }

    pub fn held(&self) -> i64 {
        let open = |hold: &&Held| hold.status == HoldStatus::Open;
        self.holds.iter().filter(open).map(|hold| hold.amount).sum()
    }

    pub fn take(&mut self, amount: i64) -> Vec<(usize, i64)> {
        let mut missing = amount;
        let mut parts = Vec::new();
        for at in self.order() {
            let part = missing.min(self.lots[at].left);
            self.lots[at].left -= part;
            missing -= part;
            parts.push((at, part));
        }
        parts
    }

    /// Whether it ends so, now or before.
    pub fn end(&mut self, at: usize, status: HoldStatus, captured: i64) -> bool {
        let hold = &mut self.holds[at];
        if hold.status != HoldStatus::Open {
            return hold.status == status && hold.captured == captured;
        }
        hold.status = status;
        hold.captured = captured;
        let last: Vec<_> = hold.parts.iter().rev().copied().collect();
        let back = first(&last, hold.amount - captured);
        if !back.is_empty() {
            self.come_back(&back);
        }
        true
    }

    pub fn wait(&mut self, hours: u32) {
        self.now += hours;
        self.start();
        for lot in &mut self.lots {
            if lot.ends <= self.now {
                lot.ran_out += lot.left;
                lot.left = 0;
            }
        }
        // The first to end pays first what is owed.
        let mut due: Vec<_> = (0..self.holds.len()).collect();
        due.retain(|at| {
            let hold = &self.holds[*at];
            hold.status == HoldStatus::Open && hold.ends <= self.now
        });
        due.sort_by_key(|at| self.holds[*at].ends);
        for at in due {
            self.end(at, HoldStatus::Expired, 0);
        }
    }
}

/// The first so many credits of these parts.
pub fn first(parts: &[(usize, i64)], amount: i64) -> Vec<(usize, i64)> {
    let mut missing = amount;
    let parts = parts.iter().map(|(lot, part)| {
        let part = missing.min(*part);
        missing -= part;
        (*lot, part)
    });
    parts.filter(|(_, part)| *part > 0).collect()
}
