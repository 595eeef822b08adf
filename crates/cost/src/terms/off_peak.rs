use std::fmt;
use std::time::SystemTime;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::entry::Rate;
use crate::error::Fault;

const MINUTES_OF_A_DAY: u32 = 24 * 60;

/// All days of the week.
const EVERY_DAY: u8 = 0b0111_1111;

/// Prices that replace the others in some hours of some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffPeak {
    pub(crate) rates: Vec<Rate>,
    pub(crate) windows: Vec<Window>,
    /// Whose calendar the days are read on; the hours are always UTC.
    zone: Zone,
}

/// A time zone with the name it was asked for by.
#[derive(Clone, Debug)]
struct Zone {
    name: Box<str>,
    zone: TimeZone,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

/// Some hours of some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// One bit a day, Monday lowest.
    days: u8,
    /// Minutes of the day, in UTC; the end is excluded. An end before the begin is past midnight, an equal one is the
    /// whole day.
    from: u32,
    to: u32,
}

impl OffPeak {
    /// `zone` is the name of a time zone, UTC when absent.
    pub(crate) fn new(rates: Vec<Rate>, windows: Vec<Window>, zone: Option<&str>) -> Result<Self, Fault> {
        let name = zone.unwrap_or("UTC");
        let zone = TimeZone::get(name)
            .map_err(|_| Fault::new(format!("no time zone is called {}", crate::entry::shown(name))))?;
        Ok(Self { rates, windows, zone: Zone { name: name.into(), zone } })
    }

    /// Whether the prices hold at that time.
    pub(crate) fn is_open(&self, at: SystemTime) -> bool {
        let Ok(at) = Timestamp::try_from(at) else { return false };
        let minute = u32::try_from(at.as_second().rem_euclid(86_400) / 60).unwrap_or(0);
        let weekday = self.zone.zone.to_datetime(at).weekday().to_monday_zero_offset();
        self.windows.iter().any(|window| window.days >> weekday & 1 == 1 && window.has(minute))
    }

    /// The name of the time zone, unless it is UTC.
    pub(crate) fn zone(&self) -> Option<&str> {
        Some(&*self.zone.name).filter(|name| *name != "UTC")
    }
}

impl Window {
    /// `hours` is `HH:MM-HH:MM`; no days are all days.
    pub(crate) fn new(hours: &str, days: Option<&[Day]>) -> Option<Self> {
        let (from, to) = hours.split_once('-')?;
        let days = days.map_or(EVERY_DAY, |days| days.iter().fold(0, |all, day| all | 1 << day.0));
        Some(Self { days, from: minute_of(from)?, to: minute_of(to)? })
    }

    const fn has(self, minute: u32) -> bool {
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// Reads what `Display` writes.
    pub(crate) fn from_compact(text: &str) -> Option<Self> {
        let (days, hours) = text.split_once('.')?;
        let days: Option<Vec<Day>> =
            days.chars().map(|day| Day::from_number(day.to_digit(10)?.into())).collect();
        Self::new(hours, Some(&days?))
    }
}

fn minute_of(time: &str) -> Option<u32> {
    let (hour, minute) = time.trim().split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day < MINUTES_OF_A_DAY).then_some(of_day)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for day in (0..7).filter(|day| self.days >> day & 1 == 1) {
            write!(f, "{}", day + 1)?;
        }
        let time = |minute: u32| (minute / 60, minute % 60);
        let ((from, from_minute), (to, to_minute)) = (time(self.from), time(self.to));
        write!(f, ".{from:02}:{from_minute:02}-{to:02}:{to_minute:02}")
    }
}

/// A day of the week, Monday zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(u8);

impl Day {
    /// 1 is Monday, 7 Sunday.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| (1..=7).contains(number)).map(|number| Self(number - 1))
    }

    /// `mon`, `Monday`, `thurs`, ...
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        const NAMES: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let name = name.trim().to_ascii_lowercase();
        if name.len() < 3 {
            return None;
        }
        let day = NAMES.iter().position(|full| full.starts_with(&name))?;
        u8::try_from(day).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(text: &str) -> SystemTime {
        let at: Timestamp = text.parse().unwrap();
        SystemTime::UNIX_EPOCH + Duration::from_secs(at.as_second().try_into().unwrap())
    }

    fn off_peak(windows: &[&str], zone: Option<&str>) -> OffPeak {
        let windows = windows.iter().map(|window| Window::from_compact(window).unwrap()).collect();
        OffPeak::new(Vec::new(), windows, zone).unwrap()
    }

    #[test]
    fn begin_is_included_and_end_is_not() {
        let off_peak = off_peak(&["12345.04:00-06:00"], None);
        // 2026-11-24 is a Tuesday.
        for (time, open) in [
            ("2026-11-24T03:59:59Z", false),
            ("2026-11-24T04:00:00Z", true),
            ("2026-11-24T05:59:59Z", true),
            ("2026-11-24T06:00:00Z", false),
            ("2026-11-28T05:00:00Z", false),
        ] {
            assert_eq!(off_peak.is_open(at(time)), open, "{time}");
        }
    }

    #[test]
    fn a_window_may_cross_midnight_or_be_the_whole_day() {
        let night = off_peak(&["1234567.16:30-00:30"], None);
        for (time, open) in [("2026-11-24T16:30:00Z", true), ("2026-11-24T00:29:00Z", true)] {
            assert_eq!(night.is_open(at(time)), open, "{time}");
        }
        assert!(!night.is_open(at("2026-11-24T00:30:00Z")));
        let weekend = off_peak(&["67.00:00-00:00"], None);
        assert!(weekend.is_open(at("2026-11-28T00:00:00Z")) && weekend.is_open(at("2026-11-29T23:59:59Z")));
        assert!(!weekend.is_open(at("2026-11-30T00:00:00Z")));
    }

    #[test]
    fn days_are_those_of_the_time_zone_and_hours_are_utc() {
        // Friday evening in UTC is Saturday morning in Shanghai.
        let friday = at("2026-11-27T20:00:00Z");
        assert!(off_peak(&["67.00:00-00:00"], Some("Asia/Shanghai")).is_open(friday));
        assert!(!off_peak(&["67.00:00-00:00"], None).is_open(friday));
        assert!(!off_peak(&["67.04:00-05:00"], Some("Asia/Shanghai")).is_open(friday));
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for window in
            ["", "1.0:00-01:00", "1.24:00-01:00", "1.00:60-01:00", "8.00:00-01:00", "00:00-01:00", "1.00:00"]
        {
            assert_eq!(Window::from_compact(window), None, "{window}");
        }
        assert!(OffPeak::new(Vec::new(), Vec::new(), Some("Moon/Tycho")).is_err());
        assert_eq!(Day::from_name("Thurs"), Day::from_number(4));
        assert_eq!((Day::from_name("t"), Day::from_number(0), Day::from_number(8)), (None, None, None));
        let window = Window::new("10:00-00:00", None).unwrap();
        assert_eq!(window.to_string(), "1234567.10:00-00:00");
    }
}
