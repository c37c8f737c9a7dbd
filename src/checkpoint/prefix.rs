//! Choosing a network in a file of weights. Wrappers prefix its names: `module.` (DistributedDataParallel,
//! AveragedModel), `_orig_mod.` (torch.compile), `model.` (Lightning), in any order and number. Some files, such as our
//! own checkpoints, hold several networks.

use super::tensors::Tensors;
use super::{CheckpointError, EXP_AVG, EXP_AVG_SQ, RAW};
use crate::network::Parameter;

/// The prefix of the network to read: the requested one, else the raw weights of a checkpoint, else the only one that has
/// every tensor of `parameters` in its shape. If there is none, the one that leads to the most helpful error.
pub(super) fn choose(
    tensors: &Tensors<'_>,
    parameters: &[Parameter],
    asked: Option<&str>,
) -> Result<String, CheckpointError> {
    let candidates = candidates(tensors, parameters);
    let matches = |prefix: &str, parameter: &Parameter| {
        let view = tensors.tensors.get(&format!("{prefix}{}", parameter.name));
        view.is_some_and(|view| view.shape() == parameter.shape)
    };
    let is_whole = |prefix: &&str| parameters.iter().all(|parameter| matches(prefix, parameter));
    let mut whole: Vec<&str> = candidates.iter().copied().filter(is_whole).collect();
    if let Some(asked) = asked {
        let asked = spelled(asked);
        if tensors.tensors.keys().any(|name| name.starts_with(&asked)) {
            let exact = whole.iter().any(|&prefix| prefix == asked);
            whole.retain(|prefix| if exact { *prefix == asked } else { prefix.starts_with(&asked) });
            return match whole[..] {
                // The error then names the missing tensor.
                [] => Ok(asked),
                [one] => Ok(one.to_owned()),
                _ => Err(several(tensors.file, &whole)),
            };
        }
        let found = if whole.is_empty() { "none".to_owned() } else { list(&whole) };
        return Err(CheckpointError::NoSuchPrefix { file: tensors.file.to_owned(), asked, found });
    }
    match whole[..] {
        _ if whole.contains(&RAW) => Ok(RAW.to_owned()),
        [one] => Ok(one.to_owned()),
        [] => {
            let matching =
                |prefix: &str| parameters.iter().filter(|parameter| matches(prefix, parameter)).count();
            let raw_first = candidates.iter().filter(|&&prefix| prefix == RAW).chain(&candidates);
            let best = raw_first.rev().max_by_key(|prefix| matching(prefix));
            Ok(best.map_or(String::new(), |&prefix| prefix.to_owned()))
        }
        _ => Err(several(tensors.file, &whole)),
    }
}

/// The text before the name of the network's first tensor.
fn candidates<'a>(tensors: &'a Tensors<'_>, parameters: &[Parameter]) -> Vec<&'a str> {
    let Some(first) = parameters.first() else { return Vec::new() };
    let prefixes = tensors.tensors.keys().filter_map(|name| name.strip_suffix(first.name.as_str()));
    // Moments have the names and shapes of weights where no layer has buffers.
    let is_moment = |prefix: &str| [EXP_AVG, EXP_AVG_SQ].contains(&prefix);
    prefixes.filter(|prefix| (prefix.is_empty() || prefix.ends_with('.')) && !is_moment(prefix)).collect()
}

/// A prefix as it is in files: with its dot, and of our averages also by the name in the table.
fn spelled(asked: &str) -> String {
    let prefix = asked.strip_prefix("ema-").map_or_else(|| asked.to_owned(), |rest| format!("ema.{rest}"));
    if prefix.is_empty() || prefix.ends_with('.') { prefix } else { prefix + "." }
}

fn several(file: &str, prefixes: &[&str]) -> CheckpointError {
    let example = prefixes.iter().find(|prefix| !prefix.is_empty()).copied().unwrap_or_default().to_owned();
    CheckpointError::SeveralNetworks { file: file.to_owned(), found: list(prefixes), example }
}

fn list(prefixes: &[&str]) -> String {
    let quoted: Vec<String> = prefixes.iter().map(|prefix| format!("`{prefix}`")).collect();
    quoted.join(", ")
}
