// The kinds of sources that say what state a breaker is in: their list.
//
// A new kind is a file under kinds/, and one line each in kinds/all.hpp and kind.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "claims/claim.hpp"
#include "claims/source.hpp"
#include "core/result.hpp"

namespace tripcurve::claims {

// What an answer's body says. Nothing where it says nothing of the breaker that is meant, and more
// may come; the Error says why there is no claim, in words for a report.
using SaidOrWhy = Result<std::optional<Said>>;

struct Kind {
  std::string_view name;
  std::string_view summary;  // one line, for help
  // It is one answer that does not end, of server-sent events; `read` gets whole lines of it.
  bool streams = false;
  bool takes_metric = false;  // `metric`, `values` and `state_label` mean something
  SaidOrWhy (*read)(std::string_view body, const Source& source) = nullptr;
};

[[nodiscard]] std::span<const Kind> kinds();

// The Error suggests one that is meant.
[[nodiscard]] Result<const Kind*> find_kind(const std::string& name);

}  // namespace tripcurve::claims
