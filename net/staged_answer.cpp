#include "net/staged_answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/ensure.hpp"
#include "net/answer_parser.hpp"

namespace tripcurve::net {
namespace {

using faults::Delivery;
using faults::Step;

static_assert(AnswerParser::waiting_limit == faults::longest_head,
              "both worlds find the same heads too long");

constexpr std::string_view end_of_line = "\r\n";

// Noise that is no text, and then what would end a head: nobody need wait for more of it.
constexpr std::string_view noise = "\x16\x03\x01\x7f\xfe\xb0\xc4\x80garbage!";
constexpr std::string_view end_of_noise = "\r\n\r\n";

// A header field of the flood, in bytes.
constexpr std::uint64_t flood_line = 128;

std::string_view type_of(Delivery::Page page) {
  switch (page) {
    case Delivery::Page::html:
      return "text/html";
    case Delivery::Page::problem:
      return "application/problem+json";
    case Delivery::Page::text:
    case Delivery::Page::nothing:
      break;
  }
  return "text/plain";
}

std::unique_ptr<BodySource> body_of(const faults::Course& course) {
  const auto& delivery = course.delivery;
  if (delivery.size || delivery.endless) {
    return std::make_unique<CannedBody>();
  }
  return std::make_unique<CannedBody>(faults::page_text(delivery, course.status, course.injected));
}

// `course` must outlive it.
Origin canned(const faults::Course& course, std::uint64_t ordinal) {
  const auto& delivery = course.delivery;
  const auto size = faults::body_size(delivery, course.status, course.injected);
  const auto append = [&course, size, ordinal](std::string& out, Delivery::Framing framing,
                                               ConnectionHeader connection) {
    net::append_head(
        out, {.status = course.status,
              .type = course.delivery.events ? "text/event-stream" : type_of(course.delivery.page),
              .length = framing == Delivery::Framing::length ? std::optional(size) : std::nullopt,
              .chunked = framing == Delivery::Framing::chunked,
              .fields = course.delivery.fields,
              .connection = connection,
              .ordinal = ordinal});
  };
  return {.size = size, .body = body_of(course), .append_head = append};
}

}  // namespace

StagedAnswer::StagedAnswer(std::shared_ptr<const faults::Course> course, const Request& request)
    : StagedAnswer(course, request, canned(*course, request.ordinal)) {}

StagedAnswer::StagedAnswer(std::shared_ptr<const faults::Course> course, const Request& request,
                           Origin origin)
    : course_(std::move(course)),
      request_(request),
      origin_(std::move(origin)),
      steps_(course_->delivery, origin_.size,
             request.to_head ? faults::Steps::Of::head : faults::Steps::Of::whole),
      step_(steps_.next()) {}

// To HTTP/1.0, what would come in chunks ends with the connection.
Delivery::Framing StagedAnswer::framing() const {
  const auto framing =
      delivery().framing == Delivery::Framing::length ? origin_.framing : delivery().framing;
  return framing == Delivery::Framing::chunked && request_.is_http_1_0
             ? Delivery::Framing::until_close
             : framing;
}

StagedAnswer::Progress StagedAnswer::do_step(std::string& out) {
  switch (step_.part) {
    case Step::Part::head:
      append_head(out);
      break;
    case Step::Part::head_begin: {
      append_head(head_);
      const auto line = head_.find(end_of_line) + end_of_line.size();
      out.append(head_, 0, line);
      head_.erase(0, line);
      break;
    }
    case Step::Part::head_rest:
      out += std::exchange(head_, {});
      break;
    case Step::Part::bad_head:
      out += "HTTP/1.1 2xx Broken\r\nServer: tripcurve\r\nContent-Length: 0\r\n\r\n";
      break;
    case Step::Part::flood:
      append_flood(out);
      break;
    case Step::Part::garbage:
      append_noise(out);
      break;
    case Step::Part::measure:
      if (measure() == Progress::later) {
        return Progress::later;
      }
      break;
    case Step::Part::body:
      if (delivery().events) {
        append_events(out);
        break;
      }
      if (append_body(out) == Progress::later) {
        return Progress::later;
      }
      break;
    case Step::Part::bad_chunk:
      out += "zz\r\n";
      break;
    case Step::Part::error_event:
      append_piece("event: error\ndata: {\"error\":\"overloaded\"}\n\n", out);
      break;
    case Step::Part::end:
      ENSURE(false);
  }
  step_ = steps_.next();
  return Progress::done;
}

void StagedAnswer::append_head(std::string& out) const {
  origin_.append_head(out, framing(),
                      ends_with_connection() ? ConnectionHeader::close : request_.connection);
}

StagedAnswer::Progress StagedAnswer::measure() {
  const auto there = origin_.body->ready();
  if (there.bytes == 0 && !there.ended) {
    return Progress::later;
  }
  steps_.take_shares_of(there.bytes);
  return Progress::done;
}

StagedAnswer::Progress StagedAnswer::append_body(std::string& out) {
  while (read_ < step_.to) {
    const auto there = origin_.body->ready();
    if (there.bytes == 0 && !there.ended) {
      return Progress::later;
    }
    if (there.bytes == 0 && delivery().endless) {
      origin_.body = std::make_unique<CannedBody>();
      continue;
    }
    if (there.bytes == 0) {
      steps_.end_of_body();
      return Progress::done;
    }
    piece_.clear();
    origin_.body->read(static_cast<std::size_t>(std::min(step_.to - read_, there.bytes)), piece_);
    read_ += piece_.size();
    append_piece(piece_, out);
  }
  return Progress::done;
}

void StagedAnswer::append_events(std::string& out) const {
  for (auto event = step_.from; event < step_.to; ++event) {
    append_piece(fmt::format("id: {0}\ndata: {{\"event\":{0},\"of\":{1}}}\n\n", event + 1,
                             origin_.size.value_or(0)),
                 out);
  }
}

void StagedAnswer::append_piece(std::string_view piece, std::string& out) const {
  if (framing() == Delivery::Framing::chunked) {
    append_chunk(out, piece);
  } else {
    out += piece;
  }
}

void StagedAnswer::append_flood(std::string& out) const {
  for (auto at = step_.from; at < step_.to; at += flood_line) {
    const auto room = std::min(flood_line, step_.to - at);
    auto line = fmt::format("X-Flood-{}: ", at);
    line.resize(std::max<std::size_t>(room, line.size() + 3) - end_of_line.size(), 'x');
    out += line;
    out += end_of_line;
  }
}

void StagedAnswer::append_noise(std::string& out) const {
  for (auto at = step_.from; at < step_.to; ++at) {
    const auto left = delivery().amount - at;
    out += left <= end_of_noise.size() ? end_of_noise[end_of_noise.size() - left]
                                       : noise[at % noise.size()];
  }
}

void StagedAnswer::finish(std::string& out) const {
  const bool is_whole = (delivery().extent.unit == faults::Extent::Unit::all &&
                         delivery().form == Delivery::Form::sound) ||
                        delivery().error_event;
  if (is_whole && framing() == Delivery::Framing::chunked && !request_.to_head) {
    out += end_of_chunks;
  }
}

}  // namespace tripcurve::net
