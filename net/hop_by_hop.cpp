#include "net/hop_by_hop.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"

namespace tripcurve::net {
namespace {

constexpr std::array<std::string_view, 4> always_held = {"Connection", "Keep-Alive",
                                                         "Proxy-Connection", "TE"};

// These say how the body ends, or whom the request is for: nobody may have them removed.
constexpr std::array<std::string_view, 3> never_held = {"Transfer-Encoding", "Content-Length",
                                                        "Host"};

template <typename Names>
bool has_name(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view one) { return same_word(one, name); });
}

}  // namespace

bool is_field(const Header& field, std::string_view name) { return same_word(field.name, name); }

HopByHop::HopByHop(const std::vector<Header>& fields) {
  bool has_upgrade = false;
  for (const auto& field : fields) {
    has_upgrade = has_upgrade || is_field(field, "Upgrade");
    if (is_field(field, "Connection")) {
      for (std::string_view rest = field.value; !rest.empty();) {
        named_.push_back(trim(take_until(rest, ",")));
      }
    }
  }
  is_upgrade_ = has_upgrade && has_name(named_, "Upgrade");
}

bool HopByHop::holds(const Header& field) const {
  if (is_field(field, "Upgrade")) {
    return !is_upgrade_;
  }
  return has_name(always_held, field.name) ||
         (has_name(named_, field.name) && !has_name(never_held, field.name));
}

}  // namespace tripcurve::net
