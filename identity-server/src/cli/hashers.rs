//! `hashers argon2 …`: parameters that fit this machine, and hashes by hand.

use super::config_files::ConfigFiles;
use super::output;
use anyhow::{Context as _, bail};
use nexus_identity::config::Config;
use nexus_identity::hashing::{Algorithm, Argon2Options, HashOptions, Hasher};
use nexus_identity::model::Secret;
use std::io::Read as _;
use std::time::{Duration, Instant};

/// `hashers argon2`.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Argon2id
    #[command(subcommand)]
    Argon2(Argon2),
}

/// The commands.
#[derive(clap::Subcommand)]
pub(crate) enum Argon2 {
    /// Looks for the parameters with which a hash takes a given time here
    Calibrate(Calibrate),
    /// Hashes passwords with the parameters of the configuration
    Hash(Hash),
}

/// The arguments of `calibrate`.
#[derive(clap::Args)]
pub(crate) struct Calibrate {
    /// How long a hash shall take, e.g. 500ms
    #[arg(value_parser = nexus_identity::config::parse_duration)]
    duration: Duration,
    /// The least memory in MiB
    #[arg(long, default_value_t = 19)]
    min_memory: u32,
    /// The most memory in MiB
    #[arg(long, default_value_t = 1024)]
    max_memory: u32,
    /// Threads of one hash
    #[arg(long, default_value_t = 1)]
    parallelism: u32,
}

/// The arguments of `hash`.
#[derive(clap::Args)]
pub(crate) struct Hash {
    #[command(flatten)]
    files: ConfigFiles,
    /// The passwords; without any, standard input up to its end is one. Arguments are seen by every user of the machine
    passwords: Vec<String>,
}

/// Runs one.
pub(crate) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Argon2(Argon2::Calibrate(args)) => calibrate(args).await,
        Command::Argon2(Argon2::Hash(args)) => hash(args).await,
    }
}

fn hasher(argon2: Argon2Options) -> anyhow::Result<Hasher> {
    let options = HashOptions {
        algorithm: Algorithm::Argon2,
        argon2,
        max_concurrent: 1,
        max_wait: Duration::from_secs(3600),
        ..HashOptions::default()
    };
    Ok(Hasher::new(options)?)
}

/// How long a hash takes: the better of two, because the first also gets the memory.
#[expect(clippy::disallowed_methods, reason = "what is measured is the time that this machine takes")]
async fn measure(options: Argon2Options) -> anyhow::Result<Duration> {
    let hasher = hasher(options)?;
    let password = Secret::new("correct horse battery staple");
    let mut best = Duration::MAX;
    for _ in 0..2 {
        let started = Instant::now();
        hasher.hash(&password).await?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

/// More memory is the better protection, so passes are added only when no more memory may be used.
async fn calibrate(args: Calibrate) -> anyhow::Result<()> {
    let least = Argon2Options::OWASP_MINIMUM;
    if args.duration.is_zero() || args.min_memory > args.max_memory {
        bail!("expected a duration above nought and a least memory that is not above the most");
    }
    let with = |memory_mib: u32, iterations: u32| Argon2Options {
        memory_kib: memory_mib.saturating_mul(1024),
        iterations,
        parallelism: args.parallelism,
        ..least
    };
    // Less memory than this needs more passes to be as strong (OWASP).
    let passes = |memory: u32| if memory >= 46 { 1 } else { 2 };
    let (mut memory, mut iterations) = (args.min_memory, passes(args.min_memory));
    let mut took = measure(with(memory, iterations)).await?;
    output::error(&format!("{memory} MiB, {iterations} iterations: {} ms", took.as_millis()));
    if took > args.duration {
        bail!("even {memory} MiB with {iterations} iterations take {} ms; a weaker hash is not safe", took.as_millis());
    }
    while took < args.duration && memory < args.max_memory {
        let factor = (args.duration.as_secs_f64() / took.as_secs_f64()).clamp(1.05, 4.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the next line")]
        let wanted = (f64::from(memory) * factor) as u32;
        let next = wanted.max(memory + 1).min(args.max_memory);
        let time = measure(with(next, passes(next))).await?;
        output::error(&format!("{next} MiB, {} iterations: {} ms", passes(next), time.as_millis()));
        if time > args.duration {
            break;
        }
        (memory, iterations, took) = (next, passes(next), time);
    }
    let mut more_passes = memory == args.max_memory;
    while more_passes {
        let time = measure(with(memory, iterations + 1)).await?;
        output::error(&format!("{memory} MiB, {} iterations: {} ms", iterations + 1, time.as_millis()));
        more_passes = time <= args.duration;
        if more_passes {
            (iterations, took) = (iterations + 1, time);
        }
    }
    output::print(&format!(
        "# a hash takes {} ms on this machine\nhashers:\n  algorithm: argon2\n  argon2:\n    memory: {memory}MB\n    \
         iterations: {iterations}\n    parallelism: {}\n    salt_length: {}\n    key_length: {}",
        took.as_millis(),
        args.parallelism,
        least.salt_length,
        least.key_length,
    ));
    Ok(())
}

async fn hash(args: Hash) -> anyhow::Result<()> {
    let options = match args.files.load(true) {
        Ok(loaded) => options_of(&loaded.config),
        Err(_) if args.files.is_empty() => Argon2Options::default(),
        Err(error) => return Err(error),
    };
    let hasher = hasher(options)?;
    let mut passwords: Vec<Secret> = args.passwords.into_iter().map(Secret::from).collect();
    if passwords.is_empty() {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        passwords.push(Secret::new(text.trim_end_matches(['\n', '\r'])));
    }
    for password in &passwords {
        output::print(&hasher.hash(password).await?);
    }
    Ok(())
}

fn options_of(config: &Config) -> Argon2Options {
    let argon2 = &config.hashers.argon2;
    Argon2Options {
        memory_kib: u32::try_from(argon2.memory >> 10).unwrap_or(u32::MAX),
        iterations: argon2.iterations,
        parallelism: argon2.parallelism,
        salt_length: argon2.salt_length,
        key_length: argon2.key_length,
    }
}
