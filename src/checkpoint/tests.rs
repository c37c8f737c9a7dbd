use safetensors::tensor::Dtype;

use safetensors::SafeTensors;

use super::tensors::floats_of;
use super::*;
use crate::config::Norm;
use crate::report::MethodScore;

#[test]
fn a_figure_comes_back_to_the_last_bit() {
    let loss = f64::from(2.301_792_1_f32);
    let text = serde_json::to_string(&loss).unwrap();
    assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), loss.to_bits(), "{text}");
}

fn experiment(norm: Norm) -> Experiment {
    let ema = vec![AverageSpec::new(0.98), "0.9,warmup=ramp".parse().unwrap()];
    Experiment { norm, ema, ..Experiment::default() }
}

fn fingerprint() -> Fingerprint {
    Fingerprint { name: "synthetic".to_owned(), train: 256, test: 100, crc32: 7 }
}

/// A run whose every value is another number.
fn run(experiment: &Experiment) -> (Model, Metadata, TrainingState) {
    let model = Model::new(&experiment.model_spec()).unwrap();
    let mut next = 0.0;
    let mut arena = |buffers: bool| {
        let floats = if buffers { model.arena_floats } else { model.parameter_floats };
        let mut arena = vec![0.0; floats];
        for parameter in model.parameters.iter().filter(|parameter| buffers || !parameter.buffer) {
            let values: Vec<f32> = (0..parameter.count()).map(|k| next + k as f32).collect();
            parameter.from_pytorch(&values, &mut arena);
            next += 0.25;
        }
        arena
    };
    let state = TrainingState {
        step: 12,
        raw: arena(true),
        ema: experiment.ema.iter().map(|_| arena(true)).collect(),
        slow: (experiment.lookahead > 0).then(|| arena(true)),
        exp_avg: arena(false),
        exp_avg_sq: arena(false),
    };
    let score = MethodScore { name: "raw".to_owned(), accuracy: 10.1, loss: 2.3 };
    let metadata = Metadata {
        version: VERSION,
        experiment: experiment.clone(),
        step: 12,
        ema_updates: vec![12, 12],
        history: vec![EvaluationPoint { step: 4, epoch: 1.0, early: false, methods: vec![score] }],
        since_evaluation: LossSum { sum: 0.1 + 0.2, steps: 2 },
        dataset: fingerprint(),
        adapter: None,
    };
    (model, metadata, state)
}

fn load(bytes: &[u8], experiment: &Experiment) -> Result<TrainingState, CheckpointError> {
    let metadata = metadata("a file", bytes)?;
    let model = Model::new(&experiment.model_spec()).unwrap();
    state("a file", bytes, &metadata, experiment, &model, &fingerprint())
}

/// A file of the given tensors, without metadata.
fn file(tensors: &[NamedTensor]) -> Vec<u8> {
    file_of(tensors, None)
}

/// The weights of a file, or its error.
fn initial(prefix: Option<&str>, bytes: &[u8], model: &Model) -> Result<Vec<f32>, CheckpointError> {
    initial_weights("a file", bytes, model, prefix).map(|weights| weights.raw)
}

/// A state dict without counters, as other programs may write it.
fn plain(model: &Model, arena: &[f32]) -> Vec<NamedTensor> {
    model.parameters.iter().map(|parameter| tensor("", parameter, arena)).collect()
}

#[test]
fn every_number_comes_back() {
    for (norm, lookahead) in [(Norm::Batch, 0), (Norm::Group, 0), (Norm::None, 0), (Norm::Batch, 5)] {
        let experiment = Experiment { lookahead, ..experiment(norm) };
        let (model, metadata, state) = run(&experiment);
        let bytes = to_bytes(&metadata, &model, &state);
        assert_eq!(super::metadata("a file", &bytes).unwrap(), metadata);
        assert_eq!(load(&bytes, &experiment).unwrap(), state);
        assert_eq!(initial(None, &bytes, &model).unwrap(), state.raw);
        assert_eq!(to_bytes(&metadata, &model, &state), bytes, "equal states, equal bytes");
    }
}

