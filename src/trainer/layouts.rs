//! Every struct of `shaders/` that the library writes against its Rust side, by naga: names, order, offsets and sizes.

use std::{
    collections::BTreeMap,
    fs,
    mem::offset_of,
    path::{Path, PathBuf},
};

use naga::{Module, TypeInner};

use super::feed::BatchHeader;
use crate::{
    average::{MAX_AVERAGES, Rates},
    layers::{
        conv::uniforms::{Convolution, ForwardShape, GradWeightShape},
        sums::SumRow,
    },
    optim::{AdamHeader, SgdHeader},
};

/// Name, first byte and size of each member.
type Members = Vec<(String, usize, u32)>;

/// The shaders by their stems.
fn shaders() -> Vec<(String, Module)> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let groups = entries(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders").as_ref());
    let files = groups.iter().flat_map(|group| entries(group));
    let parsed = files.map(|path| {
        let source = fs::read_to_string(&path).unwrap();
        let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|error| {
            panic!("{}", error.emit_to_string_with_path(&source, &path.display().to_string()))
        });
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), module)
    });
    parsed.collect()
}

/// The structs of all shaders: name, shader, members.
fn structs() -> Vec<(String, String, Members)> {
    let of_one = |(stem, module): (String, Module)| {
        let mut found = Vec::new();
        for (_, ty) in module.types.iter() {
            let TypeInner::Struct { members, .. } = &ty.inner else { continue };
            let Some(name) = ty.name.clone() else { continue };
            let member = |member: &naga::StructMember| {
                let size = module.types[member.ty].inner.size(module.to_ctx());
                (member.name.clone().unwrap(), member.offset as usize, size)
            };
            found.push((name, stem.clone(), members.iter().map(member).collect()));
        }
        found
    };
    shaders().into_iter().flat_map(of_one).collect()
}

macro_rules! members {
    ($ty:ty { $($field:ident),+ }, $size:expr) => {
        [$((stringify!($field).to_owned(), offset_of!($ty, $field), $size)),+].to_vec()
    };
}

#[test]
fn shaders_declare_what_is_written() {
    let batch: Members = members!(
        BatchHeader {
            step,
            count,
            seed,
            flip,
            crop,
            first,
            momentum,
            label_shift,
            lookahead,
            reflect,
            cutout,
            epoch,
            offset,
            view,
            share
        },
        4
    );
    let adam: Members = members!(
        AdamHeader {
            step_size,
            inv_sqrt_bias2,
            one_minus_beta1,
            beta2,
            one_minus_beta2,
            epsilon,
            coupled,
            decoupled
        },
        4
    );
    let sgd: Members = members!(SgdHeader { lr, momentum, decay, nesterov }, 4);
    let rates: Members = members!(Rates { parameters, buffers }, 4 * MAX_AVERAGES as u32);
    let forward: Members = members!(
        ForwardShape { images, height, width, inputs, outputs, kernel, biased, w_from, bias_from },
        4
    );
    let grad_weight: Members =
        members!(GradWeightShape { height, width, inputs, outputs, rows, chunks, first }, 4);
    let convolution: Members = members!(Convolution { first, inputs, outputs, taps }, 4);
    let sum: Members = members!(SumRow { first, chunks, out, length }, 4);
    let mut seen = BTreeMap::<&str, usize>::new();
    let structs = structs();
    for (name, shader, members) in &structs {
        let known = match name.as_str() {
            "Batch" => &batch,
            "Adam" => &adam,
            "Sgd" => &sgd,
            "Rates" => &rates,
            "ForwardShape" => &forward,
            "GradWeightShape" => &grad_weight,
            "Convolution" => &convolution,
            "Sum" => &sum,
            // Within a workgroup; and written by the shader, a pair of words.
            "Part" | "Prediction" => continue,
            _ => panic!("{shader}: no struct in Rust is known for {name}"),
        };
        // A kernel may declare only the beginning of the batch header that it binds.
        let whole = name != "Batch";
        assert!(known.starts_with(members), "{shader}: {name} is {members:?}, written as {known:?}");
        assert!(!whole || members.len() == known.len(), "{shader}: {name} lacks members of {known:?}");
        *seen.entry(name).or_default() += 1;
    }
    let expected = [
        ("Adam", 1),
        ("Batch", 9),
        ("Convolution", 1),
        ("ForwardShape", 1),
        ("GradWeightShape", 1),
        ("Rates", 1),
        ("Sgd", 1),
        ("Sum", 2),
    ];
    assert_eq!(seen, BTreeMap::from(expected));
}

#[test]
fn structs_of_one_name_are_laid_out_alike() {
    let mut longest = BTreeMap::<String, Members>::new();
    let structs = structs();
    for (name, _, members) in &structs {
        let known = longest.entry(name.clone()).or_default();
        if members.len() > known.len() {
            known.clone_from(members);
        }
    }
    for (name, shader, members) in &structs {
        assert!(
            longest[name].starts_with(members),
            "{shader}: {name} is {members:?}, elsewhere {:?}",
            longest[name]
        );
    }
}
