//! Python bindings of `bytewright`: one thin file a stage.
//!
//! What is here is private to the package (`bytewright._native`); people import the classes of `python/bytewright`, which
//! carry the documentation. These functions take their arguments by position, check them, release the GIL and call the core.

use pyo3::prelude::*;

mod bpez;
mod compress;
mod counting;
mod encoding;
mod errors;
mod id_array;
mod id_objects;
mod index;
mod input;
mod positions;
mod profiles;
mod progress;
mod state;
mod training;
mod vocabulary;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::bpez::{BpezCompressor, BpezDecompressor};
    #[pymodule_export]
    use crate::compress::{Compressor, Decompressor, Index, skippable_frame};
    #[pymodule_export]
    use crate::counting::{count_corpus, count_documents};
    #[pymodule_export]
    use crate::encoding::Tokenizer;
    #[pymodule_export]
    use crate::index::{Appender, Chunks, TextIndex};
    #[pymodule_export]
    use crate::profiles::{Profile, merge_profiles};
    #[pymodule_export]
    use crate::training::{count, train};
    #[pymodule_export]
    use crate::vocabulary::{from_merges, from_ranks, from_state, load, save, save_pretrained, to_state};

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
