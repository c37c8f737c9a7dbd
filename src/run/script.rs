//! The run as a PyTorch program.

use serde::Serialize;
use serde_json::Value;

use crate::{
    config::{ConfigError, Experiment},
    network::{INPUT, modules},
    trainer::RECOMPUTE_IMAGES,
};

const RESIDUAL: &str = "class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


";

const UNSCALED: &str = "def unscaled(norm):
    norm.weight.requires_grad_(False)
    return norm


";

const DIRAC: &str = "def dirac(conv):
    nn.init.dirac_(conv.weight.data[: conv.in_channels])
    return conv


";

const WHITENING: &str = "class Whitening(nn.Conv2d):
    def fit(self, images):
        # The filters that whiten the 2×2 patches of the first 5,000 images, and their negatives; they stay.
        patches = F.unfold(images[:5000], 2).movedim(1, 2).reshape(-1, 12).double()
        values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        filters = (vectors / (values + 5e-4).sqrt()).T.flip(0)
        self.weight.data = torch.cat([filters, -filters]).view_as(self.weight).float()
        self.weight.requires_grad_(False)


";

const SCALE: &str = "class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x


";

/// The program, with places for what differs between runs.
const PROGRAM: &str = include_str!("train.py");

/// Records of each file that make the included subset.
const SUBSET_RECORDS: usize = 1000;

