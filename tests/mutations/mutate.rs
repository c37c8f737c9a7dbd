//! Mutations of a file, as bad disks, programs and people cause them; each follows from a seed.

use emascope::random::pcg4d;
use serde_json::Value;

/// Inputs do not grow beyond this, so that a million of them are read in minutes.
const LONGEST: usize = 1 << 18;

/// Fields of a length or an offset as one would choose them to do harm.
const NUMBERS: [u64; 12] =
    [0, 1, 7, 255, 3072, 3073, 65_535, 1 << 24, (1 << 31) - 1, (1 << 32) - 1, 1 << 40, u64::MAX];

/// Numbers as texts: beyond what a type holds, below zero, no numbers.
const TEXTS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "64.0",
    "-0",
    "1e999",
    "-1e-999",
    "nan",
    "NaN",
    "Infinity",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "99999999999999999999999999",
];

/// A stream of random numbers: the same for the same seed.
pub struct Random {
    seed: u64,
    draws: u32,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: 0 }
    }

    pub fn word(&mut self) -> u64 {
        self.draws += 1;
        let [a, b, ..] = pcg4d([self.seed as u32, (self.seed >> 32) as u32, self.draws, 4242]);
        u64::from(a) << 32 | u64::from(b)
    }

    /// A number below `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound as u64) as usize
    }

    /// One of these.
    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One of these files, of which the last is a large one and comes seldom.
    pub fn file<'a, T>(&mut self, files: &'a [T]) -> &'a T {
        let (large, small) = files.split_last().expect("there are files");
        if self.below(16) == 0 { large } else { self.of(small) }
    }

    /// A stretch of `length` bytes, mostly a short one.
    fn stretch(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 64.min(length) };
        start..(start + self.below(most + 1)).min(length)
    }
}

/// Changes `bytes` in one to six ways, mostly in one. `words` are what inputs of this kind are made of; `other` is another one.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>, words: &[&str], other: &[u8]) {
    for _ in 0..1 + random.below(2) * random.below(6) {
        mutate_once(random, bytes, words, other);
        bytes.truncate(LONGEST);
    }
}

fn mutate_once(random: &mut Random, bytes: &mut Vec<u8>, words: &[&str], other: &[u8]) {
    let length = bytes.len();
    match random.below(12) {
        0 | 1 if length > 0 => bytes[random.below(length)] ^= 1 << random.below(8),
        2 if length > 0 => {
            bytes[random.below(length)] = *random.of(&[0, 1, 9, 10, 0x7f, 0x80, 0xff, b'"', b'{'])
        }
        3 => bytes.truncate(random.below(length + 1)),
        4 => drop(bytes.drain(random.stretch(length))),
        5 => {
            let piece = bytes[random.stretch(length)].repeat(1 + random.below(16));
            let at = random.below(length + 1);
            bytes.splice(at..at, piece);
        }
        6 => {
            let (from, to) = (random.stretch(other.len()), random.stretch(length));
            bytes.splice(to, other[from].iter().copied());
        }
        7 if length >= 8 => {
            let number = random.of(&NUMBERS).to_le_bytes();
            let width = *random.of(&[1, 2, 4, 8]);
            let at = random.below(length - 7);
            let field = &mut bytes[at..at + width];
            field.copy_from_slice(&number[..width]);
            if random.below(2) == 0 {
                field.reverse();
            }
        }
        8 => replace_number(random, bytes),
        9 if !words.is_empty() => {
            let word = random.of(words).as_bytes();
            let to = random.stretch(length);
            bytes.splice(to, word.iter().copied());
        }
        10 => {
            let stretch = random.stretch(length);
            bytes[stretch].reverse();
        }
        _ => {
            let to = random.stretch(length);
            let noise: Vec<u8> = to.clone().map(|_| random.word() as u8).collect();
            bytes.splice(to, noise);
        }
    }
}

/// Puts another number in the place of one that stands there in digits.
fn replace_number(random: &mut Random, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    let from = random.below(length + 1);
    let Some(start) = (from..length).find(|&k| bytes[k].is_ascii_digit()) else { return };
    let end = (start..length).find(|&k| !bytes[k].is_ascii_digit()).unwrap_or(length);
    let text = random.of(&TEXTS).as_bytes();
    bytes.splice(start..end, text.iter().copied());
}

/// Puts another value in a random place of a tree, or takes what is there away or makes it twice.
pub fn damage(random: &mut Random, tree: &mut Value, words: &[&str]) {
    let into = random.below(8) > 0;
    match tree {
        Value::Object(fields) if into && !fields.is_empty() => {
            let key = random.of(&fields.keys().cloned().collect::<Vec<_>>()).clone();
            match random.below(12) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert((*random.of(words)).to_owned(), fields[&key].clone())),
                _ => damage(random, &mut fields[&key], words),
            }
        }
        Value::Array(items) if into && !items.is_empty() => {
            let k = random.below(items.len());
            match random.below(6) {
                0 => drop(items.remove(k)),
                1 => items.insert(k, items[k].clone()),
                _ => damage(random, &mut items[k], words),
            }
        }
        place => *place = value(random, words),
    }
}

/// A value of any kind.
fn value(random: &mut Random, words: &[&str]) -> Value {
    match random.below(6) {
        0 => Value::Null,
        1 => random.below(2).eq(&0).into(),
        2 => (*random.of(&NUMBERS)).into(),
        3 => (*random.of(&[0.0, -0.0, -1.0, 0.5, 1.0, 64.0, 1e-300, 1e300])).into(),
        // Text is a value of its own, and may be one in quotes.
        4 => (*random.of(words)).into(),
        _ => {
            let word: &&str = random.of(words);
            serde_json::from_str(word).unwrap_or_else(|_| Value::Array(Vec::new()))
        }
    }
}
