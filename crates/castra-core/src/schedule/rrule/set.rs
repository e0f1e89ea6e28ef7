//! Rules and dates together, without those that are left out: clock times become events here.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::rule::Rule;

/// How many events in a row may be left out before there are held to be no more.
const MAX_LEFT_OUT: usize = 100_000;

/// One rule is a set of one (dateutil `rruleset`).
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct RuleSet {
    pub(super) rules: Vec<Rule>,
    pub(super) dates: Vec<Zoned>,
    pub(super) left_out_rules: Vec<Rule>,
    pub(super) left_out_dates: Vec<Zoned>,
}

type Events<'a> = Box<dyn Iterator<Item = Zoned> + 'a>;

impl RuleSet {
    pub(super) fn rules(&self) -> Vec<&str> {
        self.rules.iter().map(|rule| rule.text.as_str()).collect()
    }

    /// The events in order, no two at the same time. Those before `from` may be passed over.
    pub(super) fn events(&self, from: Timestamp) -> impl Iterator<Item = Zoned> {
        let mut found = merged(&self.rules, &self.dates, from);
        let mut left_out = merged(&self.left_out_rules, &self.left_out_dates, from).peekable();
        let mut last = None;
        std::iter::from_fn(move || {
            found.by_ref().take(MAX_LEFT_OUT).find(|event| {
                while left_out.next_if(|other| other < event).is_some() {}
                let is_left_out = left_out.peek() == Some(event);
                let is_new = last.replace(event.timestamp()) != Some(event.timestamp());
                is_new && !is_left_out
            })
        })
    }
}

/// The occurrences of all the rules and the dates, in order.
fn merged<'a>(rules: &'a [Rule], dates: &[Zoned], from: Timestamp) -> Events<'a> {
    let mut dates = dates.to_vec();
    dates.sort();
    let mut sources: Vec<_> = rules.iter().map(|rule| rule.events(from).peekable()).collect();
    sources.push((Box::new(dates.into_iter()) as Events).peekable());
    Box::new(std::iter::from_fn(move || {
        let heads = sources.iter_mut().enumerate();
        let (_, earliest) =
            heads.filter_map(|(index, events)| Some((events.peek()?.timestamp(), index))).min()?;
        sources[earliest].next()
    }))
}

impl Rule {
    /// The occurrences in order. Those before `from` may be passed over.
    fn events(&self, from: Timestamp) -> Events<'_> {
        let until = self.until.unwrap_or(Timestamp::MAX);
        let mut last = None;
        let events =
            self.clock_times(self.shown_before(from)).filter_map(|clock_time| self.event(clock_time));
        // A skipped hour moved forward meets the one that comes after it.
        let in_order = events.filter(move |event| {
            let later = last < Some(event.timestamp());
            last = last.max(Some(event.timestamp()));
            later
        });
        Box::new(in_order.take_while(move |event| event.timestamp() <= until))
    }

    /// What the clocks show safely before this instant, also where they are set back.
    fn shown_before(&self, instant: Timestamp) -> DateTime {
        let day_before = instant.checked_sub(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        day_before.to_zoned(self.zone.clone()).datetime()
    }

    fn event(&self, clock_time: DateTime) -> Option<Zoned> {
        let zone: &TimeZone = &self.zone;
        zone.to_ambiguous_zoned(clock_time).compatible().ok()
    }
}
