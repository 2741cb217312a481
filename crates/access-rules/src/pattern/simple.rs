//! A matcher for the patterns that people write most: literals, runs of a class (`.*`, `[0-9]+`, `[^/]+`) and plain
//! alternatives. It needs no automaton, so a set of ten thousand rules stays small and quick to load; everything else
//! is left to the `regex` crate.

use regex_syntax::hir::{Class, Hir, HirKind};
use std::{collections::HashMap, sync::Arc};

/// A set of characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Set {
    ascii: u128,
    /// Ranges beyond ASCII.
    others: Vec<(char, char)>,
    /// Everything but the line feed.
    all: bool,
}

impl Set {
    fn contains(&self, c: char) -> bool {
        match u32::from(c) {
            code @ 0..=127 => self.ascii >> code & 1 == 1,
            _ => self.all || self.others.iter().any(|(low, high)| (*low..=*high).contains(&c)),
        }
    }

    fn meets(&self, other: &Set) -> bool {
        self.ascii & other.ascii != 0
            || self.others.iter().any(|a| other.others.iter().any(|b| a.0 <= b.1 && b.0 <= a.1))
    }
}

/// Shares equal sets between the patterns of a rule set.
#[derive(Debug, Default)]
pub(super) struct Sets(HashMap<Vec<(char, char)>, Arc<Set>>);

impl Sets {
    fn of(&mut self, class: &Class) -> Option<Arc<Set>> {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class.iter().map(|r| (r.start(), r.end())).collect(),
            Class::Bytes(class) => class
                .iter()
                .map(|r| (r.end() < 128).then(|| (char::from(r.start()), char::from(r.end()))))
                .collect::<Option<_>>()?,
        };
        Some(Arc::clone(self.0.entry(ranges).or_insert_with_key(|ranges| {
            let mut ascii = 0;
            let mut others = Vec::new();
            for (low, high) in ranges {
                (u32::from(*low)..=u32::from(*high).min(127)).for_each(|code| ascii |= 1u128 << code);
                if u32::from(*high) > 127 {
                    others.push(((*low).max('\u{80}'), *high));
                }
            }
            let all = ascii == !(1 << 10) && others == [('\u{80}', char::MAX)];
            Arc::new(Set { ascii, others, all })
        })))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(Box<str>),
    /// One of these; none is the beginning of another.
    Choice(Box<[Box<str>]>),
    Run {
        set: Arc<Set>,
        least: u32,
        most: Option<u32>,
    },
    /// Begin and end of what a pair of angle brackets catches.
    Open,
    Close,
}

/// Turns an expression into pieces, where it is simple enough.
pub(super) fn pieces(hir: &Hir, sets: &mut Sets, out: &mut Vec<Piece>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => out.push(Piece::Literal(std::str::from_utf8(&literal.0).ok()?.into())),
        HirKind::Class(class) => out.push(Piece::Run { set: sets.of(class)?, least: 1, most: Some(1) }),
        HirKind::Repetition(repetition) if repetition.greedy => match repetition.sub.kind() {
            HirKind::Class(class) => {
                out.push(Piece::Run { set: sets.of(class)?, least: repetition.min, most: repetition.max })
            }
            _ => return None,
        },
        HirKind::Concat(parts) => {
            for part in parts {
                pieces(part, sets, out)?;
            }
        }
        HirKind::Alternation(parts) => {
            let choices = parts
                .iter()
                .map(|part| match part.kind() {
                    HirKind::Literal(literal) => std::str::from_utf8(&literal.0).ok().map(Box::from),
                    _ => None,
                })
                .collect::<Option<Box<[Box<str>]>>>()?;
            let clash = choices
                .iter()
                .enumerate()
                .any(|(i, a)| choices.iter().enumerate().any(|(j, b)| i != j && b.starts_with(&**a)));
            if clash {
                return None;
            }
            out.push(Piece::Choice(choices));
        }
        _ => return None,
    }
    Some(())
}

/// Pieces that can be matched from left to right without ever going back.
#[derive(Debug)]
pub(super) struct Simple(Box<[Piece]>);

