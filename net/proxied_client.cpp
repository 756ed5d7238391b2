#include "net/proxied_client.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <limits>
#include <string_view>
#include <utility>

#include "net/staged_answer.hpp"
#include "net/tls/server_tls.hpp"

namespace tripcurve::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto leaving_time = std::chrono::milliseconds(1000);

// How often it is looked whether the client has taken what was sent.
constexpr auto arrival_check = std::chrono::milliseconds(1);

constexpr std::size_t reading_size = 4096;  // of a head, at once
constexpr std::string_view end_of_fields = "\r\n\r\n";

}  // namespace

ProxiedClient::ProxiedClient(tcp::socket client, std::uint64_t number, Service& service,
                             ThreadCounts& counts)
    : client_(std::move(client)),
      timer_(client_.get_executor()),
      service_(service),
      counts_(counts),
      number_(number) {
  counts_.note_accepted();
  Code ignored;
  from_ = client_.socket().remote_endpoint(ignored);
  client_.start();
}

ProxiedClient::~ProxiedClient() { counts_.note_closed(); }

void ProxiedClient::close() {
  closed_ = true;
  client_.close();
  timer_.cancel();
}

void ProxiedClient::close_if_idle() {
  if (waiting_ && buffer_.size() == 0) {
    close();
  }
}

asio::awaitable<bool> ProxiedClient::open(const faults::Opening& opening) {
  using End = faults::Opening::End;
  Code error;
  if (opening.delay > Duration::zero()) {
    timer_.expires_at(service_.clock.real(service_.clock.now() + opening.delay));
    co_await timer_.async_wait(into(error));
  }
  if (opening.end == End::never) {
    co_await wait_for_leaving();
    co_return false;
  }
  if (opening.end == End::failed && opening.flaw == faults::CertificateFlaw::none) {
    std::array<char, reading_size> hello;
    const auto room = asio::buffer(hello);
    co_await client_.async_read_some(room, into(error));
    client_.reset();
    co_return false;
  }
  if (closed_ || !service_.options.tls) {
    co_return !closed_;
  }
  client_.begin_tls(service_.options.tls->context(opening.flaw));
  co_await client_.async_handshake(asio::ssl::stream_base::server, into(error));
  if (error) {
    counts_.note_failed_handshake();
  }
  co_return !error;
}

asio::awaitable<bool> ProxiedClient::read_request() {
  waiting_ = true;
  const auto size = co_await read_head();
  waiting_ = false;
  if (size == 0) {
    co_return false;
  }
  Code error;
  const std::string_view head(static_cast<const char*>(buffer_.data().data()), size);
  head_ = {};
  RequestParser checked(head_, RequestParser::Headers::keep,
                        std::numeric_limits<std::uint64_t>::max());
  if (checked.take(head).progress == RequestParser::Progress::refused) {
    co_await refuse(checked.refusal());
    co_return false;
  }
  request_.emplace();
  request_->eager(false);
  request_->header_limit(RequestParser::head_limit);
  request_->body_limit(std::numeric_limits<std::uint64_t>::max());
  request_->put(asio::buffer(head.data(), head.size()), error);
  buffer_.consume(size);
  timer_.cancel();  // of a connection that would have expired
  if ((error && error != http::error::need_buffer) || !request_->is_header_done()) {
    const Refusal refusal{400, "this is not an HTTP/1.1 request"};
    co_await refuse(refusal);
    co_return false;
  }
  wanted_keep_ = request_->get().keep_alive();
  is_1_0_ = request_->get().version() < 11;
  pass_ = checked.pass();
  const auto given = checked.ordinal();
  ordinal_ = given ? *given : service_.arrivals.fetch_add(1, std::memory_order_relaxed);
  co_return true;
}

faults::Request ProxiedClient::asked() const {
  return {.ordinal = ordinal_,
          .method = head_.method,
          .path = head_.path,
          .headers = head_.headers,
          .connection = number_,
          .client = client_of(service_, pass_, from_)};
}

Passage ProxiedClient::passage() const {
  const auto& passage_of = service_.options.passage;
  if (!passage_of) {
    return Passage::fair;
  }
  return pass_ && pass_->run == service_.run ? passage_of(pass_->leave) : Passage::stranger;
}

asio::awaitable<std::size_t> ProxiedClient::read_head() {
  for (std::size_t searched = 0;;) {
    const std::string_view got(static_cast<const char*>(buffer_.data().data()), buffer_.size());
    const auto end = got.find(end_of_fields, searched);
    if (end != std::string_view::npos) {
      co_return end + end_of_fields.size();
    }
    if (got.size() == buffer_.max_size()) {
      const Refusal refusal{431, "the request line and header fields exceed 16 KiB"};
      co_await refuse(refusal);
      co_return 0;
    }
    searched = got.size() - std::min(got.size(), end_of_fields.size() - 1);
    Code error;
    const auto room = buffer_.prepare(std::min(reading_size, buffer_.max_size() - got.size()));
    buffer_.commit(co_await client_.async_read_some(room, into(error)));
    if (error) {
      co_return 0;
    }
  }
}

