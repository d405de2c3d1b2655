//! Where the numbers of the library come from.

/// A published page or paper, or the lack of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Short name, as plan files cite it.
    pub key: &'static str,
    /// What it is.
    pub text: &'static str,
}

macro_rules! references {
    ($($name:ident = $key:literal, $text:literal;)*) => {
        $(pub(super) const $name: Reference = Reference { key: $key, text: $text };)*

        /// Every reference, in the order of a list of sources.
        pub(super) const ALL: &[Reference] = &[$($name),*];
    };
}

references! {
    DEPTH_GUIDE = "Depth guide", "needle depth guide of a maker of consumer pens, thin and thick skin (drpen.net)";
    SKINPEN_RECORD = "DEN160029", "US record of SkinPen: settings above 1.5 mm \"not evaluated\" (as quoted by pinovaaesthetics.com)";
    SKINPEN_TRIAL = "NCT02646917", "SkinPen pivotal trial, acne scars: 0.25 to 2.0 mm, 3 sessions 30 days apart";
    SKINPEN_USE = "SkinPen protocol", "recommended protocols of SkinPen: never inside the orbital rim; log of each pass (bellusmedical.com)";
    CHU = "Chu 2012", "Chu, Cosmetex 2012: acne scars at 1.5 mm; circular, horizontal and vertical passes; pinpoint bleeding";
    EXCEED = "K180778", "510(k) summary of Exceed: 100 to 150 strokes/s, wrinkles at up to 1.5 mm";
    EXCEED_TRIAL = "PMC6122507", "J Clin Aesthet Dermatol 2018;11(8):29: Exceed, wrinkles, 4 sessions 30 days apart";
    FAGHIHI = "Faghihi 2020", "PubMed 32897622: scalp, 0.6 mm did better than 1.2 mm, every 2 weeks for 12 weeks";
    PRIME = "PRIME 2015", "a manufacturer's article, Freier and Pachten, PRIME Int. Oct 2015: 50 to 150 strokes/s, 250 to 300 punctures/cm2 (derived from rollers)";
    PRACTICE = "RealSelf", "practice of US clinics: 15 to 30 min a session, 3 to 6 weeks apart, 3 or more (realself.com)";
    DERMAPEN = "Dermapen clinic", "a clinic's practice with depths of up to 3 mm: 6 to 8 weeks apart (plasticna-kirurgija.si)";
    PASSES = "Passes", "three passes in different directions (cosmetictown.com)";
    PROPOSAL = "Proposal", "proposal of this project, derived or calculated, for a clinician to judge";
    COMMON = "Common practice", "common practice, no source yet";
}
