#include "faults/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <span>
#include <utility>

#include "core/suggest.hpp"
#include "core/text.hpp"
#include "faults/fault.hpp"

namespace tripcurve::faults {
namespace {

constexpr std::uint64_t most_pieces = 1'000'000;

// Shares that people round to make them sum up do so in decimals, not in binary.
constexpr double share_rounding = 1e-9;

std::string joined(const std::vector<std::string>& parts) {
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, ","));
}

// The values of `known` in "key=value,...": in their order, empty for one that is not given.
Result<std::vector<std::string>> read_keys(std::string_view text,
                                           std::span<const std::string_view> known) {
  std::vector<std::string> values(known.size());
  for (auto rest = text; !rest.empty();) {
    const auto one = trim(take_until(rest, ","));
    const auto equals = one.find('=');
    const auto key = trim(one.substr(0, equals));
    const auto found = std::ranges::find(known, key);
    if (found == known.end()) {
      return Error{"unknown key " + quoted(key), did_you_mean(key, known)};
    }
    auto& value = values[static_cast<std::size_t>(found - known.begin())];
    if (equals == std::string_view::npos || trim(one.substr(equals + 1)).empty()) {
      return Error{quoted(one) + " has no value", fmt::format("write {}=", key)};
    }
    if (!value.empty()) {
      return Error{quoted(text) + " gives " + std::string(key) + " twice", "keep one of them"};
    }
    value = trim(one.substr(equals + 1));
  }
  return values;
}

// Reads what is given into its place; what is not given stays as it is.
template <typename T, typename Parse>
std::optional<Error> read_given(const std::string& text, std::string_view key, T& place,
                                Parse parse) {
  if (text.empty()) {
    return std::nullopt;
  }
  auto value = parse(text);
  if (!value) {
    return value.error().in(std::string(key));
  }
  place = *std::move(value);
  return std::nullopt;
}

Result<std::uint64_t> parse_pieces(std::string_view text) {
  return parse_count(text, 1, most_pieces);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto size = parse_size(text);
  if (size && (*size == 0 || *size > largest_size)) {
    return Error{quoted(text) + (*size == 0 ? " is nothing" : " is too much"),
                 "write 1B to " + format_size(largest_size)};
  }
  return size;
}

// 5%@30%, or 5% at 30%.
Result<EventStream::Mishap> parse_mishap(std::string_view text) {
  auto at = text.find('@');
  std::size_t width = 1;
  if (at == std::string_view::npos) {
    at = text.find(" at ");
    width = 4;
  }
  if (at == std::string_view::npos) {
    return Error{quoted(text) + " does not say how far the stream gets", "write 5%@30%"};
  }
  const auto share = parse_share(trim(text.substr(0, at)));
  const auto far = parse_share(trim(text.substr(at + width)));
  if (!share || !far) {
    return share ? far.error() : share.error();
  }
  return EventStream::Mishap{*share, *far};
}

std::string mishap_text(std::string_view key, const EventStream::Mishap& mishap) {
  return fmt::format("{}={}@{}", key, format_share(mishap.share), format_share(mishap.at));
}

}  // namespace

std::string Sizes::text() const {
  std::vector<std::string> parts;
  for (const auto& [bytes, share] : items) {
    parts.push_back(format_size(bytes) + (items.size() == 1 ? "" : ":" + format_share(share)));
  }
  return joined(parts);
}

std::string Bandwidth::text() const {
  return bytes_per_second == 0 ? "none" : format_size(bytes_per_second) + "/s";
}

std::string BodyPace::text() const {
  std::vector<std::string> parts;
  if (chunks > 0) {
    parts.push_back(fmt::format("chunks={}", chunks));
    parts.push_back("over=" + format_duration(over));
  }
  if (slice > 0) {
    parts.push_back("slice=" + format_size(slice));
    parts.push_back("every=" + format_duration(every));
  }
  if (head > Duration::zero()) {
    parts.push_back("head=" + format_duration(head));
  }
  return joined(parts);
}

std::string EventStream::text() const {
  if (events == 0) {
    return "none";
  }
  std::vector<std::string> parts{fmt::format("events={}", events),
                                 "every=" + format_duration(every)};
  for (const auto& [key, mishap] :
       {std::pair{"die", die}, std::pair{"stall", stall}, std::pair{"error", error}}) {
    if (mishap.share.value > 0) {
      parts.push_back(mishap_text(key, mishap));
    }
  }
  return joined(parts);
}

