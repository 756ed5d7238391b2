// A list of policies in a library's own words, as traces of whole calls have it.
#pragma once

#include <functional>

#include "client/config.hpp"
#include "core/result.hpp"
#include "document/node.hpp"

namespace tripcurve::importer {

// The outermost first. `read` reads one of them; the first mistake is the result's.
[[nodiscard]] Result<client::Policies> read_policy_list(
    const document::Node& list,
    const std::function<Result<client::PolicyConfig>(const document::Node& item)>& read);

}  // namespace tripcurve::importer