asio::awaitable<bool> ProxiedClient::answer(std::uint16_t status, const std::string& text) {
  const bool stays = request_->is_done() && wanted_keep_ && !sending_;
  std::string bytes;
  append_response(bytes, {.status = status,
                          .text = text,
                          .ordinal = ordinal_,
                          .connection = connection_header(stays),
                          .to_head = to_head()});
  Code error;
  co_await asio::async_write(client_, asio::buffer(bytes), into(error));
  if (!stays && !error) {
    co_await finish();
  }
  co_return stays && !error;
}

asio::awaitable<bool> ProxiedClient::deliver(std::shared_ptr<const faults::Course> course) {
  const bool stays = request_->is_done() && wanted_keep_;
  StagedAnswer staged(std::move(course), {.ordinal = ordinal_,
                                          .connection = connection_header(stays),
                                          .to_head = to_head(),
                                          .is_http_1_0 = is_1_0_});
  std::string bytes;
  Code error;
  auto due = service_.clock.now();
  while (!error && !closed_) {
    due += staged.step().after;
    if (due > service_.clock.now()) {
      co_await write(bytes, error);
      Code ignored;
      timer_.expires_at(service_.clock.real(due));
      co_await timer_.async_wait(into(ignored));
    }
    if (staged.step().part == faults::Step::Part::end) {
      break;
    }
    static_cast<void>(staged.do_step(bytes));
    if (bytes.size() >= faults::Steps::largest_piece) {
      co_await write(bytes, error);
    }
  }
  staged.finish(bytes);
  co_await write(bytes, error);
  if (error || closed_) {
    co_return false;
  }
  co_return co_await end_as(staged.delivery(), stays);
}

asio::awaitable<void> ProxiedClient::write(std::string& bytes, Code& error) {
  co_await asio::async_write(client_, asio::buffer(bytes), into(error));
  bytes.clear();
}

asio::awaitable<bool> ProxiedClient::end_as(const faults::Delivery& delivery, bool stays) {
  using Ending = faults::Delivery::Ending;
  Code ignored;
  switch (delivery.ending) {
    case Ending::stays:
      break;
    case Ending::expires:
      expire_after(delivery.linger);
      break;
    case Ending::closes:
      stays = false;
      break;
    case Ending::resets:
      co_await reset();
      co_return false;
    case Ending::half_closes:
      client_.shutdown_send(ignored);
      co_await wait_for_leaving();
      co_return false;
    case Ending::stalls:
      co_await wait_for_leaving();
      co_return false;
  }
  if (!stays) {
    co_await finish();
  }
  co_return stays;
}

void ProxiedClient::expire_after(Duration idle) {
  timer_.expires_after(idle);
  timer_.async_wait([self = shared_from_this()](const Code& cancelled) {
    if (!cancelled) {
      self->close();
    }
  });
}

// Once the client has what was sent before, which a reset would take from it.
asio::awaitable<void> ProxiedClient::reset() {
  Code ignored;
  for (auto left = leaving_time / arrival_check; left > 0 && client_.has_unsent(); --left) {
    timer_.expires_after(arrival_check);
    co_await timer_.async_wait(into(ignored));
  }
  client_.reset();
}

ConnectionHeader ProxiedClient::connection_header(bool stays) const {
  return !stays    ? ConnectionHeader::close
         : is_1_0_ ? ConnectionHeader::keep_alive
                   : ConnectionHeader::none;
}

asio::awaitable<void> ProxiedClient::refuse(const Refusal& refusal) {
  counts_.note_bad_request();
  std::string bytes;
  append_response(bytes, {.status = refusal.status,
                          .text = refusal.reason,
                          .ordinal = std::nullopt,
                          .connection = ConnectionHeader::close});
  Code error;
  co_await asio::async_write(client_, asio::buffer(bytes), into(error));
  co_await finish();
}

// Says that nothing follows, and gives the client a moment to take what was sent: to close while
// bytes of its are unread would be a reset.
asio::awaitable<void> ProxiedClient::finish() {
  Code error;
  client_.shutdown_send(error);
  timer_.expires_after(leaving_time);
  timer_.async_wait([self = shared_from_this()](const Code& cancelled) {
    if (!cancelled) {
      self->close();
    }
  });
  co_await wait_for_leaving();
  timer_.cancel();
}

asio::awaitable<void> ProxiedClient::wait_for_leaving() {
  std::array<char, 4096> dropped;
  Code error;
  while (!error) {
    co_await client_.async_read_some(asio::buffer(dropped), into(error));
  }
}

}  // namespace tripcurve::net
