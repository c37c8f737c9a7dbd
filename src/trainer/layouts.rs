//! What the shaders read of a step is what is written here: every struct of `shaders/` against its Rust side, by naga.

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
    optim::AdamHeader,
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
fn shaders_read_what_is_written_for_a_step() {
    let batch: Members =
        members!(BatchHeader { step, count, seed, flip, crop, first, momentum, label_shift }, 4);
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
    let rates: Members = members!(Rates { parameters, buffers }, 4 * MAX_AVERAGES as u32);
    let mut seen = BTreeMap::<&str, usize>::new();
    let structs = structs();
    for (name, shader, members) in &structs {
        let (known, whole) = match name.as_str() {
            "Batch" => (&batch, false),
            "Adam" => (&adam, true),
            "Rates" => (&rates, true),
            _ => continue,
        };
        // A kernel may declare only the beginning of what it binds.
        assert!(known.starts_with(members), "{shader}: {name} is {members:?}, written as {known:?}");
        assert!(!whole || members.len() == known.len(), "{shader}: {name} lacks members of {known:?}");
        *seen.entry(name).or_default() += 1;
    }
    assert_eq!(seen, BTreeMap::from([("Adam", 1), ("Batch", 7), ("Rates", 1)]));
}

#[test]
fn structs_of_one_name_are_laid_out_alike() {
    let mut longest = BTreeMap::<String, Members>::new();
    let structs = structs();
    // The shape of a convolution is what its kernel takes, each its own.
    for (name, _, members) in structs.iter().filter(|(name, ..)| name != "Shape") {
        let known = longest.entry(name.clone()).or_default();
        if members.len() > known.len() {
            known.clone_from(members);
        }
    }
    for (name, shader, members) in structs.iter().filter(|(name, ..)| name != "Shape") {
        assert!(
            longest[name].starts_with(members),
            "{shader}: {name} is {members:?}, elsewhere {:?}",
            longest[name]
        );
    }
}
