#include "net/proxied_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <chrono>
#include <limits>
#include <utility>

#include "core/ensure.hpp"
#include "faults/sparing.hpp"
#include "net/opening.hpp"
#include "net/passed_bodies.hpp"
#include "net/step_timer.hpp"

namespace tripcurve::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto leaving_time = std::chrono::milliseconds(1000);

// How often it is looked whether the client has taken what was sent.
constexpr auto arrival_check = std::chrono::milliseconds(1);

// Of a head, at once: an idle connection has a buffer of this size.
constexpr std::size_t reading_size = 2048;

asio::awaitable<void> drop_until_end(Intake& client) {
  while (!client.has_ended()) {
    client.drop();
    co_await client.more();
  }
}

}  // namespace

ProxiedClient::ProxiedClient(tcp::socket client, std::uint64_t number, Service& service,
                             ThreadCounts& counts)
    : client_(std::make_shared<Intake>(std::move(client), RequestParser::head_limit, reading_size)),
      timer_(client_->stream.get_executor()),
      service_(service),
      counts_(counts),
      number_(number) {
  counts_.note_accepted();
  Code ignored;
  from_ = client_->stream.socket().remote_endpoint(ignored);
  client_->stream.start();
}

ProxiedClient::~ProxiedClient() { counts_.note_closed(); }

void ProxiedClient::close() {
  closed_ = true;
  client_->on_end = nullptr;
  client_->stream.close();
  timer_.cancel();
}

void ProxiedClient::close_if_idle() {
  if (waiting_) {
    close();
  }
}

asio::awaitable<bool> ProxiedClient::open(const faults::Opening& opening) {
  const bool is_open =
      co_await open_connection(client_->stream, timer_, service_, counts_, opening);
  co_return is_open && !closed_;
}

asio::awaitable<bool> ProxiedClient::read_request() {
  expect_request();
  for (;;) {
    if (!client_->bytes().empty()) {
      waiting_ = false;
      if (!read_on_in_request()) {
        co_await refuse(request_->refusal());
        co_return false;
      }
      if (request_->is_header_done()) {
        note_request();
        co_return true;
      }
    }
    if (client_->has_ended() || closed_) {
      waiting_ = false;
      co_return false;
    }
    co_await client_->more();
  }
}

void ProxiedClient::expect_request() {
  request_.emplace(head_, RequestParser::Headers::keep, std::numeric_limits<std::uint64_t>::max());
  body_.clear();
  request_->pass_body_to(body_);
  waiting_ = true;
}

void ProxiedClient::note_request() {
  timer_.cancel();  // of a connection that would have expired
  wanted_keep_ = request_->keep_alive();
  const auto given = request_->ordinal();
  ordinal_ = given ? *given : service_.arrivals.fetch_add(1, std::memory_order_relaxed);
}

bool ProxiedClient::read_on_in_request() {
  const auto [progress, used] = request_->take(client_->bytes());
  client_->take(used);
  return progress != RequestParser::Progress::refused;
}

faults::Request ProxiedClient::asked() const {
  return {.ordinal = ordinal_,
          .method = head_.method,
          .path = head_.path,
          .headers = head_.headers,
          .connection = number_,
          .client = client_of(service_, request_->pass(), from_)};
}

Passage ProxiedClient::passage() const {
  const auto& passage_of = service_.options.passage;
  if (!passage_of) {
    return Passage::fair;
  }
  const auto& pass = request_->pass();
  return pass && pass->run == service_.run ? passage_of(pass->leave) : Passage::stranger;
}

asio::awaitable<bool> ProxiedClient::answer(std::uint16_t status, const std::string& text) {
  const bool stays = request_->is_done() && wanted_keep_ && !sending_;
  std::string bytes;
  append_response(bytes, {.status = status,
                          .text = text,
                          .ordinal = ordinal_,
                          .connection = connection_header(stays),
                          .to_head = request_->is_head()});
  Code error;
  co_await write(bytes, error);
  if (!stays && !error) {
    co_await finish();
  }
  co_return stays && !error;
}

StagedAnswer::Request ProxiedClient::request_for(bool stays) const {
  return {.ordinal = ordinal_,
          .connection = connection_header(stays),
          .to_head = request_->is_head(),
          .is_http_1_0 = request_->is_http_1_0()};
}

asio::awaitable<bool> ProxiedClient::deliver(std::shared_ptr<const faults::Course> course) {
  const bool stays = request_->is_done() && wanted_keep_;
  StagedAnswer staged(std::move(course), request_for(stays));
  const bool is_out = co_await deliver(staged);
  co_return is_out&& co_await end_as(staged.delivery(), stays && !staged.ends_with_connection());
}

