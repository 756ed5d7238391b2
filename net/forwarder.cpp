#include "net/forwarder.hpp"

#include <utility>  // which Boost 1.74's coroutines need

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "faults/sparing.hpp"
#include "net/answer_parser.hpp"
#include "net/hop_by_hop.hpp"
#include "net/origin_pool.hpp"
#include "net/passed_bodies.hpp"
#include "net/passed_heads.hpp"
#include "net/peer.hpp"
#include "net/proxied_client.hpp"
#include "net/relay.hpp"
#include "through/identity.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::uint16_t switching_protocols = 101;

// May be sent again when a connection turns out to have ended (RFC 9110, 9.2.2).
bool may_be_repeated(std::string_view method) {
  constexpr std::array<std::string_view, 6> idempotent = {"GET",    "HEAD",    "PUT",
                                                          "DELETE", "OPTIONS", "TRACE"};
  return std::ranges::find(idempotent, method) != idempotent.end();
}

}  // namespace

// Its requests go to the service.
class Forwarder::Connection final : public ProxiedClient {
 public:
  Connection(tcp::socket client, std::uint64_t number, Service& service, ThreadCounts& counts,
             OriginPool& pool, std::string peer)
      : ProxiedClient(std::move(client), number, service, counts),
        pool_(pool),
        peer_(std::move(peer)),
        visit_(service) {
    client_->on_end = [this] { client_left(); };
  }

  asio::awaitable<void> run(const faults::Opening& opening) {
    const auto self = shared_from_this();
    const bool is_open = co_await open(opening);
    while (is_open && !closed_) {
      const bool came = co_await read_request();
      if (!came) {
        break;
      }
      decide();
      if (treatment_.delay > Duration::zero()) {
        co_await be_delayed();
      }
      const bool stays = !closed_ && co_await serve();
      visit_.end();
      if (!stays) {
        break;
      }
    }
    close();
  }

  void close() override {
    ProxiedClient::close();
    close_upstream();
  }

 private:
  void close_upstream() {
    if (upstream_) {
      upstream_->stream.close();
    }
  }

  // Its request goes with it, unless the answer has begun, or is a fault that comes soon: of who
  // has asked for all and waits nobody can tell.
  void client_left() {
    const bool is_far_off =
        is_delayed_ &&
        timer_.expiry() - asio::steady_timer::clock_type::now() >= longest_wait_of_ended;
    if (awaits_answer_ || is_far_off) {
      close();
    }
  }

  // How the request that was read is treated.
  void decide() {
    body_error_ = {};
    const auto now = service_.clock.now();
    visit_.begin(head_, peer_, now);
    wanted_keep_ = wanted_keep_ && !service_.injector.renews_connections(now);
    treatment_ = service_.injector.treat(asked(), now);
    treated_at_ = now;
    passed_ = passage();
    counts_.note(treatment_, passed_);
  }

  asio::awaitable<void> be_delayed() {
    is_delayed_ = true;
    watch_client();
    auto from = treated_at_;
    for (auto rest = treatment_.delay; rest > Duration::zero() && !closed_;
         rest = service_.injector.postponed(treatment_, from)) {
      timer_.expires_at(service_.clock.real(from + rest));
      Code ignored;
      co_await timer_.async_wait(into(ignored));
      from = service_.clock.now();
    }
    is_delayed_ = false;
  }

  // As it is treated; false when it was the last.
  asio::awaitable<bool> serve() { return is_for_service() ? forward() : answer_itself(); }

  // What is answered well, and what is done to an answer that a fault does not replace.
  [[nodiscard]] bool is_for_service() const {
    const bool is_well = treatment_.course ? !treatment_.course->replaced
                                           : treatment_.item == faults::Treatment::served ||
                                                 treatment_.status == 200;
    return treatment_.fate == faults::Fate::answer && is_well;
  }

  asio::awaitable<bool> answer_itself() {
    switch (treatment_.fate) {
      case faults::Fate::answer: {
        if (treatment_.course) {
          co_return co_await deliver(treatment_.course);
        }
        const auto text = fmt::format("injected {}", treatment_.status);
        co_return co_await answer(treatment_.status, text);
      }
      case faults::Fate::empty:
        co_await finish();
        co_return false;
      case faults::Fate::hang:
        co_await wait_for_leaving();
        co_return false;
      case faults::Fate::reset:
        co_await reset();
        co_return false;
    }
    co_return false;
  }

