#include "net/body_source.hpp"

#include <limits>
#include <string_view>

namespace tripcurve::net {
namespace {

constexpr std::string_view filler =
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk\n";

}  // namespace

BodySource::Ready CannedBody::ready() const {
  if (!text_) {
    return {std::numeric_limits<std::uint64_t>::max()};
  }
  return {text_->size() - at_, true};
}

void CannedBody::read(std::size_t count, std::string& out) {
  if (text_) {
    out.append(*text_, at_, count);
    at_ += count;
    return;
  }
  for (auto left = count; left > 0;) {
    const auto piece = filler.substr(at_ % filler.size(), left);
    out += piece;
    at_ += piece.size();
    left -= piece.size();
  }
}

}  // namespace tripcurve::net
