//! Parameters that choose jobs.

use crate::job::{JobState, Kind};
use crate::spec::Fault;
use crate::store::JobSort;

/// States, separated by commas; none where the parameter is absent.
pub fn states(text: Option<&str>) -> Result<Vec<JobState>, Fault> {
    let names = text.map(|text| text.split(',').map(str::trim).collect::<Vec<_>>()).unwrap_or_default();
    let known = names.iter().map(|name| name.parse::<JobState>()).collect::<Result<Vec<_>, _>>();
    known.map_err(|unknown| {
        let all = JobState::ALL.map(JobState::as_str).join(", ");
        Fault::new("/state", format!("{:?} is not a state; separate by commas any of {all}", unknown.0))
    })
}

/// The kind of jobs, where the parameter is there.
pub fn kind(name: Option<&str>) -> Result<Option<Kind>, Fault> {
    let known = name.map(str::parse).transpose();
    known.map_err(|_| {
        Fault::new("/kind", format!("must be one of {}", Kind::ALL.map(Kind::as_str).join(", ")))
    })
}

/// The order of a list of jobs.
pub fn sort(name: Option<&str>) -> Result<JobSort, Fault> {
    let Some(name) = name else { return Ok(JobSort::default()) };
    JobSort::ALL.into_iter().find(|sort| sort.name() == name).ok_or_else(|| {
        Fault::new("/sort", format!("must be one of {}", JobSort::ALL.map(JobSort::name).join(", ")))
    })
}

/// A time span (`45s`, `90m`, `12h`, `30d`, `8w`), in milliseconds.
pub fn span_ms(name: &str, text: &str) -> Result<i64, Fault> {
    let wrong = || {
        let detail =
            "must be a whole number of 1 to 9 digits with one of the units s, m, h, d, w, such as 30d";
        Fault::new(format!("/{name}"), detail)
    };
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<i64>().ok().filter(|_| is_number);
    number.map(|number| number * seconds * 1000).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        assert_eq!(span_ms("x", "30d"), Ok(30 * 86_400_000));
        assert_eq!(span_ms("x", "0s"), Ok(0));
        assert_eq!(span_ms("x", "90m"), span_ms("x", "5400s"));
        for bad in ["", "30", "d", "-1d", "+1d", "1.5h", "30 d", "30D", "1234567890d", "1é"] {
            assert!(span_ms("x", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn states_are_separated_by_commas() {
        assert_eq!(states(None), Ok(vec![]));
        assert_eq!(states(Some("running,queued")), Ok(vec![JobState::Running, JobState::Queued]));
        assert!(states(Some("running,done")).unwrap_err().detail.starts_with("\"done\" is not a state"));
        assert!(states(Some("")).is_err());
    }
}