std::vector<Variant> Shape::variants() const {
  std::vector<Variant> all;
  if (stream.events > 0) {
    Delivery whole{.framing = Delivery::Framing::chunked,
                   .size = stream.events,
                   .events = true,
                   .slice = 1,
                   .gap = stream.every};
    const auto mishap = [&](const EventStream::Mishap& what, const char* kind,
                            Delivery::Ending ending) {
      if (what.share.value > 0) {
        auto delivery = whole;
        delivery.extent = {.unit = Extent::Unit::share, .share = what.at.value};
        delivery.ending = ending;
        all.push_back({what.share.value, std::move(delivery), kind});
      }
    };
    mishap(stream.die, "stream-die", Delivery::Ending::closes);
    mishap(stream.stall, "stream-stall", Delivery::Ending::stalls);
    mishap(stream.error, "stream-error", Delivery::Ending::stays);
    if (!all.empty() && all.back().kind == "stream-error") {
      all.back().delivery.error_event = true;
    }
    const auto rest = 1 - failing();
    if (rest > 0 || all.empty()) {
      all.push_back({rest, std::move(whole), ""});
    }
    return all;
  }
  const Delivery paced{.head_gap = body.head,
                       .bytes_per_second = bandwidth.bytes_per_second,
                       .pieces = body.chunks,
                       .over = body.over,
                       .slice = body.slice,
                       .gap = body.every};
  for (const auto& item : size.items) {
    auto delivery = paced;
    delivery.size = item.bytes;
    all.push_back({item.share.value, std::move(delivery), ""});
  }
  if (all.empty()) {
    all.push_back({1, paced, ""});
  }
  return all;
}

Duration Shape::mean_time() const {
  double mean = 0;
  double counted = 0;
  for (const auto& [share, delivery, kind] : variants()) {
    const auto seen = seen_by_client(delivery, 200, false, false);
    if (seen.end != Seen::forever) {
      mean += share * to_seconds(seen.end);
      counted += share;
    }
  }
  return counted > 0 ? std::chrono::round<Duration>(std::chrono::duration<double>(mean / counted))
                     : Duration{};
}

double Shape::failing() const {
  return stream.events == 0
             ? 0
             : stream.die.share.value + stream.stall.share.value + stream.error.share.value;
}

Shape ShapeChange::on(const Shape& usual) const {
  return {size.value_or(usual.size), bandwidth.value_or(usual.bandwidth), body.value_or(usual.body),
          stream.value_or(usual.stream)};
}

ShapeChange changed(const Shape& shape) {
  ShapeChange change;
  if (shape.size != Sizes{}) {
    change.size = shape.size;
  }
  if (shape.bandwidth != Bandwidth{}) {
    change.bandwidth = shape.bandwidth;
  }
  if (shape.body != BodyPace{}) {
    change.body = shape.body;
  }
  if (shape.stream != EventStream{}) {
    change.stream = shape.stream;
  }
  return change;
}

std::string Shape::text() const { return changed(*this).text(); }

std::string ShapeChange::text() const {
  std::string text;
  const auto add = [&](std::string_view key, const auto& part) {
    if (part) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, part->text());
    }
  };
  add("size", size);
  add("bandwidth", bandwidth);
  add("body", body);
  add("stream", stream);
  return text;
}

std::optional<Error> contradiction(const Shape& shape) {
  if (shape.stream.events == 0) {
    return std::nullopt;
  }
  auto others = shape;
  others.stream = {};
  if (others.is_plain()) {
    return std::nullopt;
  }
  return Error{
      "a stream has its own sizes and pace, but there is " + quoted(others.text()) + " beside it",
      "leave out one of them, or write none for it"};
}

std::optional<Error> not_of_service(const ShapeChange& shape) {
  const auto refused = [](const std::string& part, std::string what) {
    return Error{
        quoted(part) + " says " + std::move(what) + ", and here a service makes the answers itself",
        "leave it out; bandwidth, body=slice=1KB,every=5ms and body=head=1s are there for "
        "its answers, too"};
  };
  if (shape.size) {
    return refused("size=" + shape.size->text(), "how large the bodies of answers are");
  }
  if (shape.stream) {
    return refused("stream=" + shape.stream->text(), "which events answers are made of");
  }
  if (shape.body && shape.body->chunks > 0) {
    return refused("body=" + shape.body->text(), "how a body is shared out whose size is known");
  }
  return std::nullopt;
}

