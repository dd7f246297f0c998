//! Cron expressions of five fields: minute, hour, day, month, weekday. Knows no clock and no time zone.

use std::ops::{Range, RangeInclusive};

/// When a schedule ticks: for each field the numbers that it allows, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether day and weekday are both restricted: then one of the two is enough, as cron has always had it.
    either_day: bool,
}

/// A moment of a calendar, as far as a cron expression looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 1 to 31.
    pub day: u32,
    /// 1 to 12.
    pub month: u32,
    /// 0 (Sunday) to 6.
    pub weekday: u32,
}

/// Why an expression cannot be read, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    /// Bytes of the expression.
    pub at: Range<usize>,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a part of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Not five fields but so many.
    Fields(usize),
    /// `@daily` and its kin: the five fields that say the same, if any do.
    Nickname(Option<&'static str>),
    /// Not a number, nor a name that this field has.
    Value(&'static Field),
    /// A number that this field does not have.
    OutOfRange(&'static Field),
    /// A range that goes backwards: what says it forwards.
    Backwards(String),
    /// A step that is not a number from 1 to the last of the field.
    Step(&'static Field),
    /// `?`, `L`, `W`, `#`: signs of other programs.
    Sign(char),
}

/// One of the five fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: &'static str,
    /// Its first number.
    pub min: u32,
    /// Its last number.
    pub max: u32,
    /// Its last number that is no other name of the first: Sunday is 0 and 7.
    pub last: u32,
    /// Names of its numbers, from the first.
    pub names: &'static [&'static str],
}

/// The fields in their order. Sunday is 0 and 7.
pub const FIELDS: [Field; 5] = [
    Field { name: "minute", min: 0, max: 59, last: 59, names: &[] },
    Field { name: "hour", min: 0, max: 23, last: 23, names: &[] },
    Field { name: "day", min: 1, max: 31, last: 31, names: &[] },
    Field { name: "month", min: 1, max: 12, last: 12, names: &MONTHS },
    Field { name: "weekday", min: 0, max: 7, last: 6, names: &WEEKDAYS },
];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The days of each month in the year that has most of them.
const DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const NICKNAMES: [(&str, &str); 6] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

impl Cron {
    /// Reads an expression: numbers, names of months and weekdays, `a-b`, `*`, `/step`, and lists of those with commas.
    ///
    /// # Errors
    /// The first part that cannot be read.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let whole = 0..text.len();
        if text.trim_start().starts_with('@') {
            let known = NICKNAMES.iter().find(|(name, _)| text.trim().eq_ignore_ascii_case(name));
            return Err(CronError { at: whole, problem: Problem::Nickname(known.map(|(_, same)| *same)) });
        }
        let words = words(text);
        let [minute, hour, day, month, weekday] = words.as_slice() else {
            return Err(CronError { at: whole, problem: Problem::Fields(words.len()) });
        };
        Ok(Self {
            minutes: FIELDS[0].read(text, minute)?,
            hours: FIELDS[1].read(text, hour)?,
            days: FIELDS[2].read(text, day)?,
            months: FIELDS[3].read(text, month)?,
            weekdays: FIELDS[4].read(text, weekday).map(|bits| (bits | bits >> 7) & 0x7f)?,
            either_day: !text[day.clone()].starts_with('*') && !text[weekday.clone()].starts_with('*'),
        })
    }

    /// Whether it ticks at a moment.
    pub fn ticks(&self, at: Moment) -> bool {
        self.ticks_on(at) && has(self.minutes, at.minute) && has(self.hours, at.hour)
    }

    /// Whether it may tick on the day of a moment, at one time or another.
    pub fn ticks_on(&self, at: Moment) -> bool {
        let day = has(self.days, at.day);
        let weekday = has(self.weekdays, at.weekday);
        let on_day = if self.either_day { day || weekday } else { day && weekday };
        on_day && has(self.months, at.month)
    }

    /// The hours and minutes at which it ticks on a day on which it does.
    pub fn times(&self) -> impl Iterator<Item = (u32, u32)> {
        let minutes = self.minutes;
        let hours = (FIELDS[1].min..=FIELDS[1].last).filter(|hour| has(self.hours, *hour));
        hours.flat_map(move |hour| {
            (0..=FIELDS[0].last).filter(move |minute| has(minutes, *minute)).map(move |minute| (hour, minute))
        })
    }

    /// Whether it ticks in every hour of a day.
    pub fn is_hourly(&self) -> bool {
        (FIELDS[1].min..=FIELDS[1].last).all(|hour| has(self.hours, hour))
    }

    /// Whether it ticks at all: 30 February does not. Every day of the year that there is falls on every weekday in some year.
    pub fn ever_ticks(&self) -> bool {
        let any_day = |month: u32, last: u32| has(self.months, month) && (1..=last).any(|day| has(self.days, day));
        self.either_day || (1..).zip(DAYS).any(|(month, last)| any_day(month, last))
    }
}

