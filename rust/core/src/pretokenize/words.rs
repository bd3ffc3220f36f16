//! Steps in words, for people.

use super::scheme::Scheme;
use super::spec::{Behavior, Dialect, PretokenizerSpec, SplitPattern, Step};
use std::fmt;

impl fmt::Display for Behavior {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Isolated => "isolated",
            Self::Removed => "removed",
            Self::MergedWithPrevious => "merged with previous",
            Self::MergedWithNext => "merged with next",
            Self::Contiguous => "contiguous",
        })
    }
}

/// The name of the step as `tokenizers` has it, and what of its settings is not the usual.
impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, settings): (&str, Vec<String>) = match self {
            Self::Split {
                pattern,
                behavior,
                invert,
            } => {
                let mut settings = match pattern {
                    SplitPattern::Literal(text) => vec![format!("text {text:?}")],
                    SplitPattern::Regex(pattern) => {
                        let regex = pattern.regex.replace('\r', r"\r").replace('\n', r"\n");
                        match (Scheme::of_pattern(pattern), pattern.dialect) {
                            (Some(scheme), _) => vec![scheme.name().to_owned()],
                            (None, Dialect::Tokenizers) => vec![regex],
                            (None, Dialect::Tiktoken) => vec![regex, "as tiktoken".to_owned()],
                        }
                    }
                };
                if *behavior != Behavior::Isolated {
                    settings.push(behavior.to_string());
                }
                if *invert {
                    settings.push("inverted".to_owned());
                }
                ("Split", settings)
            }
            Self::ByteLevel {
                add_prefix_space,
                use_regex,
                trim_offsets,
            } => {
                let flags = [
                    (*add_prefix_space, "prefix space"),
                    (*use_regex, "gpt2"),
                    (!*trim_offsets, "untrimmed offsets"),
                ];
                let named = flags.iter().filter(|(set, _)| *set);
                ("ByteLevel", named.map(|(_, name)| (*name).to_owned()).collect())
            }
            Self::Digits { individual } => {
                let one = individual.then(|| "one by one".to_owned());
                ("Digits", one.into_iter().collect())
            }
            Self::Punctuation { behavior } => {
                let other = (*behavior != Behavior::Isolated).then(|| behavior.to_string());
                ("Punctuation", other.into_iter().collect())
            }
        };
        formatter.write_str(name)?;
        if settings.is_empty() {
            return Ok(());
        }
        write!(formatter, "({})", settings.join(", "))
    }
}

/// The name of a known scheme, else the expression, else the steps; nothing where text is not split.
impl fmt::Display for PretokenizerSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return formatter.write_str(name);
        }
        if let [
            Step::Split {
                pattern: SplitPattern::Regex(pattern),
                behavior: Behavior::Isolated,
                invert: false,
            },
        ] = self.steps.as_slice()
        {
            return formatter.write_str(&pattern.regex);
        }
        for (number, step) in self.steps.iter().enumerate() {
            let arrow = if number == 0 { "" } else { " → " };
            write!(formatter, "{arrow}{step}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_named_with_what_is_unusual_about_them() {
        let steps = vec![
            Step::Punctuation {
                behavior: Behavior::Contiguous,
            },
            Step::ByteLevel {
                add_prefix_space: false,
                use_regex: true,
                trim_offsets: true,
            },
            Step::Digits { individual: false },
            Step::Digits { individual: true },
            Step::Split {
                pattern: SplitPattern::Literal("\n".to_owned()),
                behavior: Behavior::MergedWithNext,
                invert: true,
            },
        ];
        let mut spec = PretokenizerSpec { steps };
        spec.steps
            .extend(PretokenizerSpec::regex("[0-9]\n", Dialect::Tokenizers).steps);
        assert_eq!(
            spec.to_string(),
            r#"Punctuation(contiguous) → ByteLevel(gpt2) → Digits → Digits(one by one) → Split(text "\n", merged with next, inverted) → Split([0-9]\n)"#
        );
        let gpt2 = PretokenizerSpec::named("gpt2").expect("a known name").steps;
        let steps = [vec![Step::Digits { individual: true }], gpt2].concat();
        assert_eq!(
            PretokenizerSpec { steps }.to_string(),
            "Digits(one by one) → Split(gpt2)"
        );
        assert_eq!(PretokenizerSpec::regex("a+", Dialect::Tiktoken).to_string(), "a+");
        assert_eq!(
            PretokenizerSpec {
                steps: vec![spec.steps[1].clone()]
            }
            .to_string(),
            "gpt2"
        );
    }
}
