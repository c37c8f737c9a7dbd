//! Whole files of every kind, for mutations to begin from. A new kind of file is a line in a list of these.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};

use emascope::checkpoint::{self, Fingerprint, LossSum, Metadata, NamedTensor};
use emascope::config::{Experiment, Preset};
use emascope::data::{Dataset, IMAGE_BYTES, sheet};
use emascope::model::Model;
use emascope::network::{LayerSpec, ModelSpec};
use emascope::report::{EvaluationPoint, MethodScore};
use emascope::trainer::TrainingState;
use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use safetensors::tensor::Dtype;

/// A name, which describes the file's contents, and the file.
pub type File = (String, Vec<u8>);

/// Files of CIFAR-10 that come together; the last is large.
pub fn batches() -> Vec<Vec<File>> {
    let file = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    vec![
        vec![file("data_batch_1.bin", records(5)), file("test_batch.bin", records(3))],
        vec![file("data_batch_2.bin", records(2)), file("data_batch_10.bin", records(2))],
        vec![file("images.bin", records(7)), file("batches.meta.txt", CLASSES.to_vec())],
        vec![file("data_batch_1.bin", records(60))],
    ]
}

/// Sheets of a few images, lossless as they come with the program.
pub fn sheets() -> Vec<Vec<u8>> {
    [1, 3, 41].map(|count| sheet::encode(&records(count))).to_vec()
}

/// Values of a setting in a link.
pub fn setting_texts() -> Vec<Vec<u8>> {
    let texts = [
        "0.98",
        "0.99,every=4,warmup=ramp,buffers=copy,from=500",
        "flip,crop=4",
        "none",
        "64",
        "2e-3",
        "true",
        "one-cycle",
        "resnet9",
        "group",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Archives before they are compressed; the last is large.
pub fn tars() -> Vec<Vec<u8>> {
    let folder = "cifar-10-batches-bin";
    let batch = |name: &str, count| (format!("{folder}/{name}"), records(count));
    let meta = (format!("{folder}/batches.meta.txt"), CLASSES.to_vec());
    let readme = (format!("{folder}/readme.html"), b"<p>hello".to_vec());
    vec![
        tar_of(&[meta.clone(), batch("data_batch_1.bin", 3), readme, batch("test_batch.bin", 1)]),
        tar_of(&[batch("data_batch_2.bin", 2), batch("data_batch_1.bin", 1), meta]),
        tar_of(&[("a/".to_owned() + &"long/".repeat(40) + "data_batch_1.bin", records(2))]),
        tar_of(&[batch("data_batch_1.bin", 40), batch("test_batch.bin", 20)]),
    ]
}

/// Weights as PyTorch and others save them.
pub fn state_dicts(model: &Model) -> Vec<Vec<u8>> {
    let arena = model.initialise(1);
    let plain = checkpoint::state_dict(model, &arena, 3);
    let halves: Vec<NamedTensor> = checkpoint::module("", model, &arena, 3)
        .into_iter()
        .map(|(name, dtype, shape, bytes)| match dtype {
            Dtype::F32 => {
                let floats = bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four));
                let halves = floats.flat_map(|value| half::f16::from_f32(value).to_le_bytes()).collect();
                (name, Dtype::F16, shape, halves)
            }
            _ => (name, dtype, shape, bytes),
        })
        .collect();
    vec![plain, checkpoint::file_of(&halves, None), checkpoints().remove(0)]
}

/// Checkpoints of a custom network and of a preset.
pub fn checkpoints() -> Vec<Vec<u8>> {
    let own = Experiment {
        model: Some(network()),
        ema: vec!["0.9,warmup=ramp".parse().unwrap(), "0.98,every=2".parse().unwrap()],
        ..Experiment::default()
    };
    let none = Experiment { ema: Vec::new(), ..own.clone() };
    vec![checkpoint_of(own), checkpoint_of(none)]
}

/// Configurations as files hold them.
pub fn configurations() -> Vec<Vec<u8>> {
    let own = Experiment { model: Some(network()), preset: Preset::Small, ..Experiment::default() };
    let few =
        r#"{"lr": 0.01, "ema": [0.98, "0.99,every=4,from=10"], "augment": ["flip", "crop=4"], "steps": 100}"#;
    let deep = r#"{"model": {"name": "mine", "layers": [{"conv": {"out": 16, "kernel": 1}}, {"group_norm": {"groups": 4}},
        {"residual": ["relu", {"conv": {"out": 16, "bias": false}}]}, "max_pool", "global_average_pool", "flatten",
        {"dense": {"out": 10}}]}, "seed": 7}"#;
    vec![
        Experiment::default().to_json().into_bytes(),
        own.to_json().into_bytes(),
        few.as_bytes().to_vec(),
        deep.as_bytes().to_vec(),
    ]
}

