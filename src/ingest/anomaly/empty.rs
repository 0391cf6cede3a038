//! Whether a document that has become empty is believed.
//!
//! A feed that had forty entries yesterday and is well-formed and empty today is
//! more often broken than empty. Nothing is taken back for it; when it stays
//! so, the admin is told.

use crate::model::{FailureKind, Health, SourceState};

/// Empty documents in a row from which on that is no chance.
pub const MAX_EMPTY_POLLS: u8 = 3;

/// Marks the source as failing if its document has been empty for too long. It is polled as
/// before: some lists are empty on a weekend.
pub fn flag(state: &mut SourceState) {
    if state.empty_polls < MAX_EMPTY_POLLS {
        return;
    }
    state.trouble = Some(FailureKind::Content);
    state.health = Health::Failing {
        code: "suspicious_empty".to_owned(),
        message: format!(
            "it was whole but empty {} times in a row and had {} entries before; what was there is \
             kept; is the address still right?",
            state.empty_polls, state.entries
        ),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_is_not_flagged() {
        let mut state = SourceState {
            entries: 40,
            empty_polls: MAX_EMPTY_POLLS - 1,
            health: Health::Good,
            ..SourceState::default()
        };
        flag(&mut state);
        assert_eq!(state.health, Health::Good);
        state.empty_polls = MAX_EMPTY_POLLS;
        flag(&mut state);
        assert!(matches!(&state.health, Health::Failing { code, message }
            if code == "suspicious_empty" && message.contains("had 40 entries")));
        assert_eq!(state.failures, 0, "it is polled as before");
    }
}
