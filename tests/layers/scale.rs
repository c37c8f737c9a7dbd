use emascope::{layers::kernels as k, network::ModelSpec, reference as r};

use crate::{
    IMAGES, TOLERANCE, check_golden,
    common::{golden::Golden, lab::Lab},
};

#[test]
fn kernels() {
    for image in IMAGES {
        let mut lab = Lab::open();
        let x = lab.image(image);
        let (from, to) = (lab.input(&x), lab.output(image.size()));
        let outcome = lab.run(&[k::scale(1.0 / 9.0, from, to)]);
        outcome.expect(&format!("{image:?}"), to, &r::scale(1.0 / 9.0, &x), TOLERANCE);
    }
}

#[test]
fn a_factor_that_leaves_nothing_to_train_is_refused() {
    for by in ["0", "1e300"] {
        let layers =
            format!(r#"[{{"conv": {{"out": 10}}}}, "global_average_pool", {{"scale": {{"by": {by}}}}}]"#);
        let spec: ModelSpec =
            serde_json::from_str(&format!(r#"{{"name": "mine", "layers": {layers}}}"#)).unwrap();
        let error = emascope::model::Model::new(&spec).err().expect("a refusal").to_string();
        assert!(error.contains("layer 2 (scale)"), "{error}");
    }
}

#[test]
fn golden_values() {
    let golden = Golden::open("layers/scale.safetensors");
    check_golden(&golden, "scale", 1e-7, |_, [x, dy, y, dx]| {
        [k::scale(1.0 / 9.0, x, y), k::scale(1.0 / 9.0, dy, dx)]
    });
}