Result<Sizes> parse_sizes(std::string_view text) {
  text = trim(text);
  Sizes sizes;
  if (text == "none") {
    return sizes;
  }
  double sum = 0;
  for (auto rest = text; !rest.empty() || sizes.items.empty();) {
    const auto one = trim(take_until(rest, ","));
    const auto colon = one.find(':');
    const auto bytes = parse_size(trim(one.substr(0, colon)));
    if (!bytes) {
      return bytes.error();
    }
    if (*bytes > largest_size) {
      return Error{quoted(one) + " is too much", "write up to " + format_size(largest_size)};
    }
    const auto share =
        colon == std::string_view::npos ? Result(Share{1}) : parse_share(one.substr(colon + 1));
    if (!share) {
      return share.error().in(std::string(one.substr(0, colon)));
    }
    sum += share->value;
    sizes.items.push_back({*bytes, *share});
  }
  if (std::abs(sum - 1) > share_rounding) {
    return Error{fmt::format("the shares of {} add up to {:.12g}%", quoted(text), sum * 100),
                 "the sum must be 100%: 1KB:90%,1MB:10%"};
  }
  return sizes;
}

Result<Bandwidth> parse_bandwidth(std::string_view text) {
  text = trim(text);
  if (text == "none") {
    return Bandwidth{};
  }
  if (!text.ends_with("/s")) {
    return Error{quoted(text) + " is no bandwidth", "write 50KB/s, or none"};
  }
  const auto bytes = parse_bytes(text.substr(0, text.size() - 2));
  return bytes ? Result(Bandwidth{*bytes}) : bytes.error();
}

Result<BodyPace> parse_body_pace(std::string_view text) {
  static constexpr std::array<std::string_view, 5> keys{"chunks", "over", "slice", "every", "head"};
  text = trim(text);
  BodyPace pace;
  if (text == "none") {
    return pace;
  }
  const auto given = read_keys(text, keys);
  if (!given) {
    return given.error();
  }
  for (const auto& error : {read_given((*given)[0], keys[0], pace.chunks, parse_pieces),
                            read_given((*given)[1], keys[1], pace.over, parse_duration),
                            read_given((*given)[2], keys[2], pace.slice, parse_bytes),
                            read_given((*given)[3], keys[3], pace.every, parse_duration),
                            read_given((*given)[4], keys[4], pace.head, parse_duration)}) {
    if (error) {
      return *error;
    }
  }
  if (const auto half = (*given)[0].empty() != (*given)[1].empty();
      half || (*given)[2].empty() != (*given)[3].empty()) {
    return Error{
        quoted(text) + (half ? " has one of chunks and over" : " has one of slice and every"),
        half ? "write chunks=10,over=2s" : "write slice=10B,every=5ms"};
  }
  if (pace == BodyPace{}) {
    return Error{quoted(text) + " changes nothing", "write chunks=10,over=2s, or none"};
  }
  return pace;
}

Result<EventStream> parse_event_stream(std::string_view text) {
  static constexpr std::array<std::string_view, 5> keys{"events", "every", "die", "stall", "error"};
  text = trim(text);
  EventStream stream;
  if (text == "none") {
    return stream;
  }
  const auto given = read_keys(text, keys);
  if (!given) {
    return given.error();
  }
  if ((*given)[0].empty() || (*given)[1].empty()) {
    return Error{quoted(text) + " needs events and every", "write events=40,every=50ms"};
  }
  for (const auto& error : {read_given((*given)[0], keys[0], stream.events, parse_pieces),
                            read_given((*given)[1], keys[1], stream.every, parse_duration),
                            read_given((*given)[2], keys[2], stream.die, parse_mishap),
                            read_given((*given)[3], keys[3], stream.stall, parse_mishap),
                            read_given((*given)[4], keys[4], stream.error, parse_mishap)}) {
    if (error) {
      return *error;
    }
  }
  const Shape shape{.stream = stream};
  if (shape.failing() > 1 + share_rounding) {
    return Error{
        fmt::format("the shares of {} add up to {:.12g}%", quoted(text), shape.failing() * 100),
        "the sum may be 100% at most"};
  }
  return stream;
}

}  // namespace tripcurve::faults
