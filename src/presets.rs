//! Presets: jobs that come with the binary, each a question with claims that its results decide.
//! A preset has a quick form, of about a minute, and a full form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::search::opening;
use crate::spec::admission::{Limits, Machine, Plan};
use crate::spec::fault::{Fault, Rejection};
use crate::spec::patch::merge;
use crate::spec::{ValidJobSpec, json};

macro_rules! presets {
    ($($id:literal),* $(,)?) => {
        &[$(Preset {
            id: $id,
            quick: include_str!(concat!("../examples/claims/", $id, ".json")),
            full: include_str!(concat!("../examples/claims/full/", $id, ".json")),
            finding: include_str!(concat!("../docs/findings/data/", $id, ".json")),
        }),*]
    };
}

/// All presets, in the order in which they are best read. A new one is two files in
/// `examples/claims` and one line here.
pub const PRESETS: &[Preset] = presets![
    "noise-destroys-digits",
    "one-input-many-answers",
    "noise-makes-many-answers",
    "infinite-bandwidth",
    "exactly-how-many-bits",
    "autoencoders-and-their-noise",
    "dropout-is-a-channel",
    "stochastic-depth",
    "binary-units",
    "capacity-against-size",
    "capacity-of-sequence-models",
    "features-against-networks",
    "features-that-know-the-rule",
    "capacity-and-overfitting",
    "capacity-and-gradients",
    "exploration-energy",
    "exploration-of-networks",
    "symmetry-breaking",
    "generative-model-of-the-data",
    "generative-models-of-many-sizes",
    "vae-of-many-sizes",
    "regularization-linear",
    "regularization-axis",
    "regularization-axis-of-a-network",
    "regularization-axis-twice-as-wide",
    "regularization-axis-by-likelihood-ratio",
    "compression-and-generalization",
];

/// A job that comes with the binary.
#[derive(Debug)]
pub struct Preset {
    /// Name of the preset.
    pub id: &'static str,
    /// The job spec.
    quick: &'static str,
    /// Changes of the full form, as a merge patch (RFC 7396) on the spec.
    full: &'static str,
    /// What the page in `docs/findings` says of a run of the quick form.
    finding: &'static str,
}

/// Form of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Takes about a minute on two cores.
    #[default]
    Quick,
    /// More replicates, and for some presets longer training or larger data: narrower intervals.
    Full,
}

/// A preset with changes, in place of a job spec.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PresetRequest {
    /// Name of the preset.
    pub preset: String,
    /// Form of the preset.
    #[serde(default)]
    pub form: Extent,
    /// Changes of the job spec, as a merge patch (RFC 7396).
    #[serde(default)]
    pub overrides: Map<String, Value>,
}

/// A preset in the list of presets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PresetView {
    /// Name of the preset, as in the field `preset` of a POST.
    pub id: &'static str,
    /// Title of the preset: its claim in a few words.
    pub title: String,
    /// The question that the preset answers.
    pub question: String,
    /// Names of the quantities that decide its claims.
    pub measured: Vec<String>,
    /// Estimated cost of the quick form.
    pub quick: Plan,
    /// Estimated cost of the full form.
    pub full: Plan,
    /// What a run of the quick form gave, as docs/findings has it.
    pub finding: Finding,
    /// The job spec: of the quick form, or of the one that was asked for.
    pub spec: Value,
}

/// What a run of a preset gave, as docs/findings has it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it means, in a few sentences.
    pub summary: String,
    /// Number of claims that hold, that do not, and that stay open.
    pub verdicts: Vec<u32>,
}

impl PresetView {
    /// The view with plans for those who would run it.
    #[must_use]
    pub fn on(mut self, machine: &Machine) -> Self {
        (self.quick, self.full) = (self.quick.on(machine), self.full.on(machine));
        self
    }
}

/// All presets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PresetList {
    /// The presets, in the recommended reading order.
    pub presets: Vec<PresetView>,
}

