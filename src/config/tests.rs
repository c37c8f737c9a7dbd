use std::fmt;

use super::*;

use serde_json::json;

fn message(result: Result<impl fmt::Debug, ConfigError>) -> String {
    result.expect_err("a bad configuration was taken").to_string()
}

#[test]
fn json_gives_back_the_same_experiment() {
    let mut experiment = Experiment { steps: Some(7), label_noise: 0.4, ..Experiment::default() };
    experiment.augment = Augment { flip: false, crop: 3 };
    experiment.ema = vec!["0.98,every=4,warmup=ramp,buffers=copy".parse().unwrap(), AverageSpec::new(0.0)];
    experiment.model = Some(ModelSpec::preset(Preset::Resnet9, Norm::Group));
    assert_eq!(Experiment::from_json(&experiment.to_json()), Ok(experiment));
    assert_eq!(Experiment::from_json("{}"), Ok(Experiment::default()));
}

#[test]
fn every_default_fits_its_own_row_and_can_be_given_as_text() {
    Experiment::default().validate().unwrap();
    for setting in settings() {
        let texts: Vec<String> = match &setting.default {
            Value::Null => continue,
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
            Value::String(text) => vec![text.clone()],
            other => vec![other.to_string()],
        };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut experiment = Experiment::default();
        experiment.set_text(setting.key, &texts).unwrap();
        assert_eq!(experiment, Experiment::default(), "{}", setting.key);
    }
}

#[test]
fn a_row_serialises_as_the_page_reads_it() {
    let rows = serde_json::to_value(settings()).unwrap();
    let row = |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone();
    assert_eq!(row("weight_decay")["flag"], "weight-decay");
    assert_eq!(row("lr")["kind"], "float");
    assert_eq!(row("lr")["max"], 10.0);
    assert_eq!(row("norm")["choices"], json!(["batch", "group", "none"]));
    assert_eq!(row("augment")["default"], json!(["flip", "crop"]));
    assert_eq!(row("ema")["default"], json!(["0.9", "0.98", "0.99", "0.995", "0.999"]));
    assert_eq!(row("steps")["default"], Value::Null);
    assert_eq!((&row("lr")["live"], &row("batch")["live"]), (&json!(true), &json!(false)));
}

#[test]
fn a_bad_value_names_key_value_and_range() {
    let mut experiment = Experiment::default();
    let said = message(experiment.set("lr", json!(20)));
    assert_eq!(said, "setting `lr` cannot be 20: it takes a number from 0 to 10");
    assert_eq!(message(experiment.set_text("lr", &["20"])), said);
    let said = message(experiment.set_text("batch", &["-3"]));
    assert_eq!(said, "setting `batch` cannot be `-3`: it takes a whole number from 1 to 16384");
    let said = message(experiment.set("norm", json!("layer")));
    assert_eq!(said, "setting `norm` cannot be \"layer\": it takes one of batch, group, none");
    let said = message(experiment.set("shuffle", json!(1)));
    assert_eq!(said, "setting `shuffle` cannot be 1: it takes true or false");
    let said = message(experiment.set_text("augment", &["flip,turn"]));
    assert!(said.starts_with("setting `augment` cannot be `turn`: it takes flip, crop"), "{said}");
    let said = message(experiment.set("ema", json!([true])));
    assert!(said.starts_with("setting `ema` takes a list of numbers and texts"), "{said}");
    assert_eq!(experiment, Experiment::default());
    experiment.lr = f64::NAN;
    assert!(message(experiment.validate()).starts_with("setting `lr` cannot be infinite or not a number"));
}

