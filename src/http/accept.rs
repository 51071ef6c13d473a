//! What a client accepts: the header `Accept` of RFC 9110 (section 12.5.1) against what there is.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, VARY};

use super::Problem;
use axum::http::StatusCode;

/// The number of the offer that the client likes best; the first of those that it likes equally.
///
/// # Errors
/// When it accepts none of them.
pub fn chosen(headers: &HeaderMap, offers: &[&str]) -> Result<usize, Problem> {
    let values: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let ranges: Vec<Range> =
        values.iter().flat_map(|value| value.split(',')).filter_map(Range::parse).collect();
    if ranges.is_empty() {
        return Ok(0);
    }
    let quality = |offer: &&str| {
        let fitting = ranges.iter().filter(|range| range.fit(offer) > 0);
        fitting.max_by_key(|range| range.fit(offer)).map_or(0, |range| range.quality)
    };
    let mut best: Option<(usize, u16)> = None;
    for (i, quality) in offers.iter().map(quality).enumerate() {
        if quality > best.map_or(0, |(_, known)| known) {
            best = Some((i, quality));
        }
    }
    best.map(|(i, _)| i).ok_or_else(|| {
        let detail = format!("none of the accepted media types is there; there are {}", offers.join(", "));
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail).with_header(VARY, "accept")
    })
}

/// A media range with its quality in thousandths.
struct Range {
    kind: String,
    part: String,
    quality: u16,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, part) = parts.next()?.split_once('/')?;
        let weight = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())
        });
        let quality = match weight {
            None => 1.0,
            Some(weight) => weight.filter(|weight| (0.0..=1.0).contains(weight))?,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        let quality = (quality * 1000.0).round() as u16;
        let lower = |text: &str| text.trim().to_ascii_lowercase();
        Some(Self { kind: lower(kind), part: lower(part), quality })
    }

    /// How exactly the range names a media type; 0 where it does not.
    fn fit(&self, offer: &str) -> u8 {
        let (kind, part) =
            offer.split(';').next().and_then(|essence| essence.split_once('/')).unwrap_or_default();
        match (self.kind.as_str(), self.part.as_str()) {
            ("*", "*") => 1,
            (own, "*") if own == kind => 2,
            (own, other) if own == kind && other == part => 3,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [&str; 4] =
        ["application/json", "text/csv; charset=utf-8", "application/vnd.apache.parquet", "text/markdown"];

    fn of(accept: &[&'static str]) -> Option<usize> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, value.parse().unwrap());
        }
        chosen(&headers, &OFFERS).ok()
    }

    #[test]
    fn qualities_and_exact_names_decide_and_then_our_order() {
        assert_eq!((of(&[]), of(&["*/*"]), of(&["text/*"])), (Some(0), Some(0), Some(1)));
        assert_eq!(of(&["text/html,application/xhtml+xml,*/*;q=0.8"]), Some(0));
        assert_eq!(of(&["application/json;q=0.5, text/csv;q=0.9"]), Some(1));
        assert_eq!(of(&["application/json;q=0.5", "Application/VND.apache.parquet; x=1"]), Some(2));
        assert_eq!(of(&["text/*;q=0.3, text/markdown;q=0.7, */*;q=0.1"]), Some(3));
        // an exact refusal beats a wide welcome
        assert_eq!(of(&["*/*, application/json;q=0"]), Some(1));
        assert_eq!((of(&["image/png"]), of(&["application/json;q=0"])), (None, None));
        // what is not understood is passed over
        assert_eq!((of(&["nonsense"]), of(&["text/csv;q=7, text/markdown"])), (Some(0), Some(3)));
    }
}