impl Preset {
    /// The preset of this name.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.id == id)
    }

    /// The job spec of a form.
    #[must_use]
    pub fn document(&self, form: Extent) -> Value {
        let read = |text| serde_json::from_str(text).expect("tests hold presets valid");
        let mut document: Value = read(self.quick);
        if form == Extent::Full {
            merge(&mut document, &read(self.full));
        }
        document
    }

    /// The job of a form.
    #[must_use]
    pub fn job(&self, form: Extent) -> ValidJobSpec {
        let text = self.document(form).to_string();
        ValidJobSpec::parse(text.as_bytes(), &Limits::default()).expect("tests hold presets valid")
    }

    /// What a list says of it.
    #[must_use]
    pub fn view(&self) -> PresetView {
        let quick = self.job(Extent::Quick);
        let common = quick.common();
        let mut measured: Vec<String> =
            quick.claims().iter().map(|checked| checked.claim.quantity.clone()).collect();
        measured.sort();
        measured.dedup();
        PresetView {
            id: self.id,
            title: common.name.clone(),
            question: common.question.clone(),
            measured,
            quick: opening(&quick).plan,
            full: opening(&self.job(Extent::Full)).plan,
            finding: serde_json::from_str(self.finding).expect("tests hold findings valid"),
            spec: self.document(Extent::Quick),
        }
    }
}

/// Reads a job spec, or a request for a preset.
///
/// # Errors
/// Every fault at once; the pointer of a fault in the overrides points to the overrides.
pub fn parse(text: &[u8], limits: &Limits) -> Result<ValidJobSpec, Rejection> {
    let document = json::parse(text).map_err(Rejection::Syntax)?;
    if document.get("preset").is_none() {
        return ValidJobSpec::parse(text, limits);
    }
    let request: PresetRequest = serde_path_to_error::deserialize(&document).map_err(|error| {
        let place = error.path().to_string();
        let pointer = if place == "." { String::new() } else { format!("/{}", place.replace('.', "/")) };
        Rejection::Invalid(vec![Fault::new(pointer, error.into_inner().to_string())])
    })?;
    let Some(preset) = Preset::find(&request.preset) else {
        let detail = format!("there is no preset {:?}; GET /v1/presets lists them", request.preset);
        return Err(Rejection::Invalid(vec![Fault::new("/preset", detail)]));
    };
    let mut spec = preset.document(request.form);
    let overrides = Value::Object(request.overrides);
    merge(&mut spec, &overrides);
    ValidJobSpec::parse(spec.to_string().as_bytes(), limits).map_err(|rejection| {
        let place = |fault: &Fault| match overrides.pointer(&fault.pointer) {
            Some(_) => Fault::new(format!("/overrides{}", fault.pointer), fault.detail.clone()),
            None => fault.clone(),
        };
        Rejection::Invalid(rejection.faults().iter().map(place).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_job_in_both_forms_with_claims_to_decide() {
        for preset in PRESETS {
            for form in [Extent::Quick, Extent::Full] {
                let text = preset.document(form).to_string();
                let job = ValidJobSpec::parse(text.as_bytes(), &Limits::default());
                let job = job.unwrap_or_else(|rejection| panic!("{}: {:?}", preset.id, rejection.faults()));
                assert!(!job.claims().is_empty() && !job.common().question.is_empty(), "{}", preset.id);
                assert!(form == Extent::Quick || job.common().seeds >= 8, "{}", preset.id);
            }
            assert!(!preset.view().measured.is_empty());
        }
    }

    #[test]
    fn faults_of_a_request_have_their_places() {
        let faults = |text: &str| match parse(text.as_bytes(), &Limits::default()) {
            Ok(_) => Vec::new(),
            Err(rejection) => {
                rejection.faults().iter().map(|fault| fault.pointer.clone()).collect::<Vec<_>>()
            }
        };
        let id = PRESETS[0].id;
        assert_eq!(faults(r#"{"preset": "no-such"}"#), ["/preset"]);
        assert_eq!(
            faults(&format!(r#"{{"preset": "{id}", "overrides": {{"seeds": 0}}}}"#)),
            ["/overrides/seeds"]
        );
        assert_eq!(faults(&format!(r#"{{"preset": "{id}", "form": "huge"}}"#)), ["/form"]);
        assert!(faults(&format!(r#"{{"preset": "{id}", "overrides": {{"seeds": 3}}}}"#)).is_empty());
    }
}
