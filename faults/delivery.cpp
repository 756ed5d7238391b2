#include "faults/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "core/units.hpp"

namespace tripcurve::faults {
namespace {

// How often bytes go out under a bandwidth: often enough to look like a slow line.
constexpr double bandwidth_tick_s = 0.02;

Duration seconds_to_duration(double seconds) {
  return std::chrono::round<Duration>(std::chrono::duration<double>(seconds));
}

std::uint64_t rounded_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

// a * b / c, which must be at most a.
std::uint64_t portion(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return static_cast<std::uint64_t>(static_cast<long double>(a) * static_cast<long double>(b) /
                                    static_cast<long double>(c));
}

// Which of the pieces of a body of `size` bytes the byte before `offset` is in, from 1.
std::uint64_t piece_of(const Delivery& delivery, std::uint64_t offset, std::uint64_t size) {
  auto piece = std::max<std::uint64_t>(1, portion(delivery.pieces, offset, size));
  while (piece > 1 && portion(size, piece - 1, delivery.pieces) >= offset) {
    --piece;
  }
  while (piece < delivery.pieces && portion(size, piece, delivery.pieces) < offset) {
    ++piece;
  }
  return piece;
}

// When the first `offset` bytes of a body are out: since its head.
Duration time_of(const Delivery& delivery, std::uint64_t offset,
                 std::optional<std::uint64_t> size) {
  Duration time{};
  if (offset == 0) {
    return time;
  }
  if (delivery.bytes_per_second > 0) {
    time = seconds_to_duration(static_cast<double>(offset) /
                               static_cast<double>(delivery.bytes_per_second));
  }
  if (delivery.slice > 0) {
    const auto gaps = rounded_up(offset, delivery.slice) - 1;
    time = std::max(time, delivery.gap * static_cast<std::int64_t>(gaps));
  }
  if (delivery.pieces > 0 && size.value_or(0) > 0) {
    const auto share = static_cast<double>(piece_of(delivery, offset, *size)) /
                       static_cast<double>(delivery.pieces);
    time = std::max(time, seconds_to_duration(to_seconds(delivery.over) * share));
  }
  return time;
}

// Where the piece ends that begins at `from`.
std::uint64_t piece_end(const Delivery& delivery, std::uint64_t from,
                        std::optional<std::uint64_t> size) {
  auto to = from + Steps::largest_piece;
  if (delivery.bytes_per_second > 0) {
    const auto tick = static_cast<double>(delivery.bytes_per_second) * bandwidth_tick_s;
    to = std::min(to, from + std::max<std::uint64_t>(1, static_cast<std::uint64_t>(tick)));
  }
  if (delivery.slice > 0) {
    to = std::min(to, (from / delivery.slice + 1) * delivery.slice);
  }
  if (delivery.pieces > 0 && size.value_or(0) > 0 && from < *size) {
    to = std::min(to, portion(*size, piece_of(delivery, from + 1, *size), delivery.pieces));
  }
  return std::max(to, from + 1);
}

// How many bytes of the body go out; none when nobody knows yet. Where the size is not known,
// shares are of `shares_of`.
std::optional<std::uint64_t> bytes_out(const Delivery& delivery, std::optional<std::uint64_t> size,
                                       std::uint64_t shares_of = 0) {
  switch (delivery.extent.unit) {
    case Extent::Unit::nothing:
    case Extent::Unit::head:
      return 0;
    case Extent::Unit::bytes:
      return delivery.endless || !size ? delivery.extent.bytes : delivery.extent.in(*size);
    case Extent::Unit::share:
    case Extent::Unit::all:
      break;
  }
  if (delivery.endless) {
    return std::nullopt;
  }
  if (!size && delivery.extent.unit == Extent::Unit::share) {
    return delivery.extent.in(shares_of);
  }
  return size ? std::optional(delivery.extent.in(*size)) : std::nullopt;
}

bool has_no_body(std::uint16_t status) { return status == 204 || status == 205 || status == 304; }

std::string_view reason_words(std::uint16_t status) {
  switch (status) {
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Temporarily Unavailable";
    case 504:
      return "Gateway Time-out";
    default:
      return {};
  }
}

// nginx's page, which is what a client gets when its gateway has lost the service behind it.
std::string html_page(std::uint16_t status) {
  const auto words = reason_words(status);
  const auto title = fmt::format("{}{}{}", status, words.empty() ? "" : " ", words);
  return fmt::format(
      "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
      "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      title);
}

std::string problem_page(std::uint16_t status) {
  const auto words = reason_words(status);
  return fmt::format(R"({{"type":"about:blank","title":"{}","status":{},"detail":"injected"}})",
                     words.empty() ? "Injected" : words, status) +
         "\n";
}

// How a call ends whose answer is not complete when its connection does what `ending` says.
CallEnd cut_by(Delivery::Ending ending, std::uint16_t status_seen) {
  switch (ending) {
    case Delivery::Ending::resets:
      return {CallEnd::Kind::reset, status_seen};
    case Delivery::Ending::stays:
    case Delivery::Ending::expires:
    case Delivery::Ending::stalls:
      return {CallEnd::Kind::timeout, status_seen};
    case Delivery::Ending::closes:
    case Delivery::Ending::half_closes:
      break;
  }
  return {CallEnd::Kind::closed, status_seen};
}

bool ends_connection(Delivery::Ending ending) {
  return ending == Delivery::Ending::closes || ending == Delivery::Ending::resets ||
         ending == Delivery::Ending::half_closes;
}

}  // namespace

std::uint64_t Extent::in(std::uint64_t size) const {
  switch (unit) {
    case Unit::nothing:
    case Unit::head:
      return 0;
    case Unit::share:
      return std::min(size, static_cast<std::uint64_t>(share * static_cast<double>(size)));
    case Unit::bytes:
      return std::min(size, bytes);
    case Unit::all:
      break;
  }
  return size;
}

std::string Extent::text() const {
  switch (unit) {
    case Unit::nothing:
      return "start";
    case Unit::head:
      return "head";
    case Unit::share:
      return format_share({share});
    case Unit::bytes:
      return format_size(bytes);
    case Unit::all:
      break;
  }
  return "end";
}

std::string page_text(const Delivery& delivery, std::uint16_t status, bool injected) {
  switch (delivery.page) {
    case Delivery::Page::text:
      return injected ? fmt::format("injected {}\n", status) : "ok\n";
    case Delivery::Page::html:
      return html_page(status);
    case Delivery::Page::problem:
      return problem_page(status);
    case Delivery::Page::nothing:
      break;
  }
  return {};
}

std::uint64_t body_size(const Delivery& delivery, std::uint16_t status, bool injected) {
  if (has_no_body(status)) {
    return 0;
  }
  return delivery.size ? *delivery.size : page_text(delivery, status, injected).size();
}

Step Steps::next() {
  switch (stage_) {
    case Stage::head:
      return first();
    case Stage::head_rest:
      stage_ = after_head();
      return {Step::Part::head_rest, delivery_->head_gap};
    case Stage::flood:
      return of_amount(Step::Part::flood, Stage::head_rest);
    case Stage::noise:
      return of_amount(Step::Part::garbage, Stage::end);
    case Stage::body:
      return body();
    case Stage::bad_chunk:
      stage_ = Stage::end;
      return {Step::Part::bad_chunk};
    case Stage::error_event:
      stage_ = Stage::end;
      return {Step::Part::error_event, delivery_->gap};
    case Stage::end:
      break;
  }
  const bool at_once = delivery_->ending == Delivery::Ending::expires;
  return {Step::Part::end, at_once ? Duration{} : delivery_->linger};
}

Step Steps::first() {
  switch (delivery_->form) {
    case Delivery::Form::garbage:
      stage_ = Stage::noise;
      return next();
    case Delivery::Form::bad_head:
      stage_ = Stage::end;
      return {Step::Part::bad_head};
    case Delivery::Form::header_flood:
      stage_ = Stage::flood;
      return {Step::Part::head_begin};
    case Delivery::Form::sound:
    case Delivery::Form::bad_chunk:
      break;
  }
  if (delivery_->extent.unit == Extent::Unit::nothing) {
    stage_ = Stage::end;
    return next();
  }
  if (delivery_->head_gap > Duration::zero()) {
    stage_ = Stage::head_rest;
    return {Step::Part::head_begin};
  }
  stage_ = after_head();
  return {Step::Part::head};
}

// The next bytes of the delivery's amount; `then` is what follows the last of them.
Step Steps::of_amount(Step::Part part, Stage then) {
  const auto from = at_;
  at_ = std::min(delivery_->amount, from + largest_piece);
  const Step step{part, {}, from, at_};
  if (at_ == delivery_->amount) {
    stage_ = then;
    at_ = 0;
  }
  return step;
}

Step Steps::body() {
  if (!size_ && !shares_of_ && delivery_->extent.unit == Extent::Unit::share) {
    return {Step::Part::measure};
  }
  const auto goal = bytes_out(*delivery_, size_, shares_of_.value_or(0));
  if (goal && at_ >= *goal) {
    stage_ = delivery_->form == Delivery::Form::bad_chunk ? Stage::bad_chunk
             : delivery_->error_event                     ? Stage::error_event
                                                          : Stage::end;
    return next();
  }
  const auto from = at_;
  at_ = piece_end(*delivery_, from, size_);
  at_ = goal ? std::min(at_, *goal) : at_;
  return {Step::Part::body, time_of(*delivery_, at_, size_) - time_of(*delivery_, from, size_),
          from, at_};
}

Pace pace_of(const Delivery& delivery, std::uint16_t status, bool injected) {
  constexpr int enough = 1000;  // pieces of one body are alike
  const auto size = body_size(delivery, status, injected);
  Pace pace;
  Steps steps(delivery, size);
  auto step = steps.next();
  for (int i = 0; i < enough && step.part != Step::Part::end; ++i, step = steps.next()) {
    if (step.part == Step::Part::body) {
      pace.between = std::max(pace.between, step.after);
    }
  }
  if (const auto out = bytes_out(delivery, size)) {
    pace.last = delivery.head_gap + time_of(delivery, *out, size);
  }
  return pace;
}

Duration standstill(const Seen& seen, const Pace& pace, Duration patience) {
  if (seen.head == Seen::forever) {
    return Seen::forever;
  }
  if (pace.between >= patience) {
    return seen.head + patience;
  }
  const bool pauses =
      pace.last != Seen::forever && (seen.end == Seen::forever || seen.end - pace.last >= patience);
  return pauses ? pace.last + patience : Seen::forever;
}

Seen seen_by_client(const Delivery& delivery, std::uint16_t status, bool injected, bool to_head) {
  constexpr CallEnd no_answer{CallEnd::Kind::bad_answer, 0};
  const bool floods = delivery.form == Delivery::Form::header_flood;
  if (delivery.form == Delivery::Form::garbage || delivery.form == Delivery::Form::bad_head ||
      (floods && delivery.amount > longest_head)) {
    return {Seen::forever, {}, no_answer};
  }
  const auto cut = [&](Duration at, std::uint16_t status_seen) -> Seen {
    const auto head = status_seen != 0 ? delivery.head_gap : Seen::forever;
    return {head, ends_connection(delivery.ending) ? at + delivery.linger : Seen::forever,
            cut_by(delivery.ending, status_seen)};
  };
  if (delivery.extent.unit == Extent::Unit::nothing) {
    return cut({}, 0);
  }
  const CallEnd answer{CallEnd::Kind::answer, status};
  const auto head = delivery.head_gap;
  if (to_head) {
    return {head, head, answer};
  }
  const auto size = body_size(delivery, status, injected);
  const auto out = bytes_out(delivery, size);
  if (!out) {
    return {head, Seen::forever, {CallEnd::Kind::timeout, status}};
  }
  const auto over = head + time_of(delivery, *out, size);
  if (delivery.form == Delivery::Form::bad_chunk) {
    return {head, over, {CallEnd::Kind::bad_answer, status}};
  }
  if (delivery.error_event) {
    return {head, over + delivery.gap, answer, true};
  }
  const bool closes = delivery.ending == Delivery::Ending::closes ||
                      delivery.ending == Delivery::Ending::half_closes;
  if (delivery.framing == Delivery::Framing::until_close && closes) {
    return {head, over + delivery.linger, answer};
  }
  const bool is_whole = !delivery.endless && *out == size;
  // Of a body in chunks, the client waits for the last one, which is empty.
  const bool lacks_last_chunk =
      delivery.framing == Delivery::Framing::chunked && delivery.extent.unit != Extent::Unit::all;
  return is_whole && !lacks_last_chunk ? Seen{head, over, answer} : cut(over, status);
}

}  // namespace tripcurve::faults
