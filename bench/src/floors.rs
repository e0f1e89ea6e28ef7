//! What the machine itself allows, measured in the same run: fork + exec, and a durable write.

use std::fs::File;
use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::statistics::{Samples, rate, row};

const PROCESSES: usize = 500;
const WRITES: usize = 300;

pub(crate) fn print() -> Result<()> {
    let begin = Instant::now();
    for _ in 0..PROCESSES {
        Command::new("/bin/true").status().context("starting /bin/true")?;
    }
    row("floor: fork + exec of `/bin/true`, one after the other", &rate(PROCESSES, begin.elapsed()));

    let folder = tempfile::tempdir()?;
    let mut file = File::create(folder.path().join("durable"))?;
    let mut durable: Samples = (0..WRITES).map(|_| durable_write(&mut file)).collect::<Result<_>>()?;
    row("floor: write 4 KiB + fdatasync", &durable.summary());
    Ok(())
}

fn durable_write(file: &mut File) -> Result<Duration> {
    let begin = Instant::now();
    file.write_all(&[0; 4096])?;
    file.sync_data()?;
    Ok(begin.elapsed())
}
