//! Hashing and checking as the flows use it. Foreign hashes were made with the systems that they come from.

use super::{Algorithm, Argon2Options, HashError, HashOptions, Hasher, ImportError};
use crate::model::Secret;
use std::time::Duration;

fn argon2() -> Hasher {
    let argon2 = Argon2Options { memory_kib: 64, iterations: 1, ..Argon2Options::default() };
    Hasher::new(HashOptions { argon2, dev: true, ..HashOptions::default() }).unwrap()
}

fn bcrypt(cost: u32, dev: bool) -> Hasher {
    let options = HashOptions { algorithm: Algorithm::Bcrypt, bcrypt_cost: cost, dev, ..HashOptions::default() };
    Hasher::new(options).unwrap()
}

#[tokio::test]
async fn a_new_hash_matches_its_password_only_and_is_salted() {
    for hasher in [argon2(), bcrypt(4, true)] {
        let hash = hasher.hash(&Secret::new("correct horse")).await.unwrap();
        assert_ne!(hash, hasher.hash(&Secret::new("correct horse")).await.unwrap());
        assert!(hasher.verify(&Secret::new("correct horse"), &hash).await.unwrap());
        for wrong in ["correct hors", "Correct horse", "correct horse ", ""] {
            assert!(!hasher.verify(&Secret::new(wrong), &hash).await.unwrap(), "{wrong:?}");
        }
        assert!(!hasher.needs_rehash(&hash));
        Hasher::check_import(&hash).unwrap();
        hasher.verify_nobody(&Secret::new("x".repeat(200))).await.unwrap();
    }
}

/// Requirement 2: no truncation; bcrypt, which reads 72 bytes, takes no longer password at all.
#[tokio::test]
async fn every_byte_of_a_long_password_counts() {
    let long = "a".repeat(200);
    let hash = argon2().hash(&Secret::new(format!("{long}b"))).await.unwrap();
    assert!(argon2().verify(&Secret::new(format!("{long}b")), &hash).await.unwrap());
    assert!(!argon2().verify(&Secret::new(format!("{long}c")), &hash).await.unwrap());

    let hasher = bcrypt(4, true);
    assert_eq!(hasher.max_password_length(), Some(72));
    let full = "a".repeat(72);
    let hash = hasher.hash(&Secret::new(full.clone())).await.unwrap();
    assert!(!hasher.verify(&Secret::new(format!("{full}b")), &hash).await.unwrap());
    let refused = hasher.hash(&Secret::new(format!("{full}b"))).await;
    assert!(matches!(refused, Err(HashError::TooLong)));
}

/// Requirement 9.
#[test]
fn argon2_below_the_owasp_minimum_is_refused_outside_development() {
    let with = |memory_kib, iterations, dev| {
        let argon2 = Argon2Options { memory_kib, iterations, ..Argon2Options::default() };
        Hasher::new(HashOptions { argon2, dev, ..HashOptions::default() })
    };
    assert!(with(19 * 1024, 2, false).is_ok());
    assert!(with(46 * 1024, 1, false).is_ok());
    let error = with(18 * 1024, 2, false).unwrap_err().to_string();
    assert!(error.contains("hashers.argon2 is 18432 KiB, 2 iterations"), "{error}");
    assert!(with(4 * 1024, 10, false).is_err());
    assert!(with(64, 1, true).is_ok());
    assert!(with(8 * 1024 * 1024, 2, false).is_err());
}

#[tokio::test]
async fn a_bcrypt_cost_below_twelve_is_raised_outside_development() {
    assert!(bcrypt(4, true).hash(&Secret::new("x")).await.unwrap().starts_with("$2a$04$"));
    assert!(bcrypt(4, false).hash(&Secret::new("x")).await.unwrap().starts_with("$2a$12$"));
}

/// Requirement 10: what is replaced at the next sign-in.
#[tokio::test]
async fn other_algorithms_and_weaker_argon2_are_replaced_but_other_bcrypt_costs_stay() {
    let weak = argon2().hash(&Secret::new("x")).await.unwrap();
    let bcrypt_hash = bcrypt(4, true).hash(&Secret::new("x")).await.unwrap();
    let strong = Hasher::new(HashOptions::default()).unwrap();
    assert!(strong.needs_rehash(&weak));
    assert!(strong.needs_rehash(&bcrypt_hash));
    assert!(strong.needs_rehash(&weak.replace("argon2id", "argon2i")));
    assert!(
        !argon2()
            .needs_rehash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    );
    assert!(bcrypt(4, true).needs_rehash(&weak));
    assert!(!bcrypt(10, true).needs_rehash(&bcrypt_hash));
}