/// A small network with everything that has parameters.
pub fn network() -> ModelSpec {
    let layers = [
        LayerSpec::MaxPool,
        LayerSpec::Conv { out: 4, kernel: 3, bias: false, dirac: false, whiten: false },
        LayerSpec::batch_norm(),
        LayerSpec::Relu,
        LayerSpec::GlobalAveragePool,
        LayerSpec::Flatten,
        LayerSpec::Dense { out: 10, bias: true },
    ];
    ModelSpec { name: "mine".to_owned(), layers: layers.to_vec() }
}

/// The data that the checkpoints say they were trained on.
pub fn trained_on() -> Fingerprint {
    Fingerprint { name: "synthetic".to_owned(), train: 64, test: 32, crc32: 7 }
}

fn checkpoint_of(experiment: Experiment) -> Vec<u8> {
    let model = Model::new(&experiment.model_spec()).expect("the network is one");
    let state = TrainingState::begin(model.initialise(1), experiment.ema.len(), model.parameter_floats);
    let methods =
        ["raw", "ema-0.9-ramp"].map(|name| MethodScore { name: name.to_owned(), accuracy: 10.0, loss: 2.3 });
    let metadata = Metadata {
        version: checkpoint::VERSION,
        step: 0,
        ema_updates: vec![0; experiment.ema.len()],
        history: vec![EvaluationPoint { step: 4, epoch: 1.0, early: false, methods: methods.to_vec() }],
        since_evaluation: LossSum { sum: 4.6, steps: 2 },
        dataset: trained_on(),
        adapter: None,
        experiment,
    };
    checkpoint::to_bytes(&metadata, &model, &state)
}

const CLASSES: &[u8] = b"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";

/// Records of CIFAR-10's binary layout.
fn records(count: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|k| {
            let pixels = (0..IMAGE_BYTES).map(move |i| (i * 7 + k * 31) as u8);
            std::iter::once((k % 10) as u8).chain(pixels)
        })
        .collect()
}

fn tar_of(files: &[File]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &bytes[..]).expect("writing to memory");
    }
    builder.into_inner().expect("writing to memory")
}

/// Sets the checksums of a tar archive right, without which nothing behind them is read.
pub fn mend_checksums(tar: &mut [u8]) {
    for header in tar.as_chunks_mut::<512>().0 {
        if &header[257..262] == b"ustar" {
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
            header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        }
    }
}

/// Compresses, quickly.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

/// Bytes that a file decodes to, or its own where it is not compressed.
pub fn decoded_bytes(bytes: &[u8]) -> u64 {
    if sheet::is_webp(bytes) {
        // Its stated size, at the four bytes per pixel that decoding takes.
        let decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(bytes));
        let pixels = decoder.map_or(0, |decoder| {
            let (width, height) = decoder.dimensions();
            u64::from(width) * u64::from(height)
        });
        return (bytes.len() as u64).max(4 * pixels);
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes.len() as u64;
    }
    let mut inner = Vec::new();
    // The part before the damage counts.
    let _ = MultiGzDecoder::new(bytes).take(1 << 30).read_to_end(&mut inner);
    (bytes.len() as u64).max(decoded_bytes(&inner))
}

/// Header and payload of a safetensors file.
pub fn parts_of(file: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = file.split_first_chunk::<8>().expect("the seeds are whole");
    rest.split_at(u64::from_le_bytes(*length) as usize)
}

/// A safetensors file of a header, which need not be one, and a payload.
pub fn file_of_parts(header: &[u8], payload: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header, payload].concat()
}

/// The header with another text in the place of our metadata.
pub fn with_metadata(header: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut header: serde_json::Value = serde_json::from_slice(header).expect("the seeds are whole");
    let entries: HashMap<String, String> =
        serde_json::from_value(header["__metadata__"].clone()).expect("the seeds are whole");
    let changed = entries.into_iter().map(|(key, text)| (key, text.into_bytes()));
    let mut changed: Vec<(String, Vec<u8>)> = changed.collect();
    change(&mut changed[0].1);
    let text = |(key, bytes): (String, Vec<u8>)| (key, String::from_utf8_lossy(&bytes).into_owned());
    let changed: HashMap<String, String> = changed.into_iter().map(text).collect();
    header["__metadata__"] = serde_json::to_value(changed).expect("texts are JSON");
    header.to_string().into_bytes()
}

/// Fails if a data set is not one.
pub fn check(dataset: &Dataset) {
    for split in [&dataset.train, &dataset.test] {
        assert!(!split.is_empty(), "a data set without images");
        assert_eq!(split.images.len(), split.labels.len() * IMAGE_BYTES, "images and labels");
        assert!(split.labels.iter().all(|&label| usize::from(label) < dataset.class_names.len()), "labels");
    }
}