  asio::awaitable<bool> forward() {
    // What is done to the answer; null: nothing.
    auto course = treatment_.course;
    const auto spare = [&] {
      if (course && treatment_.item != faults::Treatment::served) {
        counts_.spare(treatment_, passed_);
        course = faults::spared(*course);
      }
    };
    if (head_.method == "CONNECT") {
      spare();
      const std::string text = "CONNECT is not served here";
      co_return co_await answer(501, text);
    }
    if (client_->has_ended()) {
      co_return false;  // it has left while it was delayed
    }
    const bool has_body =
        request_->chunked() || request_->content_length().value_or(std::uint64_t{0}) > 0;
    const bool may_repeat = may_be_repeated(head_.method) && !has_body;
    write_request();
    for (bool again = false;; again = true) {
      upstream_ = again ? nullptr : pool_.take();
      const bool was_kept = upstream_ != nullptr;
      if (!was_kept) {
        upstream_ = pool_.make();
        const auto wrong = co_await pool_.connect(upstream_->stream);
        if (!wrong.empty()) {
          spare();
          const auto text = "the service at " + pool_.target().authority() + wrong;
          co_return co_await answer(502, text);
        }
      }
      if (closed_) {
        co_return false;
      }
      Code error;
      std::string_view unsent = to_service_;
      if (!send_at_once(upstream_->stream, unsent, error)) {
        co_await send(upstream_->stream, unsent, error);
      }
      if (!error) {
        await_answer();
        error = co_await read_answer_head();
        awaits_answer_ = false;
      }
      if (!error) {
        break;
      }
      if (!was_kept || !may_repeat) {
        spare();
        co_return co_await broken(error);
      }
    }
    const bool is_upgraded = answer_.head_status() == switching_protocols;
    if (course && (is_upgraded ? faults::spares_upgraded(course->delivery)
                               : faults::spares(course->delivery, cuttable_size()))) {
      spare();
    }
    if (is_upgraded) {
      std::string head;
      append_answer_head(head, passed_answer());
      co_await tunnel(upstream_, std::move(head), std::move(course));
      co_return false;
    }
    if (course) {
      co_return co_await deliver_answer(std::move(course));
    }
    co_return co_await pass_answer();
  }

  // The service ended the connection, or said what is no answer, before it answered.
  asio::awaitable<bool> broken(Code error) {
    if (closed_) {
      co_return false;
    }
    if (sending_) {
      close_upstream();
    }
    const auto text = "the service at " + pool_.target().authority() + " gave no answer: " +
                      (error == asio::error::eof                   ? "it ended the connection"
                       : error == boost::system::errc::bad_message ? "what it says is not HTTP/1.1"
                                                                   : error.message());
    co_return co_await answer(502, text);
  }

  // As it goes to the service: the head, and what has come of the body.
  void write_request() {
    to_service_.clear();
    append_request_head(to_service_, head_, HopByHop(head_.headers), *request_,
                        pool_.target().authority());
    append_request_body();
  }

  void append_request_body() {
    if (request_->chunked()) {
      append_chunk(to_service_, body_);
      to_service_ += request_->is_done() ? end_of_chunks : "";
    } else {
      to_service_ += body_;
    }
    body_.clear();
  }

  // After what there is of the request: lets the rest follow.
  void await_answer() {
    if (!request_->is_done()) {
      sending_ = true;
      asio::co_spawn(client_->stream.get_executor(), send_body(), asio::detached);
    }
    awaits_answer_ = true;
    watch_client();
  }

  // What it sends is kept for later, as far as there is room; its end is noticed. Not while its
  // request is still read, which notices that, too.
  void watch_client() {
    if (request_->is_done()) {
      client_->read_on();
    }
  }

  // Interim answers that come before are passed on.
  asio::awaitable<Code> read_answer_head() {
    answer_.start(request_->is_head(), &parts_);
    Code error;
    while (!error && !closed_) {
      if (!upstream_->bytes().empty() && !read_on_in_answer()) {
        co_return boost::system::errc::make_error_code(boost::system::errc::bad_message);
      }
      const auto status = answer_.head_status();
      const bool is_interim = status / 100 == 1 && status != switching_protocols;
      if (status != 0 && !is_interim) {
        co_return Code{};
      }
      if (is_interim) {
        if (!request_->is_http_1_0()) {
          co_await pass_interim(error);
        }
        answer_.start(request_->is_head(), &parts_);
      } else if (upstream_->has_ended()) {
        co_return upstream_->end();
      } else {
        co_await upstream_->more();
      }
    }
    co_return error ? error : asio::error::operation_aborted;
  }

