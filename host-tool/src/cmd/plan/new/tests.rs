use super::{NewArgs, Proposal, missing, names, proposal, write};
use crate::cmd::ask::Asker;
use crate::error::{Class, Code};
use crate::out::Out;
use crate::plan::Screened;

/// What a command line of `plan new` says.
fn args(text: &str) -> NewArgs {
    #[derive(Debug, clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: NewArgs,
    }
    let words = std::iter::once("new").chain(text.split_whitespace());
    <Line as clap::Parser>::parse_from(words).args
}

const PEOPLE: &str = "--id 12 --operator 7 --token 7c1e-90af --all-no";

fn made(text: &str) -> (Proposal, super::Names) {
    let args = args(text);
    assert!(missing(&args).is_empty());
    (proposal(&args, None).unwrap(), names(&args, None).unwrap())
}

#[test]
fn everything_is_asked_for_and_the_plan_is_good() {
    let args = args("");
    assert_eq!(missing(&args).len(), 6 + 12);
    // The first round ends in a zone that scalp does not have; the second is taken. An area that asks
    // for more than a session is asked for again.
    let mut answers = vec!["acne", "scalp", "", "", "nose", "scalp", "", "", "scalp"];
    answers.extend(["large", "601", "100"]);
    answers.extend(["0", "12", "7", "Miller", "7c1e-90af"]);
    answers.extend(["no"; 11]);
    answers.extend(["perhaps", "cleared"]);
    let mut asker = Asker::of("the plan", &answers);
    let proposal = proposal(&args, Some(&mut asker)).unwrap();
    let names = names(&args, Some(&mut asker)).unwrap();
    assert_eq!(
        (names.id, names.operator, names.token.as_str()),
        (12, 7, "7c1e-90af")
    );
    assert_eq!(names.answers[11], Screened::Cleared);
    assert_eq!(proposal.zones.len(), 1);
    assert_eq!(proposal.zones[0].area_cm2, Some(100));
    assert_eq!(proposal.zones[0].plan.time.as_us(), 300_000_000);
}

#[test]
fn a_file_is_written_once_and_never_over_another() {
    let folder = std::env::temp_dir().join(format!("penctl-plan-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("p.toml");
    let file = file.to_str().unwrap();
    let (proposal, names) = made(&format!(
        "{file} --indication pores --class professional {PEOPLE} --area nose=12"
    ));
    write(&proposal, &names, file, &mut Out::unread()).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    let checked = crate::plan::read(&text).unwrap();
    assert_eq!((checked.plan.id, checked.plan.zones().count()), (12, 3));
    assert_eq!(checked.areas_cm2, [Some(12), None, None]);
    let again = write(&proposal, &names, file, &mut Out::unread()).unwrap_err();
    assert_eq!(again.code, Code::FileExists);
    assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_yes_that_forbids_the_treatment_writes_nothing() {
    let file = std::env::temp_dir().join(format!("penctl-plan-no-{}.toml", std::process::id()));
    let file = file.to_str().unwrap();
    let (proposal, names) = made(&format!(
        "{file} --indication pores --class professional {PEOPLE} --answer active_infection=yes"
    ));
    let error = write(&proposal, &names, file, &mut Out::unread()).unwrap_err();
    assert_eq!(error.class, Class::Usage);
    assert!(error.why.contains("screening.active_infection"), "{error}");
    assert!(error.why.contains("forbids the treatment"), "{error}");
    assert!(!std::path::Path::new(file).exists());
}

#[test]
fn without_a_terminal_what_is_missing_is_named() {
    let missing = missing(&args(
        "p.toml --indication pores --answer active_infection=no",
    ));
    assert!(missing.contains(&"--class".to_owned()) && missing.contains(&"--token".to_owned()));
    assert!(missing.contains(&"--answer psoriasis_or_eczema=".to_owned()));
    assert!(!missing.iter().any(|it| it.contains("active_infection")));
    let refused = proposal(&args("p.toml --indication pores --class home"), None).unwrap_err();
    assert_eq!((refused.class, refused.exit_code()), (Class::Usage, 2));
    assert!(refused.why.contains("allows at most 0.300 mm"), "{refused}");
}
