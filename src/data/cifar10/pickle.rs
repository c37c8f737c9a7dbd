//! CIFAR-10's Python version: a pickled dictionary of labels and an array of images, laid out as in the binary version.
//!
//! A pickle is a program for a stack machine. This one knows the instructions that plain data needs (protocols 2 to 5) and
//! executes nothing: a call of a function becomes a list of its arguments. Values are stored in one list and refer to each
//! other by index, and their number is limited, so no input can grow, nest or repeat itself without bounds. A library that
//! builds whole objects cannot promise that.

use std::collections::HashMap;
use std::ops::Range;

use crate::data::{CLASSES, IMAGE_BYTES};

/// The limit of instructions is one per this many bytes, plus [`MORE_INSTRUCTIONS`]. An image takes three: its label, its
/// file's name, and the number that the name is stored under; one of CIFAR-100 has two labels.
const BYTES_AN_INSTRUCTION: usize = 384;
const MORE_INSTRUCTIONS: usize = 4096;

/// The most values that are searched for the bytes of an array.
const MAX_PARTS: usize = 64;

/// The contents of a pickle of the data set.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pickle {
    /// Labels, and where the bytes of the images are.
    Batch { labels: Vec<u8>, images: Range<usize> },
    /// Names of the classes.
    ClassNames(Vec<String>),
    /// A hundred classes.
    Cifar100,
}

enum Value {
    /// The range of a text or of bytes.
    Bytes(Range<usize>),
    Integer(i64),
    True,
    /// The values of a list or tuple, the keys and values of a dictionary, or the parts of an object.
    Parts(Vec<u32>),
    Other,
}