#[test]
fn names_and_shapes_are_pytorchs() {
    let (model, metadata, state) = run(&experiment(Norm::Batch));
    let bytes = to_bytes(&metadata, &model, &state);
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.tensor("raw.3.weight").unwrap().shape(), [16, 16, 3, 3]);
    assert_eq!(tensors.tensor("ema.0.98.22.weight").unwrap().shape(), [10, 64]);
    assert_eq!(tensors.tensor("ema.0.9-ramp.1.running_var").unwrap().shape(), [16]);
    assert_eq!(tensors.tensor("adam.exp_avg_sq.22.bias").unwrap().shape(), [10]);
    assert!(tensors.tensor("adam.exp_avg.1.running_var").is_err());
    let counter = tensors.tensor("raw.1.num_batches_tracked").unwrap();
    assert_eq!(
        (counter.dtype(), counter.shape(), counter.data()),
        (Dtype::I64, &[][..], &12_i64.to_le_bytes()[..])
    );
    // The first weight of output channel 1 follows the 3·3·3 of channel 0.
    let weight = floats_of(&tensors.tensor("raw.0.weight").unwrap()).unwrap();
    assert_eq!(weight[27], model.parameters[0].to_pytorch(&state.raw)[27]);
}

#[test]
fn other_networks_averages_data_and_versions_are_refused() {
    let ours = experiment(Norm::Batch);
    let (model, metadata, state) = run(&ours);
    let bytes = to_bytes(&metadata, &model, &state);
    let refusal = |experiment: &Experiment| load(&bytes, experiment).unwrap_err().to_string();

    let small = Experiment { preset: crate::config::Preset::Small, ..ours.clone() };
    assert_eq!(
        refusal(&small),
        "a file: is from a different network: `raw.0.weight` has shape [16, 3, 3, 3] there and [32, 3, 3, 3] in this network"
    );
    let said = refusal(&experiment(Norm::None));
    assert!(said.contains("`raw.0.bias` (shape [16])") && said.contains("has no"), "{said}");
    let said = refusal(&experiment(Norm::Group));
    assert!(said.contains("`raw.1.running_mean`") && said.contains("lacks"), "{said}");
    let fewer = Experiment { ema: vec![AverageSpec::new(0.98)], ..ours.clone() };
    assert!(
        refusal(&fewer).contains("contains the averages `0.98` `0.9,warmup=ramp`, but the run has `0.98`")
    );

    let other = Metadata { dataset: Fingerprint { crc32: 8, ..fingerprint() }, ..metadata.clone() };
    let said = load(&to_bytes(&other, &model, &state), &ours).unwrap_err().to_string();
    assert!(said.contains("was trained on synthetic (256 training and 100 test images"), "{said}");
    let newer = Metadata { version: VERSION + 1, ..metadata };
    let said = load(&to_bytes(&newer, &model, &state), &ours).unwrap_err().to_string();
    assert!(said.contains("version 2") && said.contains("newer Emascope"), "{said}");
}

#[test]
fn state_dicts_of_any_float_type_begin_a_run() {
    let (model, _, state) = run(&experiment(Norm::Batch));
    assert_eq!(initial(None, &state_dict(&model, &state.raw, 12), &model).unwrap(), state.raw);
    let mut dict = plain(&model, &state.raw);
    assert_eq!(initial(None, &file(&dict), &model).unwrap(), state.raw);
    assert!(matches!(metadata("a file", &file(&dict)), Err(CheckpointError::NoRun { .. })));

    let values = model.parameters[1].to_pytorch(&state.raw);
    type Convert = fn(f32) -> Vec<u8>;
    let types: [(Dtype, Convert); 3] = [
        (Dtype::F64, |value| f64::from(value).to_le_bytes().to_vec()),
        (Dtype::F16, |value| half::f16::from_f32(value).to_le_bytes().to_vec()),
        (Dtype::BF16, |value| half::bf16::from_f32(value).to_le_bytes().to_vec()),
    ];
    for (dtype, convert) in types {
        dict[1].1 = dtype;
        dict[1].3 = values.iter().flat_map(|&value| convert(value)).collect();
        assert_eq!(initial(None, &file(&dict), &model).unwrap(), state.raw, "{dtype}");
    }
    dict[1].1 = Dtype::I32;
    dict[1].3 = vec![0; 4 * values.len()];
    let said = initial(None, &file(&dict), &model).unwrap_err().to_string();
    assert!(said.contains("`1.weight` is of type I32"), "{said}");
}

