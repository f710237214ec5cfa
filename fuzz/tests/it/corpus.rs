//! Every file of the corpus and every text that is made to hurt, read once on each target.

use gather_fuzz::{inputs, targets::TARGETS};

/// The stack of the threads on which answers are read.
const STACK: usize = 2 << 20;

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work);
    thread.unwrap().join().unwrap();
}

#[test]
fn the_corpus_of_every_target_is_read_and_its_promises_hold() {
    on_a_small_stack(|| {
        for target in TARGETS {
            for (name, input) in inputs::corpus(target.name).unwrap() {
                if let Err(reason) = target.try_on(&input) {
                    panic!("{}, {name}: {reason}", target.name);
                }
            }
        }
    });
}

#[test]
fn case_65_what_is_made_to_hurt_hurts_no_target() {
    on_a_small_stack(|| {
        for (name, input) in inputs::made_to_hurt() {
            for target in TARGETS {
                if let Err(reason) = target.try_on(&input) {
                    panic!("{}, {name}: {reason}", target.name);
                }
            }
        }
    });
}