/// Requirement 11: request n+1 waits for its turn and is then told to come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_hashes_than_allowed_wait_and_are_then_turned_away() {
    let argon2 = Argon2Options { memory_kib: 64 * 1024, iterations: 8, ..Argon2Options::default() };
    let options = HashOptions { argon2, max_concurrent: 1, max_wait: Duration::ZERO, ..HashOptions::default() };
    let hasher = Hasher::new(options).unwrap();
    let secret = Secret::new("x");
    let many = futures_util::future::join_all((0..8).map(|_| hasher.hash(&secret))).await;
    let turned_away = many
        .iter()
        .filter(|result| matches!(result, Err(HashError::Overloaded { retry_after }) if retry_after.as_secs() >= 1))
        .count();
    let done = many.iter().filter(|result| result.is_ok()).count();
    assert_eq!((done, turned_away), (1, 7));
    assert!(hasher.hash(&secret).await.is_ok(), "the turn comes back");
}

#[test]
fn what_cannot_be_checked_is_not_imported() {
    let check = |hash: &str| Hasher::check_import(hash);
    for unknown in
        ["", "x", "plain text", "$7$x", "$argon2d$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$AAAA", "$1$salt$hash", "{CRYPT}x"]
    {
        assert_eq!(check(unknown), Err(ImportError::UnknownFormat), "{unknown}");
    }
    for malformed in [
        "$2a$12$short",
        "$2a$xx$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$2b$",
        "$argon2id$v=19$m=64,t=1,p=1$$",
        "$argon2id$v=19$m=64,t=1$c2FsdHNhbHQ$AAAA",
        "$argon2id$v=19$m=64,t=0,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$!!!!",
    ] {
        assert!(matches!(check(malformed), Err(ImportError::Malformed(_))), "{malformed} {:?}", check(malformed));
    }
    for expensive in [
        "$2a$16$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$argon2id$v=19$m=1048577,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=11,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAA",
    ] {
        assert!(matches!(check(expensive), Err(ImportError::TooExpensive(_))), "{expensive}");
    }
}

