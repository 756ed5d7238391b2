#include "net/upstream_session.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>

#include "net/opening.hpp"
#include "net/peer.hpp"
#include "net/response.hpp"
#include "through/identity.hpp"

namespace tripcurve::net {
namespace {

using boost::asio::ip::tcp;
using Code = boost::system::error_code;

// After our FIN the client gets this long to take its answer and to close: closing at once while
// bytes of it are unread would be a reset.
constexpr auto drain_time = std::chrono::seconds(1);

// How often it is looked whether the client has taken what was sent.
constexpr auto arrival_check = std::chrono::milliseconds(1);

// Answers to pipelined requests are sent together up to about this size.
constexpr std::size_t batch_size = 4096;

}  // namespace

Session::Session(tcp::socket socket, Service& service, ThreadCounts& counts,
                 std::list<Session>& home)
    : peer_(service.options.arrived ? address_of(socket) : ""),
      stream_(std::move(socket)),
      timer_(stream_.get_executor()),
      service_(service),
      visit_(service),
      counts_(counts),
      home_(home) {
  counts_.note_accepted();
}

Session::~Session() { counts_.note_closed(); }

void Session::expect_request() {
  visit_.end();
  has_begun_ = false;
  parser_.emplace(head_, RequestParser::Headers::drop, service_.options.body_limit);
}

void Session::close() {
  if (state_ == State::asked) {
    state_ = State::hanging;
    service_.inbox->left(*this);
  }
  visit_.end();
  stream_.close();
  timer_.cancel();
}

// A handler that runs `then` unless the session was closed meanwhile. Every handler is made by
// this.
template <typename Then>
auto Session::counted(Then then) {
  ++pending_;
  return [this, then](const Code& error, std::size_t bytes = 0) {
    --pending_;
    if (stream_.is_open()) {
      then(error, bytes);
    }
    if (!stream_.is_open() && pending_ == 0) {
      home_.erase(self_);
    }
  };
}

void Session::start(std::list<Session>::iterator self, const faults::Opening& opening,
                    std::uint64_t number) {
  self_ = self;
  number_ = number;
  Code ignored;
  from_ = stream_.socket().remote_endpoint(ignored);
  stream_.start();
  expect_request();
  if (opens_at_once(service_, opening)) {
    keep_reading();
    return;
  }
  boost::asio::co_spawn(stream_.get_executor(),
                        open_connection(stream_, timer_, service_, counts_, opening),
                        [opened = counted([this](const Code& failed, std::size_t) {
                           failed ? close() : keep_reading();
                         })](const std::exception_ptr& /*never*/, bool is_open) {
                          opened(is_open ? Code{} : boost::asio::error::operation_aborted);
                        });
}

void Session::close_if_idle() {
  if (state_ == State::parsing && reading_ && !has_begun_ && !writing_ && parsed_ == filled_) {
    close();
  }
}

// Goes on until it must wait. Reading never stops, so that a client that leaves is noticed whatever
// it was waiting for.
void Session::advance() {
  stepping_ = true;
  while (!writing_ && stream_.is_open() && step()) {
  }
  stepping_ = false;
  keep_reading();
}

// False when there is nothing to do for now.
bool Session::step() {
  switch (state_) {
    case State::parsing:
      return take_request();
    case State::due:
      carry_out();
      return true;
    case State::delivering:
      return deliver();
    case State::finishing:
      finish();
      return false;
    case State::asked:
    case State::delayed:
    case State::pacing:
    case State::waiting:
    case State::hanging:
    case State::resetting:
    case State::draining:
      flush();
      return false;
  }
  return false;
}

bool Session::take_request() {
  // Not earlier: what is injected by hand while the connection is idle may be about headers.
  if (!has_begun_ && (service_.injector.needs_headers() || service_.options.arrived)) {
    parser_->set(RequestParser::Headers::keep);
  }
  const auto [progress, used] = parser_->take({buffer_.data() + parsed_, filled_ - parsed_});
  has_begun_ = has_begun_ || used > 0;
  parsed_ += used;
  switch (progress) {
    case RequestParser::Progress::needs_bytes:
      if (parser_->take_expectation()) {
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      }
      if (client_ended_) {
        state_ = State::finishing;
        return true;
      }
      flush();
      return false;
    case RequestParser::Progress::complete:
      decide();
      return true;
    case RequestParser::Progress::refused:
      refuse();
      return true;
  }
  return false;
}

void Session::decide() {
  const auto now = service_.clock.now();
  expires_ = false;
  const auto given = parser_->ordinal();
  ordinal_ = given ? *given : service_.arrivals.fetch_add(1, std::memory_order_relaxed);
  if (service_.inbox != nullptr) {
    state_ = State::asked;
    service_.inbox->arrived(*this, head_, ordinal_);
    return;
  }
  visit_.begin(head_, peer_, now);
  const auto& [method, path, headers] = head_;
  is_last_ = service_.injector.renews_connections(now);
  const auto treatment =
      service_.injector.treat({.ordinal = ordinal_,
                               .method = method,
                               .path = path,
                               .headers = headers,
                               .connection = number_,
                               .client = client_of(service_, parser_->pass(), from_)},
                              now);
  counts_.note(treatment, passage());
  act(treatment, now);
}

void Session::act(const faults::Treatment& treatment, TimePoint now) {
  action_ = treatment;
  if (action_.delay <= Duration::zero()) {
    state_ = State::due;
    return;
  }
  state_ = State::delayed;
  be_due_at(now + action_.delay);
}

void Session::be_due_at(TimePoint when) {
  timer_.expires_at(service_.clock.real(when));
  timer_.async_wait(counted([this](const Code&, std::size_t) {
    const auto now = service_.clock.now();
    if (const auto more = service_.injector.postponed(action_, now); more > Duration::zero()) {
      be_due_at(now + more);
      return;
    }
    state_ = State::due;
    advance();
  }));
}

void Session::answer_with(std::uint16_t status) {
  answer_with(faults::Treatment{{.status = status}});
}

void Session::answer_with(const faults::Treatment& treatment) {
  act(treatment, service_.clock.now());
  if (!stepping_) {
    advance();
  }
}

// Of the request that was just read.
Passage Session::passage() const {
  const auto& passage_of = service_.options.passage;
  if (!passage_of) {
    return Passage::fair;
  }
  const auto& pass = parser_->pass();
  return pass && pass->run == service_.run ? passage_of(pass->leave) : Passage::stranger;
}

void Session::carry_out() {
  switch (action_.fate) {
    case faults::Fate::answer:
      answer();
      return;
    case faults::Fate::empty:
      state_ = State::finishing;
      return;
    case faults::Fate::hang:
      state_ = State::hanging;
      if (client_ended_) {
        close();
      }
      return;
    case faults::Fate::reset:
      ending_ = faults::Delivery::Ending::resets;
      state_ = State::finishing;
      return;
  }
}

ConnectionHeader Session::connection_header() const {
  if (!keeps()) {
    return ConnectionHeader::close;
  }
  return parser_->is_http_1_0() ? ConnectionHeader::keep_alive : ConnectionHeader::none;
}

void Session::answer() {
  if (action_.course) {
    begin_delivery();
    return;
  }
  const bool stays = keeps();
  Response response{.status = action_.status,
                    .text = "ok",
                    .ordinal = ordinal_,
                    .connection = connection_header(),
                    .to_head = parser_->is_head()};
  std::array<char, 16> injected;
  if (action_.item != faults::Treatment::served) {
    const auto end = fmt::format_to(injected.data(), "injected {}", action_.status);
    response.text = {injected.data(), end};
  }
  append_response(out_, response);
  expect_next(stays);
  if (out_.size() >= batch_size) {
    flush();
  }
}

// Of a connection that stays; else there is no next one.
void Session::expect_next(bool stays) {
  expect_request();
  state_ = stays ? State::parsing : State::finishing;
}

void Session::begin_delivery() {
  staged_.emplace(action_.course, StagedAnswer::Request{.ordinal = ordinal_,
                                                        .connection = connection_header(),
                                                        .to_head = parser_->is_head(),
                                                        .is_http_1_0 = parser_->is_http_1_0()});
  step_timer_ = StepTimer(service_.clock.now());
  step_timer_.next(staged_->step().after);
  state_ = State::delivering;
}

// The next step, if it is due and the client has taken what went before.
bool Session::deliver() {
  if (wait_for_step()) {
    flush();
    return false;
  }
  if (staged_->step().part == faults::Step::Part::end) {
    return end_delivery();
  }
  if (staged_->do_step(out_) == StagedAnswer::Progress::later) {
    state_ = State::waiting;
    flush();
    return false;
  }
  step_timer_.next(staged_->step().after);
  if (out_.size() >= faults::Steps::largest_piece) {
    flush();
  }
  return true;
}

// Whether there is something to wait for: the time of the step, or the turn of others.
bool Session::wait_for_step() {
  if (!step_timer_.must_wait(service_.clock.now())) {
    return false;
  }
  state_ = State::pacing;
  timer_.expires_at(service_.clock.real(step_timer_.due()));
  timer_.async_wait(counted([this](const Code&, std::size_t) {
    state_ = State::delivering;
    advance();
  }));
  return true;
}

void Session::body_is_ready() {
  if (state_ == State::waiting) {
    step_timer_.came_at(service_.clock.now());
    state_ = State::delivering;
    advance();
  }
}

bool Session::end_delivery() {
  using Ending = faults::Delivery::Ending;
  const auto delivery = staged_->delivery();
  staged_->finish(out_);
  is_last_ = is_last_ || staged_->ends_with_connection();
  staged_.reset();
  switch (delivery.ending) {
    case Ending::stays:
      expect_next(keeps());
      return true;
    case Ending::expires:
      expect_next(keeps());
      expire_after(delivery.linger);
      return true;
    case Ending::stalls:
      state_ = State::hanging;
      flush();
      if (client_ended_) {
        close();
      }
      return false;
    case Ending::closes:
    case Ending::half_closes:
    case Ending::resets:
      break;
  }
  ending_ = delivery.ending;
  state_ = State::finishing;
  return true;
}

// The connection dies when no request has come by then.
void Session::expire_after(Duration idle) {
  if (state_ != State::parsing) {
    return;
  }
  expires_ = true;
  timer_.expires_after(idle);
  timer_.async_wait(counted([this](const Code& cancelled, std::size_t) {
    if (!cancelled && std::exchange(expires_, false)) {
      state_ = State::finishing;
      advance();
    }
  }));
}

void Session::refuse() {
  counts_.note_bad_request();
  const auto& refusal = parser_->refusal();
  append_response(out_, {.status = refusal.status,
                         .text = refusal.reason,
                         .ordinal = std::nullopt,
                         .connection = ConnectionHeader::close});
  state_ = State::finishing;
}

// Sends what is left to send; what the socket does not take at once is tried again when it can.
void Session::flush() {
  Code error;
  while (!writing_ && stream_.is_open() && sent_ < out_.size()) {
    sent_ += stream_.write_some(boost::asio::buffer(out_) + sent_, error);
    if (error == boost::asio::error::would_block) {
      writing_ = true;
      stream_.async_wait_write(counted([this](const Code&, std::size_t) {
        writing_ = false;
        advance();
      }));
      return;
    }
    if (error) {
      close();
    }
  }
  if (sent_ == out_.size()) {
    out_.clear();
    sent_ = 0;
  }
}

void Session::finish() {
  flush();
  if (writing_ || !stream_.is_open()) {
    return;
  }
  if (ending_ == faults::Delivery::Ending::resets) {
    resets_until_ = std::chrono::steady_clock::now() + drain_time;
    reset();
    return;
  }
  Code error;
  stream_.shutdown_send(error);
  if (error || client_ended_) {
    close();
    return;
  }
  if (ending_ == faults::Delivery::Ending::half_closes) {
    state_ = State::hanging;
    return;
  }
  state_ = State::draining;
  timer_.expires_after(drain_time);
  timer_.async_wait(counted([this](const Code&, std::size_t) { close(); }));
}

// Once the client has what was sent, which a reset would take from it.
void Session::reset() {
  if (stream_.has_unsent() && std::chrono::steady_clock::now() < resets_until_) {
    state_ = State::resetting;
    timer_.expires_after(arrival_check);
    timer_.async_wait(counted([this](const Code&, std::size_t) { reset(); }));
    return;
  }
  stream_.reset();
  close();
}

void Session::keep_reading() {
  if (reading_ || client_ended_ || !stream_.is_open()) {
    return;
  }
  const bool ignores =
      state_ == State::hanging || state_ == State::resetting || state_ == State::draining;
  if (parsed_ == filled_ || ignores) {
    parsed_ = 0;
    filled_ = 0;
  } else if (filled_ == buffer_.size()) {
    std::copy(buffer_.data() + parsed_, buffer_.data() + filled_, buffer_.data());
    filled_ -= std::exchange(parsed_, 0);
  }
  if (filled_ == buffer_.size()) {
    return;  // full of requests that wait for an earlier one's delay, or for room to write
  }
  reading_ = true;
  stream_.async_read_some(boost::asio::buffer(buffer_) + filled_,
                          counted([this](const Code& error, std::size_t bytes) {
                            reading_ = false;
                            if (error == boost::asio::error::eof) {
                              client_ended();
                              return;
                            }
                            if (error) {
                              close();  // the client has left
                              return;
                            }
                            filled_ += bytes;
                            advance();
                          }));
}

// The client has closed its side, which whoever leaves does, but also who has asked for all and
// waits for the answers. Who leaves before an answer is found out when it is sent. The load of this
// run only ever leaves, and its connections must be free at once for others.
void Session::client_ended() {
  const bool leaves = parser_->pass() && parser_->pass()->run == service_.run;
  const bool is_timed = state_ == State::delayed || state_ == State::pacing;
  const bool is_soon =
      !is_timed || timer_.expiry() - std::chrono::steady_clock::now() < longest_wait_of_ended;
  const bool is_decided = state_ == State::asked || state_ == State::delayed ||
                          state_ == State::delivering || state_ == State::pacing ||
                          state_ == State::waiting;
  const bool is_owed = is_decided ? !leaves && is_soon : writing_ || parsed_ < filled_;
  if (!is_owed || state_ == State::hanging || state_ == State::draining) {
    close();
    return;
  }
  client_ended_ = true;
  advance();
}

}  // namespace tripcurve::net
