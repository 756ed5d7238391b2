// What holds of a text that was read into trees, whatever its format.
#pragma once

#include <string>
#include <string_view>

#include "document/read.hpp"

namespace tripcurve::fuzz {

using ReadDocuments = Result<document::Documents> (*)(const std::string& file,
                                                      std::string_view text);

// The trees are no deeper than is allowed, every place in them is in the text, and so is that of an
// error.
void try_document(ReadDocuments read, std::string_view input);

}  // namespace tripcurve::fuzz