fn has(bits: u64, number: u32) -> bool {
    1u64.checked_shl(number).is_some_and(|bit| bits & bit != 0)
}

/// The places of the words between white space.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii_whitespace()) {
        match words.last_mut() {
            Some(word) if word.end == at => word.end = at + c.len_utf8(),
            _ => words.push(at..at + c.len_utf8()),
        }
    }
    words
}

/// What other programs write for the last day, the nearest workday, the n-th weekday, or nothing in particular.
fn foreign_sign(text: &str) -> Option<char> {
    let sign = text.trim_start_matches(|c: char| c.is_ascii_digit());
    match sign {
        "L" | "W" | "LW" => sign.chars().next(),
        _ => text.chars().find(|c| matches!(c, '?' | '#')),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Field {
    /// The numbers of one field, one bit each.
    fn read(&'static self, text: &str, place: &Range<usize>) -> Result<u64, CronError> {
        let mut bits = 0;
        let mut start = place.start;
        for part in text[place.clone()].split(',') {
            let numbers = self.part(part).map_err(|error| CronError {
                at: start + error.at.start..start + error.at.end,
                problem: error.problem,
            })?;
            bits |= numbers;
            start += part.len() + 1;
        }
        Ok(bits)
    }

    fn part(&'static self, part: &str) -> Result<u64, CronError> {
        let Some((range, step)) = part.split_once('/') else {
            return Ok(self.range(part, false)?.fold(0, |bits, number| bits | 1 << number));
        };
        let numbers = self.range(range, true)?;
        let known = step.parse().ok().filter(|by| is_number(step) && (1..=self.max as usize).contains(by));
        let at = range.len() + 1..part.len();
        let by = known.ok_or(CronError { at, problem: Problem::Step(self) })?;
        Ok(numbers.step_by(by).fold(0, |bits, number| bits | 1 << number))
    }

    /// `*`, `a`, `a-b`; with a step `a` goes on to the end.
    fn range(&'static self, text: &str, stepped: bool) -> Result<RangeInclusive<u32>, CronError> {
        if text == "*" {
            return Ok(self.min..=self.last);
        }
        let Some((from, to)) = text.split_once('-') else {
            let number = self.number(text, 0)?;
            return Ok(number..=if stepped { self.last.max(number) } else { number });
        };
        let (first, last) = (self.number(from, 0)?, self.number(to, from.len() + 1)?);
        if first > last {
            let forwards = format!("{from}-{},{}-{to}", self.last, self.min);
            return Err(CronError { at: 0..text.len(), problem: Problem::Backwards(forwards) });
        }
        Ok(first..=last)
    }

    fn number(&'static self, text: &str, start: usize) -> Result<u32, CronError> {
        let at = start..start + text.len();
        if let Some(position) = self.names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
            return Ok(self.min + u32::try_from(position).unwrap_or(0));
        }
        if is_number(text) {
            let number = text.parse().ok().filter(|number| (self.min..=self.max).contains(number));
            return number.ok_or(CronError { at, problem: Problem::OutOfRange(self) });
        }
        Err(CronError { at, problem: foreign_sign(text).map_or(Problem::Value(self), Problem::Sign) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32, hour: u32, day: u32, month: u32, weekday: u32) -> Moment {
        Moment { minute, hour, day, month, weekday }
    }

    fn ticks(text: &str, moment: Moment) -> bool {
        Cron::parse(text).unwrap().ticks(moment)
    }

    #[test]
    fn fields_are_numbers_names_ranges_steps_and_lists() {
        assert!(ticks("0 2 * * *", at(0, 2, 5, 3, 1)));
        assert!(!ticks("0 2 * * *", at(1, 2, 5, 3, 1)));
        assert!(ticks("*/15 9-17 * JAN,jun mon-Fri", at(45, 17, 9, 6, 5)));
        assert!(!ticks("*/15 9-17 * jan,jun mon-fri", at(45, 17, 9, 6, 0)));
        assert!(ticks("5/20 * * * *", at(45, 0, 1, 1, 0)) && !ticks("5/20 * * * *", at(0, 0, 1, 1, 0)));
        assert!(ticks("0-10/5,59 * * * *", at(59, 0, 1, 1, 0)) && ticks("0-10/5,59 * * * *", at(10, 0, 1, 1, 0)));
    }

    #[test]
    fn sunday_is_0_and_7() {
        for text in ["0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "0 0 * * 5-7"] {
            assert!(ticks(text, at(0, 0, 1, 1, 0)), "{text}");
        }
        assert!(!ticks("0 0 * * 1/2", at(0, 0, 1, 1, 0)));
    }

    #[test]
    fn day_or_weekday_is_enough_where_both_are_restricted() {
        assert!(ticks("0 0 13 * 5", at(0, 0, 13, 1, 1)) && ticks("0 0 13 * 5", at(0, 0, 1, 1, 5)));
        assert!(!ticks("0 0 13 * *", at(0, 0, 1, 1, 5)) && !ticks("0 0 */2 * 5", at(0, 0, 1, 1, 1)));
    }

    #[test]
    fn what_no_calendar_has_never_ticks() {
        for (text, ever) in [
            ("0 0 30 2 *", false),
            ("0 0 31 feb,apr,jun,sep,nov *", false),
            ("0 0 29 2 *", true),
            ("0 0 30 2 1", true),
            ("0 0 31 4-5 *", true),
            ("* * * * *", true),
        ] {
            assert_eq!(Cron::parse(text).unwrap().ever_ticks(), ever, "{text}");
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        let found = |text: &str| {
            let error = Cron::parse(text).unwrap_err();
            (text[error.at.clone()].to_owned(), error.problem)
        };
        assert_eq!(found("0 2 * *"), ("0 2 * *".into(), Problem::Fields(4)));
        assert_eq!(found("@daily"), ("@daily".into(), Problem::Nickname(Some("0 0 * * *"))));
        assert_eq!(found("@reboot"), ("@reboot".into(), Problem::Nickname(None)));
        assert_eq!(found("60 2 * * *"), ("60".into(), Problem::OutOfRange(&FIELDS[0])));
        assert_eq!(found("0 1,99999999999 * * *"), ("99999999999".into(), Problem::OutOfRange(&FIELDS[1])));
        assert_eq!(found("0 2 0 * *"), ("0".into(), Problem::OutOfRange(&FIELDS[2])));
        assert_eq!(found("0 2 * august *"), ("august".into(), Problem::Value(&FIELDS[3])));
        assert_eq!(found("0 22-2 * * *"), ("22-2".into(), Problem::Backwards("22-23,0-2".into())));
        assert_eq!(found("0 0 * * fri-sun"), ("fri-sun".into(), Problem::Backwards("fri-6,0-sun".into())));
        assert_eq!(found("*/0 * * * *"), ("0".into(), Problem::Step(&FIELDS[0])));
        assert_eq!(found("*/61 * * * *"), ("61".into(), Problem::Step(&FIELDS[0])));
        assert_eq!(found("0 0 L * *"), ("L".into(), Problem::Sign('L')));
        assert_eq!(found("0 0 ? * mon#2"), ("?".into(), Problem::Sign('?')));
        assert_eq!(found("0,,5 0 * * *"), ("".into(), Problem::Value(&FIELDS[0])));
        assert_eq!(found("0 \u{e9} * * *"), ("\u{e9}".into(), Problem::Value(&FIELDS[1])));
    }
}