asio::awaitable<bool> ProxiedClient::deliver(StagedAnswer& staged) {
  std::string bytes;
  Code error;
  StepTimer steps(service_.clock.now());
  steps.next(staged.step().after);
  while (!error && !closed_) {
    if (steps.must_wait(service_.clock.now())) {
      co_await write(bytes, error);
      Code ignored;
      timer_.expires_at(service_.clock.real(steps.due()));
      co_await timer_.async_wait(into(ignored));
    } else if (staged.step().part == faults::Step::Part::end) {
      break;
    } else if (staged.do_step(bytes) == StagedAnswer::Progress::later) {
      co_await write(bytes, error);
      if (!error) {
        co_await more_of_body(error);
        steps.came_at(service_.clock.now());
      }
    } else {
      steps.next(staged.step().after);
    }
    if (bytes.size() >= faults::Steps::largest_piece) {
      co_await write(bytes, error);
    }
  }
  if (!error && !closed_) {
    staged.finish(bytes);
    co_await write(bytes, error);
  }
  co_return !error && !closed_;
}

// Of what tripcurve says itself, all is there.
asio::awaitable<void> ProxiedClient::more_of_body(Code& error) {
  ENSURE(is_tunnel());
  co_await behind_->more();
  if (behind_->has_ended() && behind_->end() != asio::error::eof) {
    error = behind_->end();
  }
}

asio::awaitable<void> ProxiedClient::write(std::string& bytes, Code& error) {
  co_await send(client_->stream, bytes, error);
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
      client_->stream.shutdown_send(ignored);
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
  for (auto left = leaving_time / arrival_check; left > 0 && client_->stream.has_unsent(); --left) {
    timer_.expires_after(arrival_check);
    co_await timer_.async_wait(into(ignored));
  }
  client_->stream.reset();
}

ConnectionHeader ProxiedClient::connection_header(bool stays) const {
  return !stays                    ? ConnectionHeader::close
         : request_->is_http_1_0() ? ConnectionHeader::keep_alive
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
  co_await write(bytes, error);
  co_await finish();
}

// Says that nothing follows, and gives the client a moment to take what was sent: to close while
// bytes of its are unread would be a reset.
asio::awaitable<void> ProxiedClient::finish() {
  Code error;
  client_->stream.shutdown_send(error);
  timer_.expires_after(leaving_time);
  timer_.async_wait([self = shared_from_this()](const Code& cancelled) {
    if (!cancelled) {
      self->close();
    }
  });
  co_await wait_for_leaving();
  timer_.cancel();
}

// Of a tunnel, pass_up() hears the client.
asio::awaitable<void> ProxiedClient::wait_for_leaving() {
  if (!is_tunnel()) {
    co_await drop_until_end(*client_);
  } else if (!up_ended_) {
    co_await up_end_.wait();
  }
}

asio::awaitable<void> ProxiedClient::tunnel(std::shared_ptr<Intake> service, std::string head,
                                            std::shared_ptr<const faults::Course> course) {
  behind_ = std::move(service);
  asio::co_spawn(client_->stream.get_executor(), pass_up(), asio::detached);
  if (course) {
    co_await deliver_bytes(std::move(head), faults::for_upgraded(*course));
  } else {
    co_await pass_down(std::move(head));
  }
  co_await wait_for_leaving();
}

// To the service, and nowhere once that is cut off.
asio::awaitable<void> ProxiedClient::pass_up() {
  const auto self = shared_from_this();
  const auto error = co_await pass_bytes(*client_, behind_->stream);
  if (is_cut_off_) {
    co_await drop_until_end(*client_);
  } else if (error != asio::error::eof) {
    close();
  }
  up_ended_ = true;
  up_end_.call();
}

asio::awaitable<void> ProxiedClient::pass_down(std::string head) {
  Code error;
  co_await write(head, error);
  if (!error) {
    error = co_await pass_bytes(*behind_, client_->stream);
  }
  if (error != asio::error::eof) {
    close();
  }
}

asio::awaitable<void> ProxiedClient::deliver_bytes(std::string head,
                                                   std::shared_ptr<const faults::Course> course) {
  const auto append = [&head](std::string& out, faults::Delivery::Framing /*framing*/,
                              ConnectionHeader /*connection*/) { out += head; };
  StagedAnswer staged(std::move(course), {.ordinal = ordinal_},
                      {.body = std::make_unique<ConnectionBody>(*behind_),
                       .framing = faults::Delivery::Framing::until_close,
                       .append_head = append});
  const bool is_out = co_await deliver(staged);
  if (!is_out) {
    close();
  } else if (staged.delivery().ending == faults::Delivery::Ending::stays) {
    Code ignored;
    client_->stream.shutdown_send(ignored);
  } else {
    is_cut_off_ = true;
    behind_->stream.close();
    static_cast<void>(co_await end_as(staged.delivery(), false));
  }
}

}  // namespace tripcurve::net
