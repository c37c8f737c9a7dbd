//! Every reader, fed with damaged files: it answers, soon, within its memory, and never panics. Whatever happens follows
//! from a seed, and `EMASCOPE_ENDURE_SEED=N` repeats a single one.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../common/endurance.rs"]
mod endurance;
mod mutate;
mod seeds;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use emascope::checkpoint;
use emascope::config::{Experiment, parse_json, settings};
use emascope::data::{RECORD_BYTES, cifar10};
use emascope::model::Model;
use endurance::{Tally, rounds, say};
use mutate::{Random, damage, mutate};
use seeds::File;

/// Inputs of each reader in a test.
const SHORT: u64 = 400;

/// The one seed to try, in place of all.
const SEED: &str = "EMASCOPE_ENDURE_SEED";

/// Memory a reader may hold on top of twice its input: a decompressor's window, a message.
const FIXED: u64 = 256 << 10;

/// An input that is not read within this time hangs; the slowest takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes an input from random numbers.
type Input = dyn Fn(&mut Random) -> Vec<File>;

/// One of the program's readers.
struct Reader {
    name: &'static str,
    input: Box<Input>,
    /// Reads, checks what came of it, and returns whether the input was taken.
    read: Box<dyn Fn(Vec<File>) -> bool>,
}

