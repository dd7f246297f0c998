//! When a schedule starts next, in its time zone: what becomes of times that a change of the clocks leaves out or repeats.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

use crate::value::cron::{Cron, Moment};

/// Days that are looked at: 29 February comes after eight years at the latest.
const DAYS_MAX: usize = 366 * 8 + 2;

/// The first start after a moment; none where the calendar has none.
///
/// A start at a time that the zone leaves out happens when the clocks are set forward, one at a time that comes twice happens
/// the first time. A schedule of every hour knows no such times: it starts whenever a clock on the wall would show it.
pub fn next(cron: &Cron, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
    // In the evening of a day that comes twice the first time of tomorrow may have passed: the day before is looked at too.
    let first = zone.to_datetime(after).date().yesterday().ok()?;
    let days = first.series(Span::new().days(1)).take(DAYS_MAX).filter(|day| cron.ticks_on(moment(day.at(0, 0, 0, 0))));
    days.filter_map(|day| starts(cron, zone, day).into_iter().find(|start| *start > after)).next()
}

/// The starts of a day, in their order.
fn starts(cron: &Cron, zone: &TimeZone, day: Date) -> Vec<Timestamp> {
    let small = |number: u32| i8::try_from(number).unwrap_or(0);
    let times = cron.times().map(|(hour, minute)| day.at(small(hour), small(minute), 0, 0));
    let mut starts: Vec<Timestamp> = times.flat_map(|time| at(cron.is_hourly(), zone, time)).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// When it is this time in a zone.
fn at(hourly: bool, zone: &TimeZone, time: DateTime) -> Vec<Timestamp> {
    let (first, second) = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset.to_timestamp(time).ok(), None),
        AmbiguousOffset::Fold { before, after } => {
            (before.to_timestamp(time).ok(), after.to_timestamp(time).ok().filter(|_| hourly))
        }
        AmbiguousOffset::Gap { .. } if hourly => (None, None),
        AmbiguousOffset::Gap { after, .. } => {
            // Told by the clock of later it lies before the change.
            let before = after.to_timestamp(time).ok();
            (before.and_then(|before| zone.following(before).next()).map(|change| change.timestamp()), None)
        }
    };
    first.into_iter().chain(second).collect()
}

fn moment(time: DateTime) -> Moment {
    let number = |number: i8| u32::try_from(number).unwrap_or(0);
    Moment {
        minute: number(time.minute()),
        hour: number(time.hour()),
        day: number(time.day()),
        month: number(time.month()),
        weekday: number(time.weekday().to_sunday_zero_offset()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let (cron, zone) = (Cron::parse(cron).unwrap(), TimeZone::get(zone).unwrap());
        let first = next(&cron, &zone, after.parse().unwrap());
        let all = std::iter::successors(first, |last| next(&cron, &zone, *last));
        all.take(count).map(|start| start.to_zoned(zone.clone()).strftime("%d %H:%M%:z").to_string()).collect()
    }

    #[test]
    fn a_time_that_is_left_out_comes_with_the_change() {
        let found = starts("30 2 * * *", "Europe/Berlin", "2026-03-27T23:00:00Z", 3);
        assert_eq!(found, ["28 02:30+01:00", "29 03:00+02:00", "30 02:30+02:00"]);
        let found = starts("0,30 2,3 * * *", "Europe/Berlin", "2026-03-28T23:00:00Z", 3);
        assert_eq!(found, ["29 03:00+02:00", "29 03:30+02:00", "30 02:00+02:00"], "and once");
        let found = starts("0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z", 3);
        assert_eq!(found, ["29 12:00-10:00", "31 00:00+14:00", "31 12:00+14:00"], "a day that there never was");
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        let found = starts("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2);
        assert_eq!(found, ["25 02:30+02:00", "26 02:30+01:00"]);
        let found = starts("0,30 0,23 * * *", "America/Havana", "2026-11-01T02:40:00Z", 4);
        assert_eq!(found, ["31 23:00-04:00", "31 23:30-04:00", "01 00:00-04:00", "01 00:30-04:00"]);
    }

    #[test]
    fn every_hour_is_every_hour_of_the_clock() {
        let found = starts("30 * * * *", "Europe/Berlin", "2026-10-24T23:40:00Z", 4);
        assert_eq!(found, ["25 02:30+02:00", "25 02:30+01:00", "25 03:30+01:00", "25 04:30+01:00"]);
        let found = starts("30 * * * *", "Europe/Berlin", "2026-03-28T23:40:00Z", 3);
        assert_eq!(found, ["29 01:30+01:00", "29 03:30+02:00", "29 04:30+02:00"]);
    }

    #[test]
    fn what_is_rare_is_found_and_what_never_comes_is_not() {
        let found = starts("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1);
        assert_eq!(found, ["29 00:00+00:00"]);
        assert_eq!(starts("0 0 30 2 *", "UTC", "2026-01-01T00:00:00Z", 1), [""; 0]);
    }

    /// Row 36 of the faults: each change of the clocks from 2000 to 2040, in every zone that there is.
    #[test]
    fn at_every_change_of_the_clocks_there_is_one_start_a_day() {
        let (from, to): (Timestamp, Timestamp) =
            ("2000-01-01T00:00:00Z".parse().unwrap(), "2041-01-01T00:00:00Z".parse().unwrap());
        let mut changes = std::collections::BTreeSet::new();
        for zone in jiff::tz::db().available().map(|name| TimeZone::get(name.as_str()).unwrap()) {
            for change in zone.following(from).take_while(|change| change.timestamp() < to) {
                let at = change.timestamp();
                let before = zone.to_offset(at - Span::new().seconds(1));
                let (low, high) = (before.min(change.offset()), before.max(change.offset()));
                // Zones that change alike are one.
                if low == high || !changes.insert((at, before, change.offset())) {
                    continue;
                }
                let time = low.to_datetime(at);
                let cron = Cron::parse(&format!("{} {} * * *", time.minute(), time.hour())).unwrap();
                let first = next(&cron, &zone, at - Span::new().hours(30)).unwrap();
                let starts: Vec<Timestamp> =
                    std::iter::successors(Some(first), |last| next(&cron, &zone, *last)).take(4).collect();
                let shift = high.seconds() - low.seconds();
                let daily = |two: &[Timestamp]| {
                    let seconds = two[1].duration_since(two[0]).as_secs();
                    (seconds - 24 * 60 * 60).abs() <= i64::from(shift)
                };
                assert!(starts.windows(2).all(daily), "{zone:?} {at}: {starts:?}");
                assert!(change.offset() < before || starts.contains(&at), "{zone:?} {at}: {starts:?}");
            }
        }
        assert!(changes.len() > 1_000, "{} changes", changes.len());
    }
}
