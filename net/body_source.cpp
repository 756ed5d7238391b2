#include "net/body_source.hpp"

#include <algorithm>
#include <string_view>

namespace tripcurve::net {
namespace {

constexpr std::string_view filler =
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk\n";

}  // namespace

BodySource::Got CannedBody::read(std::size_t most, std::string& out) {
  if (!text_.empty()) {
    const auto taken = std::min(most, text_.size() - at_);
    out.append(text_, at_, taken);
    at_ += taken;
    return taken == 0 ? Got::end : Got::some;
  }
  for (auto left = most; left > 0;) {
    const auto piece = filler.substr(at_ % filler.size(), left);
    out += piece;
    at_ += piece.size();
    left -= piece.size();
  }
  return Got::some;
}

}  // namespace tripcurve::net