impl Reader {
    /// Reads the requested number of mutated inputs.
    #[track_caller]
    fn endure(&self) {
        let count = rounds(SHORT);
        let one = std::env::var(SEED).ok().map(|seed| seed.parse::<u64>().expect("a seed is a number"));
        let seeds = one.map_or(0..count, |seed| seed..seed + 1);
        let mut tally = Tally::new(self.name, seeds.end - seeds.start);
        let watch = Watch::over(self.name);
        let mut taken = 0;
        for seed in seeds.clone() {
            tally.progress(seed - seeds.start);
            let input = (self.input)(&mut Random::new(seed));
            let given: u64 = input.iter().map(|(_, bytes)| bytes.len() as u64).sum();
            watch.begin(seed);
            let mut outcome = Ok(false);
            let info = allocation_counter::measure(|| {
                outcome = catch_unwind(AssertUnwindSafe(|| (self.read)(input)));
            });
            let repeat = format!("{SEED}={seed} repeats it");
            match outcome {
                Ok(accepted) => taken += u64::from(accepted),
                Err(panic) => tally.failed(format!("it panics: {}; {repeat}", message(&*panic))),
            }
            tally.holds(info.bytes_max);
            // Decompressing again only where the cheaper bound does not hold.
            if info.bytes_max > 2 * given + FIXED {
                let input = (self.input)(&mut Random::new(seed));
                let decoded: u64 = input.iter().map(|(_, bytes)| seeds::decoded_bytes(bytes)).sum();
                if info.bytes_max > 2 * decoded + FIXED {
                    let peak = info.bytes_max;
                    tally.failed(format!("it took {peak} bytes of memory for {decoded}; {repeat}"));
                }
            }
        }
        watch.end();
        let refused = seeds.end - seeds.start - taken;
        assert!(one.is_some() || taken > 0 && refused > 0, "{taken} inputs were taken, {refused} refused");
        tally.note = format!("{taken} were read, {refused} refused");
        tally.finish();
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// Ends the process when an input takes too long, for a loop without an end cannot be ended otherwise.
struct Watch(Arc<Mutex<Option<(u64, Instant)>>>);

impl Watch {
    fn over(name: &'static str) -> Self {
        let current = Arc::new(Mutex::new(Some((0, Instant::now()))));
        let watched = Arc::clone(&current);
        thread::spawn(move || {
            // A copy, for the lock is not to be held while this sleeps. Ends when the watch does.
            let now = || *watched.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some((seed, began)) = now() {
                if began.elapsed() > PATIENCE {
                    say(&format!("{name}: it hangs; {SEED}={seed} repeats it"));
                    std::process::exit(1);
                }
                thread::sleep(Duration::from_millis(100));
            }
        });
        Self(current)
    }

    fn begin(&self, seed: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((seed, Instant::now()));
    }

    fn end(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn named(name: &str, bytes: Vec<u8>) -> Vec<File> {
    vec![(name.to_owned(), bytes)]
}

/// Words of CIFAR-10's folders and archives.
const NAMES: [&str; 10] = [
    "cifar-10-batches-bin/data_batch_1.bin",
    "test_batch.bin",
    "batches.meta.txt",
    "cifar-10-batches-py/data_batch_1",
    "cifar-100-binary/train.bin",
    "fine_label_names.txt",
    "._data_batch_1.bin",
    "../../data_batch_2.bin",
    "ustar\u{0}00",
    "ustar  \u{0}",
];

fn read_images(files: Vec<File>) -> bool {
    cifar10::read_files(files).inspect(seeds::check).is_ok()
}

#[test]
fn cifar_10_records() {
    let sets = seeds::batches();
    let input = move |random: &mut Random| {
        let mut files = random.file(&sets).clone();
        let other = random.of(&sets)[0].1.clone();
        let changed = random.below(files.len());
        mutate(random, &mut files[changed].1, &NAMES, &other);
        // Whole records again: only then labels and counts are looked at.
        if random.below(2) == 0 {
            let whole = files[changed].1.len() / RECORD_BYTES * RECORD_BYTES;
            files[changed].1.truncate(whole);
        }
        files
    };
    Reader { name: "CIFAR-10 records", input: Box::new(input), read: Box::new(read_images) }.endure();
}

fn mutated_tar(random: &mut Random, tars: &[Vec<u8>]) -> Vec<u8> {
    let (mut tar, other) = (random.file(tars).clone(), random.of(tars));
    mutate(random, &mut tar, &NAMES, other);
    if random.below(4) > 0 {
        seeds::mend_checksums(&mut tar);
    }
    tar
}

#[test]
fn tar_archives() {
    let tars = seeds::tars();
    let input = move |random: &mut Random| named("images.tar", mutated_tar(random, &tars));
    Reader { name: "tar archives", input: Box::new(input), read: Box::new(read_images) }.endure();
}

#[test]
fn gzip_archives() {
    let tars = seeds::tars();
    let zips: Vec<Vec<u8>> = tars.iter().map(|tar| seeds::gzip(tar)).collect();
    // A thousand times as large as it looks.
    let bomb = seeds::gzip(&vec![0; 4 << 20]);
    let input = move |random: &mut Random| {
        let mut zip = match random.below(256) {
            0 => bomb.clone(),
            k if k < 128 => seeds::gzip(&mutated_tar(random, &tars)),
            _ => random.file(&zips).clone(),
        };
        if random.below(2) == 0 {
            let other = random.of(&zips);
            mutate(random, &mut zip, &NAMES, other);
        }
        named("cifar-10-binary.tar.gz", zip)
    };
    Reader { name: "gzip archives", input: Box::new(input), read: Box::new(read_images) }.endure();
}

/// Words of safetensors' headers and of our metadata, settings and layers included.
fn words() -> Vec<&'static str> {
    let mut words = vec![
        "\"F16\"",
        "\"BF16\"",
        "\"F64\"",
        "\"I64\"",
        "\"F4\"",
        "\"shape\":[",
        "\"data_offsets\":[0,0]",
        "__metadata__",
        "raw.",
        "adam.exp_avg.",
        "ema.0.9-ramp.",
        "num_batches_tracked",
        "null",
        "[]",
        "{}",
        "[[[[",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "{\"conv\":{\"out\":4294967295}},",
        "{\"dense\":{\"out\":4294967295}},",
        "\"batch_norm\",",
        "\"flatten\",",
        "\"relu\",",
        "{\"group_norm\":{\"groups\":3}},",
        "{\"residual\":[\"relu\"]},",
        "{\"residual\":[",
        "\"max_pool\",",
        "\"preset\":\"resnet9\",",
        "\"ema\":[0.5],",
        "\"ema\":[],",
        "\"model\":null,",
        "\"0.5,from=18446744073709551615\",",
        "\"crop=17\"",
        "\u{feff}",
    ];
    words.extend(settings().iter().map(|setting| setting.key));
    words
}

/// Damages a text of JSON, which stays one.
fn damage_text(random: &mut Random, text: &mut Vec<u8>, words: &[&str]) {
    let mut tree = serde_json::from_slice(text).expect("the seeds are whole");
    for _ in 0..1 + random.below(2) * random.below(3) {
        damage(random, &mut tree, words);
    }
    *text = tree.to_string().into_bytes();
}

/// A safetensors file with changes in one of its parts, or in all.
fn mutated_safetensors(random: &mut Random, files: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let file = random.of(files).clone();
    let other = random.of(files);
    let (header, payload) = seeds::parts_of(&file);
    let (mut header, mut payload) = (header.to_vec(), payload.to_vec());
    match random.below(6) {
        0 => {
            let mut file = file;
            mutate(random, &mut file, words, other);
            return file;
        }
        1 => mutate(random, &mut payload, words, other),
        2 | 3 if header.windows(9).any(|part| part == b"\"emascope") => {
            header = seeds::with_metadata(&header, |text| match random.below(2) {
                0 => damage_text(random, text, words),
                _ => mutate(random, text, words, other),
            });
        }
        _ => mutate(random, &mut header, words, other),
    }
    seeds::file_of_parts(&header, &payload)
}

#[test]
fn webp_sheets() {
    let sheets = seeds::sheets();
    let input = move |random: &mut Random| {
        let (mut sheet, other) = (random.of(&sheets).clone(), random.of(&sheets));
        mutate(random, &mut sheet, &["RIFF", "VP8L", "VP8X", "ICCP", "EXIF"], other);
        named("sheet.webp", sheet)
    };
    Reader { name: "WebP sheets", input: Box::new(input), read: Box::new(read_images) }.endure();
}

#[test]
fn safetensors_weights() {
    let model = Model::new(&seeds::network()).expect("the network is one");
    let (files, words) = (seeds::state_dicts(&model), words());
    let input =
        move |random: &mut Random| named("w.safetensors", mutated_safetensors(random, &files, &words));
    let read = move |mut files: Vec<File>| {
        let (name, bytes) = files.remove(0);
        let arena = checkpoint::initial_weights(&name, &bytes, &model, None);
        arena.inspect(|arena| assert!(arena.raw.iter().all(|weight| weight.is_finite()), "weights")).is_ok()
    };
    Reader { name: "safetensors weights", input: Box::new(input), read: Box::new(read) }.endure();
}

#[test]
fn checkpoints() {
    let (files, words) = (seeds::checkpoints(), words());
    let input =
        move |random: &mut Random| named("run.safetensors", mutated_safetensors(random, &files, &words));
    let read = |mut files: Vec<File>| {
        let (name, bytes) = files.remove(0);
        let Ok(metadata) = checkpoint::metadata(&name, &bytes) else { return false };
        let experiment = &metadata.experiment;
        if experiment.validate().is_err() {
            return false;
        }
        let Ok(model) = Model::new(&experiment.model_spec()) else { return false };
        let data = seeds::trained_on();
        let state = checkpoint::state(&name, &bytes, &metadata, experiment, &model, &data);
        state.inspect(|state| assert_eq!(state.raw.len(), model.arena_floats, "weights")).is_ok()
    };
    Reader { name: "checkpoints", input: Box::new(input), read: Box::new(read) }.endure();
}

#[test]
fn settings_of_links() {
    let keys: Vec<&str> = settings().iter().map(|setting| setting.key).collect();
    let texts = seeds::setting_texts();
    let input = move |random: &mut Random| {
        let one = |random: &mut Random| {
            let (mut text, other) = (random.of(&texts).clone(), random.of(&texts));
            mutate(random, &mut text, &[",", "=", "none", "0.98", "-1", "1e999", "NaN"], other);
            String::from_utf8_lossy(&text).into_owned()
        };
        let wanted: Vec<(String, Vec<String>)> = (0..1 + random.below(6))
            .map(|_| {
                ((*random.of(&keys)).to_owned(), (0..1 + random.below(3)).map(|_| one(random)).collect())
            })
            .collect();
        named("link", serde_json::to_vec(&wanted).expect("texts are JSON"))
    };
    let read = |mut files: Vec<File>| {
        let wanted: Vec<(String, Vec<String>)> = serde_json::from_slice(&files.remove(0).1).expect("as made");
        let (experiment, adjustments) = Experiment::nearest(&wanted);
        assert_eq!(experiment.validate(), Ok(()), "there is always a run");
        adjustments.is_empty()
    };
    Reader { name: "settings of links", input: Box::new(input), read: Box::new(read) }.endure();
}

#[test]
fn json_configurations() {
    let (files, words) = (seeds::configurations(), words());
    let input = move |random: &mut Random| {
        let (mut file, other) = (random.of(&files).clone(), random.of(&files));
        if random.below(2) == 0 {
            damage_text(random, &mut file, &words);
        } else {
            mutate(random, &mut file, &words, other);
        }
        named("run.json", file)
    };
    let read = |mut files: Vec<File>| {
        let (_, bytes) = files.remove(0);
        let text = String::from_utf8_lossy(&bytes);
        let Ok(experiment) = parse_json(&text).and_then(Experiment::from_value) else { return false };
        if experiment.validate().is_err() || Model::new(&experiment.model_spec()).is_err() {
            return false;
        }
        let again = Experiment::from_json(&experiment.to_json());
        assert_eq!(again.as_ref(), Ok(&experiment), "what is written is read back");
        true
    };
    Reader { name: "JSON configurations", input: Box::new(input), read: Box::new(read) }.endure();
}