  // False: that is no answer.
  bool read_on_in_answer() {
    const auto [progress, used] = answer_.take(upstream_->bytes());
    upstream_->take(used);
    answer_is_done_ = progress == AnswerParser::Progress::complete;
    return progress != AnswerParser::Progress::bad;
  }

  asio::awaitable<void> pass_interim(Code& error) {
    std::string head;
    append_answer_head(head, passed_answer());
    co_await write(head, error);
  }

  asio::awaitable<void> send_body() {
    const auto self = held();
    Code error;
    client_->piece = piece_size;
    while (!error && !request_->is_done()) {
      co_await read_request_body(error);
      if (!error) {
        to_service_.clear();
        append_request_body();
        co_await send(upstream_->stream, to_service_, error);
      }
    }
    sending_ = false;
    body_error_ = error;
    if (error && !closed_) {
      Code ignored;  // wakes whoever waits for the answer to half a request
      upstream_->stream.shutdown_send(ignored);
    }
    if (!error && awaits_answer_) {
      watch_client();
    }
  }

  // Some more of it.
  asio::awaitable<void> read_request_body(Code& error) {
    while (body_.empty() && !request_->is_done()) {
      co_await client_->more();
      if (closed_ || answers_early_) {
        error = asio::error::operation_aborted;
        co_return;
      }
      if (!read_on_in_request()) {
        error = boost::system::errc::make_error_code(boost::system::errc::bad_message);
        co_return;
      }
      if (client_->has_ended() && body_.empty() && !request_->is_done()) {
        error = client_->end();
        co_return;
      }
    }
  }

  [[nodiscard]] PassedAnswer passed_answer(
      ConnectionHeader connection = ConnectionHeader::none,
      PassedAnswer::Body body = PassedAnswer::Body::as_it_comes) const {
    return {.status = answer_.head_status(),
            .parts = parts_,
            .ordinal = ordinal_,
            .connection = connection,
            .body = body};
  }

  asio::awaitable<bool> pass_answer() {
    const bool unchunked = answer_.is_chunked() && request_->is_http_1_0();
    const bool keeps = wanted_keep_ && !answer_.needs_end() && !unchunked;
    to_client_.clear();
    append_answer_head(to_client_, passed_answer(connection_header(keeps),
                                                 unchunked ? PassedAnswer::Body::until_close
                                                           : PassedAnswer::Body::as_it_comes));
    Code error;
    for (;;) {
      append_answer_body(unchunked);
      std::string_view unsent = to_client_;
      if (!send_at_once(client_->stream, unsent, error)) {
        co_await send(client_->stream, unsent, error);
      }
      to_client_.clear();
      if (error || closed_ || answer_is_done_) {
        break;
      }
      co_await read_answer_body(error);
      if (error) {
        break;
      }
    }
    if (error || closed_) {
      co_return false;  // an answer that broke off breaks off for the client, too
    }
    const bool is_over = release_upstream();
    if (!is_over || !keeps) {
      co_await finish();
    }
    co_return is_over&& keeps && !body_error_;
  }

  // Whether the request that was answered had come to its end.
  bool release_upstream() {
    if (sending_) {
      answers_early_ = true;
      close_upstream();
      return false;
    }
    if (answer_is_done_ && answer_.keep_alive() && !answer_.needs_end() && !body_error_ &&
        upstream_->bytes().empty()) {
      pool_.give_back(std::move(upstream_));
    } else {
      close_upstream();
    }
    return true;
  }

  // The same of an answer that something is done to.
  asio::awaitable<bool> deliver_answer(std::shared_ptr<const faults::Course> course) {
    auto request = request_for(wanted_keep_);
    request.to_head = is_without_body();
    StagedAnswer staged(std::move(course), request, answer_as_it_is());
    const bool is_out = co_await deliver(staged);
    if (!is_out) {
      co_return false;
    }
    const bool is_over = release_upstream();
    co_return co_await end_as(staged.delivery(), is_over && wanted_keep_ && !body_error_ &&
                                                     !staged.ends_with_connection());
  }

  // Of a body that has a length beforehand.
  [[nodiscard]] std::optional<std::uint64_t> cuttable_size() const {
    return is_without_body() ? std::nullopt : answer_.content_length();
  }