#[test]
fn weights_that_are_no_numbers_do_not_begin_a_run() {
    let (model, _, mut state) = run(&experiment(Norm::Batch));
    state.raw[model.parameters[2].offset] = f32::NAN;
    let said = initial(None, &file(&plain(&model, &state.raw)), &model).unwrap_err().to_string();
    assert!(said.contains("`1.bias` contains values that are infinite or NaN"), "{said}");
}

/// A network whose names begin with `prefix`, among other tensors.
fn wrapped(model: &Model, arenas: &[(&str, &[f32])], others: &[NamedTensor]) -> Vec<u8> {
    let networks = arenas.iter().flat_map(|(prefix, arena)| module(prefix, model, arena, 7));
    file(&networks.chain(others.iter().cloned()).collect::<Vec<_>>())
}

fn other(name: &str, dtype: Dtype, shape: Vec<usize>, bytes: &[u8]) -> NamedTensor {
    (name.to_owned(), dtype, shape, bytes.to_vec())
}

#[test]
fn wrappers_are_taken_off_in_any_nesting() {
    let (model, _, state) = run(&experiment(Norm::Batch));
    let others = [
        other("n_averaged", Dtype::I64, vec![], &[0; 8]),
        other("initted", Dtype::BOOL, vec![], &[1]),
        other("step", Dtype::F32, vec![1], &[0; 4]),
        other("nothing", Dtype::F32, vec![0, 3], &[]),
    ];
    for prefix in ["", "module.", "_orig_mod.", "model.", "module._orig_mod.", "state_dict.model.module."] {
        let bytes = wrapped(&model, &[(prefix, &state.raw)], &others);
        let weights = initial_weights("a file", &bytes, &model, None).unwrap();
        assert_eq!((weights.prefix.as_str(), &weights.raw), (prefix, &state.raw));
    }
    // A second network in the file, or a part of one, is not a reason to ask.
    let small = Experiment { preset: crate::config::Preset::Small, ..experiment(Norm::Batch) };
    let (teacher, _, teaching) = run(&small);
    let mut tensors = module("teacher.", &teacher, &teaching.raw, 7);
    tensors.extend(module("student.", &model, &state.raw, 7));
    assert_eq!(initial(None, &file(&tensors), &model).unwrap(), state.raw);
    let said = initial(Some("teacher"), &file(&tensors), &model).unwrap_err().to_string();
    assert!(said.contains("`teacher.0.weight` has shape"), "{said}");
}

#[test]
fn one_of_several_networks_is_chosen_by_its_prefix() {
    let (model, metadata, state) = run(&experiment(Norm::Batch));
    let bytes = wrapped(&model, &[("online_model.", &state.raw), ("ema_model.module.", &state.ema[0])], &[]);
    let said = initial(None, &bytes, &model).unwrap_err().to_string();
    assert!(said.contains("`ema_model.module.`, `online_model.`") && said.contains("--init"), "{said}");
    for asked in ["ema_model", "ema_model.", "ema_model.module", "ema_model.module."] {
        assert_eq!(initial(Some(asked), &bytes, &model).unwrap(), state.ema[0], "{asked}");
    }
    let said = initial(Some("ema"), &bytes, &model).unwrap_err().to_string();
    assert!(said.contains("begins with `ema.`") && said.contains("`online_model.`"), "{said}");
    let both = wrapped(&model, &[("", &state.raw), ("ema.", &state.ema[0])], &[]);
    assert!(matches!(initial(None, &both, &model), Err(CheckpointError::SeveralNetworks { .. })));

    let ours = to_bytes(&metadata, &model, &state);
    assert_eq!(initial(None, &ours, &model).unwrap(), state.raw);
    for (asked, arena) in [("raw", &state.raw), ("ema.0.98", &state.ema[0]), ("ema-0.9-ramp", &state.ema[1])]
    {
        assert_eq!(initial(Some(asked), &ours, &model).unwrap(), *arena, "{asked}");
    }
    assert!(matches!(initial(Some("ema"), &ours, &model), Err(CheckpointError::SeveralNetworks { .. })));
    let said = initial(Some("ema.0.5"), &ours, &model).unwrap_err().to_string();
    assert!(
        said.contains("`ema.0.98.`, `ema.0.9-ramp.`") || said.contains("`ema.0.9-ramp.`, `ema.0.98.`"),
        "{said}"
    );

    // Without buffers, moments look like weights.
    let (model, metadata, state) = run(&experiment(Norm::Group));
    let bytes = to_bytes(&metadata, &model, &state);
    let said = initial(Some("nothing"), &bytes, &model).unwrap_err().to_string();
    assert!(said.contains("`raw.`") && !said.contains("adam"), "{said}");
}

