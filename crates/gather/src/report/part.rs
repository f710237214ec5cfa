//! A part of a report: some of its requests, with figures of their own or with those of all.
//!
//! Requests are numbered anew from 0, in the same order, so that a part is a report like any other. One whose parent is
//! left out has none.

use super::{Asked, Attempt, Course, Report};

impl Report {
    /// The report of some of the requests, as if the others had not been: every figure is theirs alone, and the wall
    /// time ends with the last of them. What they waited for stays as it was.
    #[must_use]
    pub fn only(&self, keep: impl Fn(usize) -> bool) -> Self {
        let Part {
            asked, timeline, ..
        } = self.part(keep);
        let ends = timeline.iter().map(|attempt| attempt.ended);
        let joined = asked.iter().map(|asked| asked.queued + asked.joined);
        let wall = ends.chain(joined).max().unwrap_or_default();
        let mut courses: Vec<Course> = asked
            .into_iter()
            .map(|asked| Course {
                parent: asked.parent,
                queued: asked.queued,
                attempts: Vec::new(),
                joined: asked.joined,
                failed: asked.failed,
            })
            .collect();
        for attempt in timeline {
            courses[attempt.request].attempts.push(attempt);
        }
        for course in &mut courses {
            course.attempts.sort_by_key(|attempt| attempt.number);
        }
        Self::last(courses, self.started_at, wall)
    }

    /// The same report with a shorter timeline: what it says of all requests together stays, and only those that are
    /// kept are told one by one, in [`asked`](Self::asked), [`timeline`](Self::timeline) and [`chain`](Self::chain).
    #[must_use]
    pub fn shorten(&self, keep: impl Fn(usize) -> bool) -> Self {
        let Part {
            asked,
            timeline,
            places,
        } = self.part(keep);
        let chain = self.chain.iter();
        Self {
            asked,
            timeline,
            chain: chain.filter_map(|&at| *places.get(at)?).collect(),
            ..*self
        }
    }

    fn part(&self, keep: impl Fn(usize) -> bool) -> Part {
        let mut next = 0;
        let places: Vec<Option<usize>> = (0..self.asked.len())
            .map(|request| {
                keep(request).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let place = |request: usize| places.get(request).copied().flatten();
        let asked = self.asked.iter().enumerate();
        let asked = asked
            .filter(|&(request, _)| place(request).is_some())
            .map(|(_, asked)| Asked {
                parent: asked.parent.and_then(place),
                ..asked.clone()
            })
            .collect();
        let timeline = self.timeline.iter();
        let timeline = timeline
            .filter_map(|attempt| {
                Some(Attempt {
                    request: place(attempt.request)?,
                    ..attempt.clone()
                })
            })
            .collect();
        Part {
            asked,
            timeline,
            places,
        }
    }

    /// The attempts of each request, in their order.
    pub(crate) fn by_request(&self) -> Vec<Vec<&Attempt>> {
        let mut attempts: Vec<Vec<&Attempt>> = vec![Vec::new(); self.asked.len()];
        for attempt in &self.timeline {
            if let Some(of) = attempts.get_mut(attempt.request) {
                of.push(attempt);
            }
        }
        for of in &mut attempts {
            of.sort_by_key(|attempt| attempt.number);
        }
        attempts
    }
}

/// Some of the requests.
struct Part {
    asked: Vec<Asked>,
    /// In order of their starts.
    timeline: Vec<Attempt>,
    /// The new number of each request.
    places: Vec<Option<usize>>,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn report() -> Report {
        let course = |parent, at: usize, from, to| Course {
            parent,
            attempts: vec![Attempt::by_hand(at, from, to)],
            ..Course::default()
        };
        let courses = [
            course(None, 0, 0, 100),
            course(None, 1, 0, 250),
            course(Some(0), 2, 100, 200),
            course(Some(1), 3, 250, 400),
        ];
        Report::new(&courses, SystemTime::UNIX_EPOCH, Duration::from_millis(420))
    }

    #[test]
    fn a_part_has_figures_of_its_own() {
        let part = report().only(|request| request % 2 == 0);
        assert_eq!((part.requests, part.attempts, part.received), (2, 2, 20));
        assert_eq!(part.wall, Duration::from_millis(200));
        assert_eq!(part.one_by_one, Duration::from_millis(200));
        assert_eq!(part.chain, [0, 1]);
        assert_eq!(part.asked[1].parent, Some(0));
        assert_eq!(part.peak_in_flight, 1);
    }

    #[test]
    fn a_shorter_timeline_keeps_the_figures_of_all() {
        let whole = report();
        let short = whole.shorten(|request| request >= 2);
        assert_eq!((short.requests, short.wall), (4, whole.wall));
        assert_eq!(short.timeline.len(), 2);
        // The longest chain was 1, 3: what is left of it has its new number.
        assert_eq!(short.chain, [1]);
        assert_eq!(short.asked[0].parent, None);
    }
}
