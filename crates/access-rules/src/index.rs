//! Finding the rules that could want a request, in a time that does not grow with their number.
//!
//! Every pattern has literal beginnings (`http://host/users/`). For each method they stand in one sorted list, where
//! each knows the longest other that it begins with. One binary search finds the longest beginning of a URL; its
//! ancestors are all the others.

use crate::pattern::Pattern;
use std::collections::HashMap;

/// An index over the patterns of a rule set.
#[derive(Debug, Default)]
pub struct Index {
    methods: HashMap<Box<str>, List>,
}

#[derive(Debug, Default)]
struct List {
    entries: Vec<Beginning>,
}

#[derive(Debug)]
struct Beginning {
    text: Box<str>,
    /// The place of the longest other beginning that this one begins with.
    parent: Option<u32>,
    rules: Vec<u32>,
}

impl Index {
    /// Builds the index from each rule's methods (in upper case) and pattern.
    pub fn new<'a>(rules: impl Iterator<Item = (&'a [String], &'a Pattern)>) -> Self {
        let mut all: HashMap<Box<str>, HashMap<Box<str>, Vec<u32>>> = HashMap::new();
        for (number, (methods, pattern)) in rules.enumerate() {
            let Ok(number) = u32::try_from(number) else { break };
            for method in methods {
                let list = all.entry(method.as_str().into()).or_default();
                for prefix in pattern.prefixes() {
                    let rules = list.entry(prefix.as_str().into()).or_default();
                    if rules.last() != Some(&number) {
                        rules.push(number);
                    }
                }
            }
        }
        Self { methods: all.into_iter().map(|(method, list)| (method, List::new(list))).collect() }
    }

    /// Calls `visit` for each rule that lists the method and one of whose beginnings the URL has. A rule with several
    /// beginnings may come more than once.
    pub fn candidates(&self, method: &str, url: &str, mut visit: impl FnMut(u32)) {
        let Some(list) = self.methods.get(method) else { return };
        let above = list.entries.partition_point(|entry| *entry.text <= *url);
        let mut next = above.checked_sub(1);
        while let Some(entry) = next.and_then(|at| list.entries.get(at)) {
            if url.starts_with(&*entry.text) {
                entry.rules.iter().copied().for_each(&mut visit);
            }
            next = entry.parent.map(|at| at as usize);
        }
    }
}

impl List {
    fn new(beginnings: HashMap<Box<str>, Vec<u32>>) -> Self {
        let mut entries: Vec<Beginning> =
            beginnings.into_iter().map(|(text, rules)| Beginning { text, parent: None, rules }).collect();
        entries.sort_by(|a, b| a.text.cmp(&b.text));
        // Sorted, everything that begins with a text follows it at once: a stack of open beginnings suffices.
        let mut open: Vec<u32> = Vec::new();
        for at in 0..entries.len() {
            let text = entries.get(at).map(|entry| entry.text.clone()).unwrap_or_default();
            while let Some(top) = open.last() {
                if entries.get(*top as usize).is_some_and(|entry| text.starts_with(&*entry.text)) {
                    break;
                }
                open.pop();
            }
            if let Some(entry) = entries.get_mut(at) {
                entry.parent = open.last().copied();
            }
            open.extend(u32::try_from(at));
        }
        Self { entries }
    }
}
