//! The migrations are part of the binary: a new one makes it stale.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