/// A file with this header and these bytes after it.
fn raw_file(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
}

#[test]
fn unusual_files_are_read_or_called_what_they_are() {
    let (model, _, mut state) = run(&experiment(Norm::Batch));
    let whole = file(&plain(&model, &state.raw));
    let length = u64::from_le_bytes(*whole.first_chunk().unwrap()) as usize;
    let header = std::str::from_utf8(&whole[8..8 + length]).unwrap().trim_end();
    let data = &whole[8 + length..];
    let with =
        |metadata: &str| raw_file(&header.replacen('{', &format!("{{\"__metadata__\":{metadata},"), 1), data);
    assert_eq!(initial(None, &with("{}"), &model).unwrap(), state.raw);
    assert_eq!(initial(None, &raw_file(&format!("{header}   "), data), &model).unwrap(), state.raw);
    let said = |bytes: &[u8]| initial(None, bytes, &model).unwrap_err().to_string();
    assert!(said(&with("{\"epoch\":3}")).contains("`epoch` is 3, but only text"));
    assert!(said(&[&whole[..], &[0; 5]].concat()).contains("5 bytes follow its last tensor"));
    assert!(said(&whole[..whole.len() - 5]).contains("cut short: 5 bytes"));
    assert!(said(&whole[..length / 2]).contains("cut short: its header"));
    let tensor = r#""a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
    assert!(said(&raw_file(&format!("{{{tensor},{tensor}}}"), &[0; 4])).contains("`a` appears twice"));

    let mut dict = plain(&model, &state.raw);
    let bias = dict.last_mut().unwrap();
    (bias.1, bias.3) = (Dtype::F8_E4M3, vec![0; 10]);
    assert!(said(&file(&dict)).contains("`22.bias` is of type F8_E4M3"));
    let variance = model.parameters.iter().find(|one| one.name == "18.running_var").unwrap();
    variance.from_pytorch(&vec![-1.0; variance.count()], &mut state.raw);
    assert!(said(&file(&plain(&model, &state.raw))).contains("`18.running_var` contains -1, but a variance"));

    for (bytes, word) in [
        (
            &b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0archive/data.pkl"[..],
            "save_file",
        ),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (b"<!doctype html>", "web page"),
        (b"GGUF\x03\0\0\0", "GGUF"),
    ] {
        assert!(said(bytes).contains(word), "{}", said(bytes));
        assert!(matches!(metadata("a file", bytes), Err(CheckpointError::Foreign { .. })));
    }
}

#[test]
fn a_run_that_diverged_is_called_so() {
    let experiment = experiment(Norm::Batch);
    let (model, mut metadata, state) = run(&experiment);
    let said = |metadata: &Metadata, state: &TrainingState| {
        load(&to_bytes(metadata, &model, state), &experiment).unwrap_err().to_string()
    };
    metadata.since_evaluation.sum = f64::NAN;
    let at = model.parameters[2].offset;
    let mut broken = state.clone();
    broken.raw[at] = f32::NAN;
    let text = said(&metadata, &broken);
    assert!(text.contains("diverged by step 12: the raw weights are") && text.contains("--lr"), "{text}");
    let mut broken = state.clone();
    broken.ema[1][at] = f32::INFINITY;
    assert!(said(&metadata, &broken).contains("the values of ema-0.9-ramp are"));
    let mut broken = state;
    broken.exp_avg_sq[at] = f32::INFINITY;
    assert!(said(&metadata, &broken).contains("the optimizer's moments are"));
}

#[test]
fn damaged_files_are_errors() {
    let experiment = experiment(Norm::Batch);
    let (model, metadata, state) = run(&experiment);
    let bytes = to_bytes(&metadata, &model, &state);
    for damaged in [&b""[..], b"hello", &[255; 64], &bytes[..bytes.len() - 1], &bytes[..1000]] {
        let error = load(damaged, &experiment).unwrap_err();
        assert!(matches!(error, CheckpointError::NotSafetensors { .. }), "{error}");
        assert!(error.to_string().starts_with("a file: this is not a safetensors file"), "{error}");
    }
}
