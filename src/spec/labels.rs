//! Labels of a job: name, tags and notes, and what they may be. The same limits hold in a spec and
//! in a later change.

use super::fault::Fault;

/// Characters of a name.
pub(super) const MOST_OF_NAME: usize = 200;
/// Tags of a job.
pub(super) const MOST_TAGS: usize = 20;
/// Characters of a tag.
pub(super) const MOST_OF_TAG: usize = 64;
/// Characters of notes.
const MOST_OF_NOTES: usize = 20_000;

/// The faults of a name.
#[must_use]
pub fn name_faults(name: &str) -> Vec<Fault> {
    line_fault("/name", name, 0, MOST_OF_NAME).into_iter().collect()
}

/// The faults of tags.
#[must_use]
pub fn tags_faults(tags: &[String]) -> Vec<Fault> {
    let many = (tags.len() > MOST_TAGS)
        .then(|| Fault::new("/tags", format!("has {} tags; at most {MOST_TAGS} are allowed", tags.len())));
    let each = tags.iter().enumerate();
    let each = each.filter_map(|(i, tag)| line_fault(&format!("/tags/{i}"), tag, 1, MOST_OF_TAG));
    many.into_iter().chain(each).collect()
}

/// The faults of notes.
#[must_use]
pub fn notes_faults(notes: &str) -> Vec<Fault> {
    let length = notes.chars().count();
    let long = (length > MOST_OF_NOTES).then(|| {
        Fault::new("/notes", format!("has {length} characters; at most {MOST_OF_NOTES} are allowed"))
    });
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let control = notes
        .chars()
        .any(is_control)
        .then(|| Fault::new("/notes", "control characters other than line breaks and tabs are not allowed"));
    long.into_iter().chain(control).collect()
}

fn line_fault(pointer: &str, text: &str, least: usize, most: usize) -> Option<Fault> {
    let length = text.chars().count();
    if !(least..=most).contains(&length) {
        let detail = format!("has {length} characters; {least} to {most} are allowed");
        return Some(Fault::new(pointer, detail));
    }
    let is_control = text.chars().any(char::is_control);
    is_control.then(|| Fault::new(pointer, "control characters are not allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_with_its_limit() {
        assert!(name_faults("").is_empty() && name_faults(&"x".repeat(200)).is_empty());
        assert_eq!(name_faults(&"x".repeat(201))[0].detail, "has 201 characters; 0 to 200 are allowed");
        let tags: Vec<String> = ["good", "", "a\tb"].map(str::to_owned).into();
        let pointers: Vec<String> = tags_faults(&tags).into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/tags/1", "/tags/2"]);
        assert_eq!(tags_faults(&vec!["x".to_owned(); 21])[0].pointer, "/tags");
        assert!(notes_faults("first\n\tsecond").is_empty());
        assert_eq!(notes_faults("\u{0}").len(), 1);
    }
}