impl Simple {
    /// `None` where a run could have to give back what it took.
    pub(super) fn new(pieces: Vec<Piece>) -> Option<Self> {
        let mut merged: Vec<Piece> = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (Some(Piece::Literal(before)), Piece::Literal(more)) => *before = format!("{before}{more}").into(),
                (_, piece) => merged.push(piece),
            }
        }
        let real: Vec<&Piece> = merged.iter().filter(|piece| !matches!(piece, Piece::Open | Piece::Close)).collect();
        for (i, piece) in real.iter().enumerate() {
            let Piece::Run { set, .. } = piece else { continue };
            let after = real.get(i + 1..).unwrap_or_default();
            let certain = match after {
                [] | [Piece::Literal(_)] => true,
                [Piece::Literal(text), ..] => text.chars().next().is_some_and(|c| !set.contains(c)),
                [Piece::Choice(choices), ..] => {
                    choices.iter().all(|text| text.chars().next().is_some_and(|c| !set.contains(c)))
                }
                [Piece::Run { set: next, least, .. }, ..] => *least > 0 && !set.meets(next),
                _ => false,
            };
            if !certain {
                return None;
            }
        }
        Some(Self(merged.into()))
    }

    /// Whether the whole text matches; with `spans`, what each pair of brackets caught.
    pub(super) fn matches(&self, text: &str, mut spans: Option<&mut Vec<(usize, usize)>>) -> bool {
        let mut at = 0;
        let mut opened = 0;
        for (i, piece) in self.0.iter().enumerate() {
            let rest = text.get(at..).unwrap_or_default();
            match piece {
                Piece::Open => opened = at,
                Piece::Close => {
                    if let Some(spans) = spans.as_deref_mut() {
                        spans.push((opened, at));
                    }
                }
                Piece::Literal(literal) => {
                    if !rest.starts_with(&**literal) {
                        return false;
                    }
                    at += literal.len();
                }
                Piece::Choice(choices) => match choices.iter().find(|choice| rest.starts_with(&***choice)) {
                    Some(choice) => at += choice.len(),
                    None => return false,
                },
                Piece::Run { set, least, most } => {
                    // What follows at the very end is matched from there: the run takes all that is left.
                    let taken = match self.last_literal(i) {
                        Some(literal) => match rest.strip_suffix(literal) {
                            Some(taken) if taken.chars().all(|c| set.contains(c)) => taken,
                            _ => return false,
                        },
                        None => {
                            let limit = most.map_or(usize::MAX, |most| most as usize);
                            let end =
                                rest.char_indices().enumerate().find(|(n, (_, c))| *n >= limit || !set.contains(*c));
                            rest.get(..end.map_or(rest.len(), |(_, (i, _))| i)).unwrap_or_default()
                        }
                    };
                    let count = if taken.is_ascii() { taken.len() } else { taken.chars().count() };
                    if count < *least as usize || most.is_some_and(|most| count > most as usize) {
                        return false;
                    }
                    at += taken.len();
                }
            }
        }
        at == text.len()
    }

    /// The literal after the piece at `i`, when nothing else follows; empty at the very end.
    fn last_literal(&self, i: usize) -> Option<&str> {
        let mut after = self.0.iter().skip(i + 1).filter(|piece| !matches!(piece, Piece::Open | Piece::Close));
        match (after.next(), after.next()) {
            (Some(Piece::Literal(literal)), None) => Some(literal),
            (None, None) => Some(""),
            _ => None,
        }
    }

    /// The texts of which one must be the beginning of every match, and whether they are the whole of it.
    pub(super) fn prefixes(&self) -> (Vec<String>, bool) {
        let mut found = vec![String::new()];
        for piece in &self.0 {
            match piece {
                Piece::Open | Piece::Close => {}
                Piece::Literal(literal) => found.iter_mut().for_each(|prefix| prefix.push_str(literal)),
                Piece::Choice(choices) if found.len() * choices.len() <= MAX_PREFIXES => {
                    found = found
                        .iter()
                        .flat_map(|prefix| choices.iter().map(move |choice| format!("{prefix}{choice}")))
                        .collect();
                }
                Piece::Choice(_) | Piece::Run { .. } => return (found, false),
            }
        }
        (found, true)
    }

    /// Whether there is nothing but one literal.
    pub(super) fn literal(&self) -> Option<&str> {
        match &*self.0 {
            [Piece::Literal(literal)] => Some(literal),
            _ => None,
        }
    }

    /// A few texts that match, for finding overlaps.
    pub(super) fn samples(&self) -> Vec<String> {
        let mut found = vec![String::new()];
        for piece in &self.0 {
            match piece {
                Piece::Open | Piece::Close => {}
                Piece::Literal(literal) => found.iter_mut().for_each(|text| text.push_str(literal)),
                Piece::Choice(choices) => {
                    found = found
                        .iter()
                        .flat_map(|text| choices.iter().take(4).map(move |choice| format!("{text}{choice}")))
                        .take(16)
                        .collect();
                }
                Piece::Run { set, least, .. } => {
                    let fill = "a1x-_.~A".chars().find(|c| set.contains(*c)).unwrap_or('a');
                    let once: String = std::iter::repeat_n(fill, (*least).clamp(1, 16) as usize).collect();
                    found.iter_mut().for_each(|text| text.push_str(&once));
                }
            }
        }
        found
    }
}

/// More beginnings than this are not told apart by the index.
pub(super) const MAX_PREFIXES: usize = 16;