  [[nodiscard]] Origin answer_as_it_is() {
    using Framing = faults::Delivery::Framing;
    const auto length = answer_.content_length();
    const bool has_size = is_without_body() || length || answer_is_done_;
    const auto own = is_without_body() || length ? Framing::length : Framing::chunked;
    const auto size = is_without_body() ? 0 : length.value_or(parts_.body.size());
    const auto append = [this, own](std::string& out, Framing framing,
                                    ConnectionHeader connection) {
      const bool is_as_it_comes =
          is_without_body() || (framing == own && (own == Framing::length || answer_.is_chunked()));
      append_answer_head(out,
                         passed_answer(connection, is_as_it_comes ? PassedAnswer::Body::as_it_comes
                                                   : framing == Framing::chunked
                                                       ? PassedAnswer::Body::chunked
                                                       : PassedAnswer::Body::until_close));
    };
    return {.size = has_size ? std::optional<std::uint64_t>(size) : std::nullopt,
            .body = std::make_unique<AnswerBody>(parts_.body, answer_is_done_),
            .framing = own,
            .append_head = append};
  }

  asio::awaitable<void> more_of_body(Code& error) override {
    if (is_tunnel()) {
      co_await ProxiedClient::more_of_body(error);
    } else {
      co_await read_answer_body(error);
    }
  }

  void append_answer_body(bool unchunked) {
    if (answer_.is_chunked() && !unchunked) {
      append_chunk(to_client_, parts_.body);
      to_client_ += answer_is_done_ && !is_without_body() ? end_of_chunks : "";
    } else {
      to_client_ += parts_.body;
    }
    parts_.body.clear();
  }

  // Whatever its head says.
  [[nodiscard]] bool is_without_body() const {
    return request_->is_head() || answer_.head_status() == 204 || answer_.head_status() == 304;
  }

  // Some more of it.
  asio::awaitable<void> read_answer_body(Code& error) {
    while (parts_.body.empty() && !answer_is_done_) {
      co_await upstream_->more();
      if (closed_) {
        error = asio::error::operation_aborted;
        co_return;
      }
      if (!read_on_in_answer()) {
        error = boost::system::errc::make_error_code(boost::system::errc::bad_message);
        co_return;
      }
      if (upstream_->has_ended() && parts_.body.empty() && !answer_is_done_) {
        answer_is_done_ = upstream_->end() == asio::error::eof && answer_.completed_by_end();
        error = answer_is_done_ ? Code{} : upstream_->end();
        co_return;
      }
    }
  }

  // Itself, held by what is under way.
  [[nodiscard]] std::shared_ptr<Connection> held() {
    return std::static_pointer_cast<Connection>(shared_from_this());
  }

  // Of the request that was read last.
  faults::Treatment treatment_;
  TimePoint treated_at_;
  Passage passed_ = Passage::fair;

  std::shared_ptr<Intake> upstream_;  // of the last request that was passed on
  OriginPool& pool_;
  std::string peer_;  // the address of the client, where somebody is told of arrivals
  Visit visit_;

  std::string to_service_;  // what is sent there, and is kept until it has answered
  std::string to_client_;
  AnswerParser answer_;
  AnswerParts parts_;  // of answer_
  bool answer_is_done_ = false;
  bool is_delayed_ = false;
  bool awaits_answer_ = false;
  bool answers_early_ = false;
  Code body_error_;
};

Forwarder::Forwarder(asio::io_context& io, const Target& target, Service& service,
                     ThreadCounts& counts)
    : io_(io),
      service_(service),
      counts_(counts),
      pool_(std::make_unique<OriginPool>(io, target)) {}

Forwarder::~Forwarder() = default;

void Forwarder::serve(tcp::socket client, const faults::Opening& opening, std::uint64_t number) {
  std::erase_if(connections_, [](const auto& connection) { return connection.expired(); });
  auto peer = service_.options.arrived ? address_of(client) : "";
  const auto connection = std::make_shared<Connection>(std::move(client), number, service_, counts_,
                                                       *pool_, std::move(peer));
  connections_.push_back(connection);
  asio::co_spawn(
      io_, [connection, opening]() -> asio::awaitable<void> { co_await connection->run(opening); },
      asio::detached);
}

void Forwarder::close_idle() {
  for (const auto& connection : connections_) {
    if (const auto open = connection.lock()) {
      open->close_if_idle();
    }
  }
}

void Forwarder::close() {
  for (const auto& connection : std::exchange(connections_, {})) {
    if (const auto open = connection.lock()) {
      open->close();
    }
  }
  pool_->clear();
}

}  // namespace tripcurve::net