/// `U*U` is a test vector of the first bcrypt implementation.
#[tokio::test]
async fn bcrypt_hashes_of_every_letter_match() {
    for letter in ["2a", "2b", "2y"] {
        let hash = format!("${letter}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
        assert!(argon2().verify(&Secret::new("U*U"), &hash).await.unwrap());
        assert!(!argon2().verify(&Secret::new("U*V"), &hash).await.unwrap());
    }
}

/// Hashes of `pässword-1` by Python's hashlib and crypt, passlib, Django, werkzeug, libargon2 and pyca/bcrypt.
const FOREIGN: &[(&str, &str)] = &[
    ("pbkdf2 sha1", "$pbkdf2-sha1$i=1000,l=32$c2FsdHNhbHQ$a6bVPEhzdfmSq3hLGdGpxb/VHBg/1t30IJvsgLjxJto"),
    ("pbkdf2 sha224", "$pbkdf2-sha224$i=1000,l=32$c2FsdHNhbHQ$Y+f3Fqg8onks4Yvmnml2kmzcmFsEwzpZAgGVX3MLuV8"),
    ("pbkdf2 sha256", "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQ$J9lxd4/J9mlxSEqKml4hzyfXBteZkZqtAgzjhXuqTKc"),
    ("pbkdf2 sha384", "$pbkdf2-sha384$i=1000,l=32$c2FsdHNhbHQ$eHQpUROR4tyEBol9l8oa2Yy2O72QWtlpDJSLB7LIzo0"),
    ("pbkdf2 sha512", "$pbkdf2-sha512$i=1000,l=32$c2FsdHNhbHQ$FRRKm2xEoa0V30kGqQNZM1cU3Kk0h6K0j3DOHTMZiB0"),
    ("scrypt", "$scrypt$ln=1024,r=8,p=1$c2FsdHNhbHQ=$/OU1vDfcmsTFRsnKQQYrAdzv/IzJeBKe/9S5yJbUO3o="),
    (
        "firescrypt",
        "$firescrypt$ln=10,r=8,p=1$c2FsdHNhbHQ=$Vucq//NGsDVdZc1jNaY6OABu2WhKpnXNL94i2XLJwkoW2atN7sgnXFSalh5qyB3St9gTwB0UKfi/skKWXA9MkQ==$Bw==$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==",
    ),
    ("md5", "$md5$9u7XhQxoNgozwHP7b18UDQ=="),
    ("md5 pf", "$md5$pf=PHtTQUxUfXx7UEFTU1dPUkR9Pg==$c2FsdHNhbHQ=$JGwq/x5NFQKm/Csr0MFKdg=="),
    ("sha1 pf", "$sha1$pf=PHtTQUxUfXx7UEFTU1dPUkR9Pg==$c2FsdHNhbHQ=$i1wmE1OXCdVMrPtup3+zxKcmA54="),
    ("sha256 pf", "$sha256$pf=PHtTQUxUfXx7UEFTU1dPUkR9Pg==$c2FsdHNhbHQ=$wVmn3g5etWpxq3JGcneDmK2G0YQUHhDiAkfbrj2M7os="),
    (
        "sha512 pf",
        "$sha512$pf=PHtTQUxUfXx7UEFTU1dPUkR9Pg==$c2FsdHNhbHQ=$9m9dnoQiiU7UBdeoHYDWR71L8cfbM40fIwGkeeJ34ViTPWF8rvThqarNTA5w/QfKbJ/QSc40/3wTWp/zsHXGzw==",
    ),
    ("SSHA", "{SSHA}iQVkwhJ5wg8/rjoh9fxX89VVfPZzYWx0c2FsdA=="),
    ("SSHA256", "{SSHA256}M4tzx9bo5LERgVGcd+izxipC7sNQskpN6OuJB/gp1ZVzYWx0c2FsdA=="),
    (
        "SSHA512",
        "{SSHA512}ZhrZM6RCHtkLrDp1aZiryxnZuKQLhOc/vDdQFir6fQg8Z1s5GAOD0vhQ+eBxKS3E4+wEi37aPT1DF09A0VjUCnNhbHRzYWx0",
    ),
    ("hmac md5", "$hmac-md5$NDM2NTgyMzBlYWZlZWYwMDhjMzM5ODU4OWUwMDY4N2Y=$a2V5"),
    ("hmac sha1", "$hmac-sha1$M2ZiYTBmZWFiMGY4OWU4NWJiYmFiYzEzMGRjZWJkYzI3ZWNiYWM5Nw==$a2V5"),
    ("hmac sha224", "$hmac-sha224$ZWYyNmM4NzgyYTNkN2IzYjkyZDcwMzYzODQwMWRmOTE1ZGFkYzdjMzBkMTkwNDVlYmFlYmZmYzY=$a2V5"),
    (
        "hmac sha256",
        "$hmac-sha256$YzM1MjdiNDNhODViZTA2MGI1NzNlM2JlMDk5ZDE0YTVhOGYxMjBkY2UyZDI0ODhjOTUyZWZlNTE2ZjdhNGZjYw==$a2V5",
    ),
    (
        "hmac sha384",
        "$hmac-sha384$ODhmNzAxMGJhNTFkOGM2NDhiYjk3MWE1NTU0MmQwMTdhZDU2ZjVhMmRhOGU5NDJlZTBlZDRhZTY4ZDdkODQ4ZDI2NzY3NjEzMGQ3ZGRjNzNkMWFjNjRiMDNiNzM2OTE1$a2V5",
    ),
    (
        "hmac sha512",
        "$hmac-sha512$Y2Y0OThiN2YwM2M3ZDhmNTkwMzJiY2FiZGY1NTdkNWYwNWQ1ZGM0MGRlM2M2NDM0MWVlOTljZDZlZDc4ZTBkMjMyNTQ5M2JmNmQ3NDliNGFiM2EyZTAxYjdlNTY1NzQyYzhmZTM5OGY3ZmJmZGNkYjUyN2RiZTljNjg3OWNiNzQ=$a2V5",
    ),
    ("md5-crypt", "$md5-crypt$saltsalt$5dd9/o3H/5DUVLwLCxGpw1"),
    ("sha256-crypt", "$sha256-crypt$rounds=1000$saltsaltsalt$qz84M92XLkr67.0z89kDzzAcDDxcHu7R0JXH/pr.SqC"),
    (
        "sha512-crypt",
        "$sha512-crypt$saltsaltsalt$/ZyXxuIzpFIE8DF5bmtqAWHUikoYDm/D5LSL7VGyBOZTDxcAT/gH52pOnKvDsw3YDAFgOl/QOJ6gnvp6Tda65.",
    ),
    ("phpass", "$P$6saltsalt3iCOpF7l5HrWrRIOz/tXz/"),
    ("drupal", "$S$6saltsaltP0wMlaOcbsyH7tXFdGFTwwiAcUKn3laJlxKjnu4G0KN"),
    ("django pbkdf2", "pbkdf2_sha256$1000$saltsalt$J9lxd4/J9mlxSEqKml4hzyfXBteZkZqtAgzjhXuqTKc="),
    (
        "werkzeug pbkdf2",
        "pbkdf2:sha256:1000$5oLaBQK227FqnE2n$e45be2f3d262ded89b38d90660e8fc0a0fdefa66d3ba5b248bd8fa225b0736c3",
    ),
    (
        "werkzeug scrypt",
        "scrypt:1024:8:1$xClW9nlSOwi0QyC5$a938d57c97c61610d927ba4e4be0993d8ef4dac1cdd688518dbf0b8596b8cd81b58989c6b0e89e790a6e469721c2a6057ea00016aaec04ea9816f656a3bc2fc9",
    ),
    ("django bcrypt_sha256", "bcrypt_sha256$$2b$04$abcdefghijklmnopqrstuuTVujGuHH4rICqjlgs.0d0Pwhl0V6Pre"),
    ("django bcrypt", "bcrypt$$2b$04$abcdefghijklmnopqrstuuTdimRvSuK/xr6xdHTGebbWasglgwoXS"),
    ("wordpress 6.8", "$wp$2y$04$abcdefghijklmnopqrstuum29MGMpEZmQwvQoVeHZ8Ktgd/gC9zx6"),
    ("argon2id", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$XA7bh70SpGu/cfIDKFE8Gm1FZdK84YlobAaCkYPZk8o"),
    ("argon2i", "$argon2i$v=19$m=64,t=1,p=2$c2FsdHNhbHQ$Mv42dOyU1MSLtlSYXCF/tD8epEJ2qf2U"),
    ("django argon2", "argon2$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$XA7bh70SpGu/cfIDKFE8Gm1FZdK84YlobAaCkYPZk8o"),
    ("hmac md4", "$hmac-md4$M2FlMzU3MmMzZmM1YTE5OTdiY2ZmM2ZiNjNjYzA3NzU=$a2V5"),
];

#[tokio::test]
async fn imported_hashes_of_every_format_match_their_password_only() {
    let hasher = argon2();
    for (name, hash) in FOREIGN {
        assert_eq!(Hasher::check_import(hash), Ok(()), "{name}");
        assert!(hasher.verify(&Secret::new("pässword-1"), hash).await.unwrap(), "{name}");
        for wrong in ["pässword-2", "", "pässword-1 x"] {
            assert!(!hasher.verify(&Secret::new(wrong), hash).await.unwrap(), "{name}: {wrong:?}");
        }
    }
}

/// Requirement 10.
#[test]
fn imported_hashes_are_replaced_at_the_next_sign_in() {
    let hasher = Hasher::new(HashOptions::default()).unwrap();
    assert!(FOREIGN.iter().all(|(_, hash)| hasher.needs_rehash(hash)));
}

#[test]
fn a_broken_or_ruinous_foreign_hash_is_not_imported() {
    for (name, hash) in FOREIGN {
        let cut = &hash[..hash.len() - 3];
        assert!(Hasher::check_import(cut).is_err() || name.starts_with("argon2") || name.contains("argon2"), "{name}");
    }
    for expensive in [
        "$pbkdf2-sha256$i=10000001,l=32$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "pbkdf2_sha256$99999999999$s$AAAA",
        "$scrypt$ln=262144,r=8,p=1$c2FsdA==$AAAA",
        "$scrypt$ln=16384,r=9,p=1$c2FsdA==$AAAA",
        "scrypt:1024:8:11$s$00",
        "$firescrypt$ln=18,r=8,p=1$c2FsdA==$AAAA$Bw==$AAAA",
        "$sha512-crypt$rounds=999999999$s$x",
        "$P$TsaltsaltAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        assert!(matches!(Hasher::check_import(expensive), Err(ImportError::TooExpensive(_))), "{expensive}");
    }
}

/// One hash of `vectors.json`: what the password is, what the hash of it is, and which program made it.
#[derive(serde::Deserialize)]
struct Vector {
    family: String,
    made_by: String,
    password: String,
    hash: String,
}

/// Passwords of ASCII, of other alphabets and of 70 bytes; hashes by the programs that they come from.
#[tokio::test]
async fn hashes_made_by_other_programs_match_their_password_only() {
    let hasher = argon2();
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert!(vectors.len() > 150);
    for Vector { family, made_by, password, hash } in &vectors {
        let matches = hasher.verify(&Secret::new(password), hash).await.unwrap();
        assert!(matches, "{family} of {made_by}: {hash}");
        let other = Secret::new(format!("{password}."));
        assert!(!hasher.verify(&other, hash).await.unwrap(), "{family} of {made_by}: {hash}");
    }
}

/// Requirements 2 and 16: more than 72 bytes never match a bcrypt hash, not even that of their beginning.
#[tokio::test]
async fn requirement_2_the_beginning_of_a_long_password_is_not_the_password() {
    let hasher = bcrypt(4, true);
    let begin = "p".repeat(72);
    let hash = hasher.hash(&Secret::new(&begin)).await.unwrap();
    assert!(hasher.verify(&Secret::new(&begin), &hash).await.unwrap());
    assert!(!hasher.verify(&Secret::new(format!("{begin}q")), &hash).await.unwrap());
}

/// Kratos does not take `$2x$` either: it marks hashes that are wrong for letters beyond ASCII.
#[test]
fn hashes_of_the_broken_bcrypt_are_not_imported() {
    let hash = "$2x$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
    assert_eq!(Hasher::check_import(hash), Err(ImportError::UnknownFormat));
}
