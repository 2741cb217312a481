//! Compressed variants beside the bundled files, so that the server only has to send them.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Files that shrink; images and fonts in modern formats do not.
const SHRINKING: [&str; 7] = ["wasm", "js", "css", "html", "svg", "json", "txt"];

/// What a bundle weighs on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes as they are.
    pub plain: u64,
    /// Bytes as brotli.
    pub brotli: u64,
    /// Bytes as brotli of what a page cannot start without: code and styles.
    pub code: u64,
}

/// Writes `.br` and `.gz` beside every file below a folder that shrinks.
///
/// # Errors
/// When a file cannot be read or written.
pub fn folder(folder: &Path) -> Result<Weight> {
    let mut weight = Weight::default();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            let below = self::folder(&path)?;
            weight.plain += below.plain;
            weight.brotli += below.brotli;
            weight.code += below.code;
            continue;
        }
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if SHRINKING.contains(&extension) {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let (brotli, gzip) = (brotli(&bytes)?, gzip(&bytes)?);
            weight.plain += bytes.len() as u64;
            weight.brotli += brotli.len() as u64;
            if matches!(extension, "wasm" | "js" | "css") {
                weight.code += brotli.len() as u64;
            }
            write_beside(&path, "br", &brotli)?;
            write_beside(&path, "gz", &gzip)?;
        }
    }
    Ok(weight)
}

fn write_beside(path: &Path, extension: &str, bytes: &[u8]) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    fs::write(&name, bytes).with_context(|| format!("cannot write {}", name.display()))
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut result = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut result, 64 * 1024, 11, 22);
    writer.write_all(bytes).context("cannot compress")?;
    drop(writer);
    Ok(result)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).context("cannot compress")?;
    writer.finish().context("cannot compress")
}

#[cfg(test)]
mod tests {
    use super::folder;
    use std::fs;
    use std::io::Read;

    #[test]
    fn compressed_variants_give_back_the_same_bytes() {
        let base = tempfile::tempdir().expect("a folder");
        let text = "let answer = 42;\n".repeat(500);
        fs::create_dir(base.path().join("sub")).expect("a folder");
        fs::write(base.path().join("sub/app.js"), &text).expect("a file");
        fs::write(base.path().join("photo.png"), "x").expect("a file");
        fs::write(base.path().join("words.json"), "{}").expect("a file");
        let weight = folder(base.path()).expect("compressed");
        assert_eq!(weight.plain, text.len() as u64 + 2);
        assert!(weight.brotli < weight.plain / 10);

        let read = |name: &str| fs::read(base.path().join(name)).expect("a variant");
        let (brotli, gzip) = (read("sub/app.js.br"), read("sub/app.js.gz"));
        assert_eq!(weight.code, brotli.len() as u64);
        let (mut from_brotli, mut from_gzip) = (String::new(), String::new());
        brotli::Decompressor::new(&*brotli, 4096).read_to_string(&mut from_brotli).expect("brotli");
        flate2::read::GzDecoder::new(&*gzip).read_to_string(&mut from_gzip).expect("gzip");
        assert!(from_brotli == text && from_gzip == text);
        assert!(!base.path().join("photo.png.br").exists());
    }
}