/// A Python program that repeats the run of `experiment` in PyTorch, with random numbers of its own, or tests weights that this
/// program exported.
///
/// # Errors
/// Drawn images, which it cannot repeat.
pub fn training_script(experiment: &Experiment) -> Result<String, ConfigError> {
    let records = match experiment.data.as_str() {
        "synthetic" => {
            return Err(ConfigError::bad(
                "data",
                "`synthetic` in a PyTorch program",
                "CIFAR-10 images, which PyTorch can read too",
            ));
        }
        "subset" => Some(SUBSET_RECORDS),
        _ => None,
    };
    let Value::Object(settings) = json(experiment) else {
        unreachable!("an experiment is an object of settings")
    };
    let model = experiment.model_spec();
    let modules = modules(&model.layers, &mut INPUT.clone(), "        ");
    let parts = [
        ("Residual(", RESIDUAL),
        ("Scale(", SCALE),
        ("unscaled(", UNSCALED),
        ("dirac(", DIRAC),
        ("Whitening(", WHITENING),
    ];
    let classes: String =
        parts.into_iter().filter_map(|(call, class)| modules.contains(call).then_some(class)).collect();
    let data = match records {
        Some(records) => format!("the first {records} images of each file of CIFAR-10"),
        None => "CIFAR-10".to_owned(),
    };
    let settings: Vec<String> =
        settings.iter().map(|(key, value)| format!("    \"{key}\": {value}")).collect();
    let places = [
        ("@NAME@", model.name.replace(['"', '\\'], "'")),
        ("@DATA@", data),
        ("@SETTINGS@", format!("{{\n{}\n}}", settings.join(",\n"))),
        ("@RECORDS@", records.map_or("None".to_owned(), |records| records.to_string())),
        ("@RECOMPUTE@", RECOMPUTE_IMAGES.to_string()),
        ("@CLASSES@", classes),
        ("@MODULES@", modules),
    ];
    Ok(places.iter().fold(PROGRAM.to_owned(), |program, (place, text)| program.replace(place, text)))
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("settings are plain data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{ModelSpec, Norm, Preset};

    fn script(model: &ModelSpec) -> String {
        training_script(&Experiment { model: Some(model.clone()), ..Experiment::default() }).unwrap()
    }

    /// The lines of the network in the script of a model.
    fn network(model: &ModelSpec) -> Vec<String> {
        let script = script(model);
        let (_, from) = script.split_once("    return nn.Sequential(\n").unwrap();
        let (modules, _) = from.split_once("\n    )\n").unwrap();
        modules.lines().map(|line| line.strip_prefix("        ").unwrap().to_owned()).collect()
    }

    fn preset(preset: Preset, norm: Norm) -> Vec<String> {
        network(&ModelSpec::preset(preset, norm))
    }

    #[test]
    fn tiny_is_the_network_of_the_readme_module_by_module() {
        let lines = preset(Preset::Tiny, Norm::Batch);
        assert_eq!(lines.len(), 23);
        let module = |index: usize| lines[index].as_str();
        assert_eq!(module(0), "nn.Conv2d(3, 16, 3, padding=1, bias=False),");
        assert_eq!(module(1), "nn.BatchNorm2d(16),");
        assert_eq!(module(6), "nn.MaxPool2d(2),");
        assert_eq!(module(17), "nn.Conv2d(64, 64, 3, padding=1, bias=False),");
        assert_eq!(module(22), "nn.Linear(64, 10),");
    }

    #[test]
    fn without_a_norm_the_convolutions_have_a_bias_and_no_module_between() {
        let lines = preset(Preset::Small, Norm::None);
        assert_eq!(lines[0], "nn.Conv2d(3, 32, 3, padding=1, bias=True),");
        assert_eq!(lines[1], "nn.ReLU(),");
        assert_eq!(preset(Preset::Small, Norm::Group)[1], "nn.GroupNorm(4, 32),");
    }

    #[test]
    fn residual_blocks_and_networks_of_ones_own_are_built_too() {
        let resnet9 = ModelSpec::preset(Preset::Resnet9, Norm::Batch);
        assert!(script(&resnet9).contains("class Residual(nn.Sequential):"));
        let mine = r#"{"name": "mine", "layers": [{"conv": {"out": 8, "kernel": 1}}, "max_pool",
            {"residual": ["relu"]}, "flatten", {"dense": {"out": 10}}]}"#;
        let expected = [
            "nn.Conv2d(3, 8, 1, padding=0, bias=True),",
            "nn.MaxPool2d(2),",
            "Residual(",
            "    nn.ReLU(),",
            "),",
            "nn.Flatten(),",
            "nn.Linear(2048, 10),",
        ];
        assert_eq!(network(&serde_json::from_str(mine).unwrap()), expected);
        let mine = r#"{"name": "mine", "layers": [{"batch_norm": {"scale": false, "momentum": 0.4, "epsilon": 1e-12}},
            "global_max_pool", "flatten", {"dense": {"out": 10, "bias": false}}, {"scale": {"by": 0.125}}]}"#;
        let mine = serde_json::from_str(mine).unwrap();
        let expected = [
            "unscaled(nn.BatchNorm2d(3, eps=1e-12, momentum=0.4)),",
            "nn.AdaptiveMaxPool2d(1),",
            "nn.Flatten(),",
            "nn.Linear(3, 10, bias=False),",
            "Scale(0.125),",
        ];
        assert_eq!(network(&mine), expected);
        assert!(script(&mine).contains("class Scale(nn.Module):"));
    }

    #[test]
    fn airbench_is_built_from_its_published_modules() {
        let lines = preset(Preset::Airbench, Norm::Batch);
        assert_eq!(lines[0], "Whitening(3, 24, 2, padding=0, bias=True),");
        assert_eq!(lines[1], "nn.GELU(),");
        let block = ["dirac(nn.Conv2d(24, 64, 3, padding=1, bias=False)),", "nn.MaxPool2d(2),"];
        assert_eq!(lines[2..4], block);
        assert_eq!(lines[4], "unscaled(nn.BatchNorm2d(64, eps=1e-12, momentum=0.4)),");
        assert_eq!(lines[lines.len() - 2], "nn.Linear(256, 10, bias=False),");
        let script = script(&ModelSpec::preset(Preset::Airbench, Norm::Batch));
        assert!(script.contains("class Whitening(nn.Conv2d):") && script.contains("module.fit(images)"));
    }

    #[test]
    fn the_settings_are_those_of_the_run() {
        let experiment = Experiment { lr: 0.003, limit_test: Some(96), ..Experiment::default() };
        let script = training_script(&experiment).unwrap();
        let (_, from) = script.split_once("json.loads(r\"\"\"\n").unwrap();
        let (settings, _) = from.split_once("\"\"\")").unwrap();
        assert_eq!(serde_json::from_str::<Experiment>(settings).unwrap(), experiment);
        assert!(script.contains("RECORDS = 1000\n"));
        let places: Vec<&str> = script.lines().filter(|line| line.matches('@').count() > 1).collect();
        assert_eq!(places, [""; 0], "places that were not filled");
        let own =
            training_script(&Experiment { data: "cifar10".to_owned(), ..Experiment::default() }).unwrap();
        assert!(own.contains("RECORDS = None\n"));
    }

    #[test]
    fn drawn_images_are_refused() {
        let drawn = Experiment { data: "synthetic".to_owned(), ..Experiment::default() };
        let drawn = training_script(&drawn).unwrap_err().to_string();
        assert!(drawn.contains("`data`") && drawn.contains("CIFAR-10"), "{drawn}");
    }

    #[test]
    fn the_program_reads_every_setting() {
        let Value::Object(settings) = json(&Experiment::default()) else { panic!() };
        // The network and the images are written into it.
        let others = settings.keys().filter(|key| !["data", "preset", "norm"].contains(&key.as_str()));
        let unread: Vec<_> =
            others.filter(|key| !PROGRAM.contains(&format!("SETTINGS[\"{key}\"]"))).collect();
        assert_eq!(unread, [""; 0], "settings that train.py does not repeat");
    }

    #[test]
    fn a_name_stays_within_the_programs_description() {
        let mut model = ModelSpec::preset(Preset::Tiny, Norm::Batch);
        model.name = "\"\"\"\nimport os\\".to_owned();
        assert!(!script(&model).contains("\"\"\"\nimport os"));
    }
}