/// Reads a pickle.
///
/// # Errors
/// The problem, or the difference from CIFAR-10.
pub(super) fn read(bytes: &[u8]) -> Result<Pickle, String> {
    let mut machine = Machine {
        bytes,
        at: 0,
        values: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    let root = machine.run()?;
    let entry = |key: &str| {
        let Value::Parts(parts) = &machine.values[root] else { return None };
        let (entries, _) = parts.as_chunks::<2>();
        let found = entries.iter().find(|[k, _]| machine.text(*k as usize) == Some(key.as_bytes()));
        found.map(|&[_, value]| value as usize)
    };
    if entry("fine_labels").or(entry("fine_label_names")).is_some() {
        return Ok(Pickle::Cifar100);
    }
    if let Some(names) = entry("label_names") {
        let names = machine.parts(names).iter().map(|&name| machine.text(name as usize));
        let names = names.map(|name| Some(String::from_utf8_lossy(name?).into_owned()));
        return names.collect::<Option<_>>().map(Pickle::ClassNames).ok_or("a class has no name".to_owned());
    }
    let (Some(labels), Some(data)) = (entry("labels"), entry("data")) else {
        return Err("it is not a dictionary with `labels` and `data`".to_owned());
    };
    let labels = machine.parts(labels).iter().map(|&label| match machine.values[label as usize] {
        Value::Integer(label @ 0..10) => Ok(label as u8),
        _ => Err(format!("its labels are not whole numbers below {CLASSES}")),
    });
    let labels = labels.collect::<Result<Vec<u8>, String>>()?;
    let images = machine.array(data)?;
    if images.len() != labels.len() * IMAGE_BYTES {
        return Err(format!(
            "its data are {} bytes, and {} labels take {}",
            images.len(),
            labels.len(),
            labels.len() * IMAGE_BYTES
        ));
    }
    Ok(Pickle::Batch { labels, images })
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<u32>,
    marks: Vec<usize>,
    memo: HashMap<u32, u32>,
}

impl Machine<'_> {
    /// Runs to the end and returns the value that is left.
    fn run(&mut self) -> Result<usize, String> {
        for _ in 0..MORE_INSTRUCTIONS + self.bytes.len() / BYTES_AN_INSTRUCTION {
            match self.take(1)?[0] {
                b'.' => return Ok(self.pop()? as usize),
                instruction => self.execute(instruction)?,
            }
        }
        Err("it has far more parts than CIFAR-10".to_owned())
    }

    fn execute(&mut self, instruction: u8) -> Result<(), String> {
        match instruction {
            // The protocol, and the length of a frame.
            0x80 => self.skip(1)?,
            0x95 => self.skip(8)?,
            b'(' => self.marks.push(self.stack.len()),
            b'}' | b']' | b')' | 0x8f => self.push(Value::Parts(Vec::new())),
            b'N' | 0x89 => self.push(Value::Other),
            0x88 => self.push(Value::True),
            b'K' => self.push_integer(1)?,
            b'M' => self.push_integer(2)?,
            b'J' => self.push_integer(4)?,
            // An integer of any length, and a floating-point number.
            0x8a => {
                let length = self.length(1)?;
                self.skip(length)?;
                self.push(Value::Other);
            }
            b'G' => {
                self.skip(8)?;
                self.push(Value::Other);
            }
            b'U' | b'C' | 0x8c => self.push_bytes(1)?,
            b'T' | b'X' | b'B' => self.push_bytes(4)?,
            0x8d | 0x8e | 0x96 => self.push_bytes(8)?,
            // The name of a function or class: two lines here, two strings on the stack there.
            b'c' => {
                self.skip_line()?;
                self.skip_line()?;
                self.push(Value::Other);
            }
            0x93 => {
                self.pop()?;
                self.pop()?;
                self.push(Value::Other);
            }
            tuple @ 0x85..=0x87 => self.collect(self.top(usize::from(tuple - 0x84)))?,
            b't' => {
                let mark = self.marks.pop();
                self.collect(mark)?;
            }
            // A function and its arguments.
            b'R' | 0x81 => self.collect(self.top(2))?,
            b'e' | b'u' | 0x90 => {
                let mark = self.marks.pop();
                self.append(mark)?;
            }
            // One value to a list, or the state of an object.
            b'a' | b'b' => self.append(self.top(1))?,
            b's' => self.append(self.top(2))?,
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            0x94 => self.remember_as(self.memo.len() as u32)?,
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            other => return Err(format!("it has the instruction {other:#04x} at byte {}", self.at - 1)),
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len());
        let taken = self.at..end.ok_or("it is cut short")?;
        self.at = taken.end;
        Ok(&self.bytes[taken])
    }

    fn skip(&mut self, length: usize) -> Result<(), String> {
        self.take(length).map(|_| ())
    }

    fn skip_line(&mut self) -> Result<(), String> {
        let rest = &self.bytes[self.at..];
        let line = rest.iter().take(256).position(|&byte| byte == b'\n');
        self.at += line.ok_or("it is cut short")? + 1;
        Ok(())
    }

    /// A number of `bytes` bytes.
    fn length(&mut self, bytes: usize) -> Result<usize, String> {
        let number = self.take(bytes)?.iter().rev().fold(0, |number, &byte| (number << 8) | u64::from(byte));
        usize::try_from(number).map_err(|_| "it is cut short".to_owned())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len() as u32);
        self.values.push(value);
    }

    /// Pushes a number of `bytes` bytes, which has a sign if they are four.
    fn push_integer(&mut self, bytes: usize) -> Result<(), String> {
        let value = self.length(bytes)?;
        self.push(Value::Integer(if bytes == 4 { i64::from(value as u32 as i32) } else { value as i64 }));
        Ok(())
    }

    fn push_bytes(&mut self, bytes_of_length: usize) -> Result<(), String> {
        let length = self.length(bytes_of_length)?;
        self.skip(length)?;
        self.push(Value::Bytes(self.at - length..self.at));
        Ok(())
    }

    fn pop(&mut self) -> Result<u32, String> {
        self.stack.pop().ok_or("its stack is empty".to_owned())
    }

    /// Where the last `count` values of the stack begin.
    fn top(&self, count: usize) -> Option<usize> {
        self.stack.len().checked_sub(count)
    }

    fn pop_from(&mut self, start: Option<usize>) -> Result<Vec<u32>, String> {
        let start = start.filter(|&start| start <= self.stack.len());
        Ok(self.stack.split_off(start.ok_or("its stack is empty")?))
    }

    /// Replaces the values from `start` by one that consists of them.
    fn collect(&mut self, start: Option<usize>) -> Result<(), String> {
        let parts = self.pop_from(start)?;
        self.push(Value::Parts(parts));
        Ok(())
    }

    /// Appends the values from `start` to the one below them.
    fn append(&mut self, start: Option<usize>) -> Result<(), String> {
        let parts = self.pop_from(start)?;
        let top = *self.stack.last().ok_or("its stack is empty")?;
        match &mut self.values[top as usize] {
            Value::Parts(whole) => whole.extend(parts),
            _ => return Err("it appends to something that is not a list".to_owned()),
        }
        Ok(())
    }

    /// Stores the top of the stack under a number of `bytes` bytes.
    fn remember(&mut self, bytes: usize) -> Result<(), String> {
        let key = self.length(bytes)?;
        self.remember_as(key as u32)
    }

    fn remember_as(&mut self, key: u32) -> Result<(), String> {
        let top = *self.stack.last().ok_or("its stack is empty")?;
        self.memo.insert(key, top);
        Ok(())
    }

    /// Pushes the value stored under a number of `bytes` bytes.
    fn recall(&mut self, bytes: usize) -> Result<(), String> {
        let key = self.length(bytes)? as u32;
        let value = *self.memo.get(&key).ok_or("it recalls a value that it did not store")?;
        self.stack.push(value);
        Ok(())
    }

    fn text(&self, value: usize) -> Option<&[u8]> {
        if let Value::Bytes(range) = &self.values[value] { Some(&self.bytes[range.clone()]) } else { None }
    }

    fn parts(&self, value: usize) -> &[u32] {
        if let Value::Parts(parts) = &self.values[value] { parts } else { &[] }
    }

    /// The bytes of an array, which are its longest part.
    fn array(&self, value: usize) -> Result<Range<usize>, String> {
        let mut longest = 0..0;
        let mut ahead = vec![value as u32];
        for _ in 0..MAX_PARTS {
            let Some(next) = ahead.pop() else { break };
            match &self.values[next as usize] {
                Value::Bytes(range) if self.bytes[range.clone()] == *b"F" => {
                    return Err("its data are stored column by column".to_owned());
                }
                Value::True => return Err("its data are stored column by column".to_owned()),
                Value::Bytes(range) if range.len() > longest.len() => longest = range.clone(),
                Value::Parts(parts) => ahead.extend(parts.iter().take(MAX_PARTS)),
                _ => (),
            }
        }
        Ok(longest)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A batch as Python 2 pickles it, from records of the binary version.
    pub fn batch(records: &[u8]) -> Vec<u8> {
        let records = records.chunks_exact(1 + IMAGE_BYTES);
        let count = (records.len() as u16).to_le_bytes();
        let mut bytes =
            b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03U\x06labelsq\x04]q\x05("
                .to_vec();
        records.clone().for_each(|record| bytes.extend([b'K', record[0]]));
        bytes.extend(b"eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08");
        bytes.extend(b"K\0\x85q\x09U\x01bq\x0a\x87q\x0bRq\x0c(K\x01M");
        bytes.extend(count);
        bytes.extend(
            b"M\0\x0c\x86q\x0dcnumpy\ndtype\nq\x0eU\x02u1q\x0fK\0K\x01\x87q\x10Rq\x11(K\x03U\x01|q\x12",
        );
        bytes.extend(b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89T");
        bytes.extend((records.len() as u32 * IMAGE_BYTES as u32).to_le_bytes());
        records.for_each(|record| bytes.extend(&record[1..]));
        bytes.extend(b"q\x13tbU\tfilenamesq\x14]q\x15U\x05a.pngq\x16au.");
        bytes
    }

    fn records(labels: &[u8]) -> Vec<u8> {
        labels
            .iter()
            .flat_map(|&label| std::iter::once(label).chain((0..IMAGE_BYTES).map(move |i| i as u8 ^ label)))
            .collect()
    }

    #[test]
    fn a_batch_of_python_2_is_read() {
        let records = records(&[3, 9, 0]);
        let bytes = batch(&records);
        let Ok(Pickle::Batch { labels, images }) = read(&bytes) else { panic!("{:?}", read(&bytes)) };
        assert_eq!(labels, [3, 9, 0]);
        assert_eq!(bytes[images][IMAGE_BYTES..2 * IMAGE_BYTES], records[3074..2 * 3073]);
    }

    #[test]
    fn protocol_4_and_the_class_names_are_read() {
        let mut bytes =
            b"\x80\x04\x95\0\0\0\0\0\0\0\0}\x94(\x8c\x06labels\x94]\x94K\x07a\x8c\x04data\x94B".to_vec();
        bytes.extend((IMAGE_BYTES as u32).to_le_bytes());
        bytes.extend([5; IMAGE_BYTES]);
        bytes.extend(b"\x94u.");
        assert!(matches!(read(&bytes), Ok(Pickle::Batch { labels, .. }) if labels == [7]));
        let names = read(b"\x80\x02}q\0U\x0blabel_namesq\x01]q\x02(U\x03catU\x03dogesu.");
        assert!(names.is_err(), "a mark that was never set: {names:?}");
        let names = read(b"\x80\x02}q\0U\x0blabel_namesq\x01]q\x02(U\x03catU\x03doges.");
        assert_eq!(names, Ok(Pickle::ClassNames(vec!["cat".to_owned(), "dog".to_owned()])));
        assert_eq!(read(b"\x80\x02}q\0U\x0bfine_labelsq\x01]s."), Ok(Pickle::Cifar100));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let whole = batch(&records(&[3, 9]));
        for len in (0..whole.len()).step_by(97) {
            assert!(read(&whole[..len]).unwrap_err().contains("cut short"), "{len}");
        }
        let at = whole.windows(2).position(|pair| pair == b"K\x09").unwrap();
        let mut other = whole.clone();
        other[at + 1] = 10;
        assert!(read(&other).unwrap_err().contains("labels"));
        other = whole.clone();
        other[at] = 0xff;
        assert!(read(&other).unwrap_err().contains(&format!("0xff at byte {at}")));
        let at = whole.iter().position(|&byte| byte == 0x89).unwrap();
        other = whole.clone();
        other[at] = 0x88;
        assert!(read(&other).unwrap_err().contains("column by column"));
        assert!(read(b"\x80\x02]q\0.").unwrap_err().contains("not a dictionary"));
        assert!(read(b"\x80\x02X\xff\xff\xff\xff").unwrap_err().contains("cut short"));
        assert!(read(&[b')'; 2 << 20]).unwrap_err().contains("far more parts"));
    }

    proptest! {
        #[test]
        fn changed_pickles_never_panic(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            tail in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let mut bytes = batch(&records(&[1]));
            // Most changes go where the instructions are.
            let end = bytes.len() - IMAGE_BYTES;
            for (at, byte) in changes {
                let at = at.index(end);
                bytes[at] = byte;
            }
            let _ = read(&bytes);
            bytes.truncate(120);
            bytes.extend(tail);
            let _ = read(&bytes);
        }
    }
}