#[test]
fn numbers_are_taken_for_what_they_mean_or_refused_by_their_own_name() {
    let mut experiment = Experiment::default();
    for bad in ["nan", "NaN", "inf", "-inf", "infinity", "1e999"] {
        let said = message(experiment.set_text("lr", &[bad]));
        assert_eq!(said, format!("setting `lr` cannot be `{bad}`: it takes a number from 0 to 10"));
        assert!(message(experiment.set_text("batch", &[bad])).contains(&format!("`{bad}`")));
    }
    for bad in ["64.5", "-1", "1e30", "6 4", ""] {
        assert!(message(experiment.set_text("batch", &[bad])).contains(&format!("`{bad}`")));
    }
    for (text, batch) in [("64.0", 64), ("6.4e1", 64), ("+8", 8)] {
        experiment.set_text("batch", &[text]).unwrap();
        assert_eq!(experiment.batch, batch);
    }
    let read = Experiment::from_json(r#"{"batch": 32.0, "seed": -0, "steps": 7.0, "lr": -0.0}"#).unwrap();
    assert_eq!((read.batch, read.seed, read.steps, read.lr.to_bits()), (32, 0, Some(7), 0));
    experiment.set_text("lr", &["-0"]).unwrap();
    experiment.set_text("seed", &["-0"]).unwrap();
    experiment.set_text("augment", &["crop=3.0"]).unwrap();
    assert_eq!((experiment.lr.to_bits(), experiment.seed, experiment.augment.crop), (0, 0, 3));
    assert!(message(experiment.set("batch", json!(64.5))).contains("cannot be 64.5"));
    for bad in ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"] {
        for text in [format!("{{\"lr\": {bad}}}"), format!("{{\n  \"ema\": [0.9,{bad}]\n}}")] {
            let said = message(Experiment::from_json(&text));
            assert!(said.contains(&format!("has `{bad}` in line")), "{said}");
        }
    }
    assert!(message(Experiment::from_json(r#"{"lr": 1,}"#)).contains("trailing comma"));
}

#[test]
fn an_unknown_key_gets_the_nearest() {
    let said = message(Experiment::from_json(r#"{"labl_noise": 0.4}"#));
    assert_eq!(said, "there is no setting `labl_noise`; did you mean `label_noise`?");
    assert!(message(Experiment::from_json("[]")).contains("must be a JSON object"));
    assert!(message(Experiment::from_json("{")).contains("not valid JSON: "));
    assert!(message(Experiment::from_json(r#"{"model": {"nme": 1}}"#)).contains("setting `model`"));
}

#[test]
fn lists_take_flags_files_and_none() {
    let mut experiment = Experiment::default();
    experiment.set_text("ema", &["0.5", "0.6,warmup=ramp"]).unwrap();
    assert_eq!(experiment.ema.len(), 2);
    experiment.set("ema", json!([0, 0.98, "0.99,buffers=copy"])).unwrap();
    assert_eq!(experiment.ema[2].name(), "ema-0.99-copy");
    experiment.set_text("ema", &["none"]).unwrap();
    assert_eq!(experiment.ema, []);
    experiment.set_text("augment", &["crop=4"]).unwrap();
    assert_eq!(experiment.augment, Augment { flip: false, crop: 4 });
    experiment.set_text("augment", &["none"]).unwrap();
    assert_eq!(experiment.augment, Augment::NONE);
}

/// The steps that a run of 78 steps an epoch is evaluated after.
fn evaluations(experiment: &Experiment) -> Vec<u64> {
    let total = experiment.total_steps(78);
    let next = |&step: &u64| (step < total).then(|| experiment.next_evaluation(step, 78));
    std::iter::successors(next(&0), next).collect()
}

#[test]
fn evaluations_come_at_powers_of_two_then_evenly_and_at_the_end() {
    let with = |epochs, steps, eval_every, eval_early| {
        evaluations(&Experiment { epochs, steps, eval_every, eval_early, ..Experiment::default() })
    };
    assert_eq!(with(2, None, None, true), [1, 2, 4, 8, 16, 32, 64, 78, 156]);
    assert_eq!(with(2, None, None, false), [78, 156]);
    assert_eq!(with(2, Some(25), Some(10), true), [1, 2, 4, 8, 10, 20, 25]);
    assert_eq!(with(2, Some(40), Some(16), true), [1, 2, 4, 8, 16, 32, 40]);
    assert_eq!(with(2, Some(3), Some(1), true), [1, 2, 3]);
    assert_eq!(with(2, Some(20), None, true), [1, 2, 4, 8, 16, 20]);
    assert_eq!(with(2, Some(1), None, true), [1]);
    assert_eq!(with(1, None, Some(1_000_000_000), false), [78]);
}

#[test]
fn an_evaluation_is_early_below_the_first_regular_one() {
    let early = |eval_every, steps| {
        let experiment = Experiment { eval_every, steps, ..Experiment::default() };
        evaluations(&experiment).into_iter().filter(|&step| experiment.is_early(step, 78)).collect::<Vec<_>>()
    };
    assert_eq!(early(Some(10), Some(25)), [1, 2, 4, 8]);
    assert_eq!(early(Some(1), Some(4)), [0; 0]);
    // The last step's is the result, however short the run.
    assert_eq!(early(None, Some(4)), [1, 2]);
}

#[test]
fn impossible_combinations_are_refused() {
    let with = |change: fn(&mut Experiment)| {
        let mut experiment = Experiment::default();
        change(&mut experiment);
        message(experiment.validate())
    };
    assert!(
        with(|e| e.ema = (0..9).map(|k| AverageSpec::new(f64::from(k) / 10.0)).collect())
            .contains("at most 8")
    );
    assert!(with(|e| e.ema = vec![AverageSpec::new(0.9); 2]).contains("listed twice"));
    assert!(with(|e| (e.steps, e.warmup_steps) = (Some(5), 6)).contains("longer than the run"));
    assert!(with(|e| (e.schedule, e.warmup_steps) = (Schedule::OneCycle, 6)).contains("one-cycle"));
    assert!(with(|e| e.ema[0] = AverageSpec::new(1.0)).contains("below 1"));
}
