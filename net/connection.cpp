#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <string>
#include <system_error>

#include "core/ensure.hpp"
#include "net/tls/context.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;

CallEnd::Kind kind_of(const boost::system::error_code& error) {
  // TLS without its own end is cut off, as an answer without its end is (RFC 9112, section 9.8).
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated
             ? CallEnd::Kind::closed
             : CallEnd::Kind::reset;
}

[[noreturn]] void refused_by_this_machine(const boost::system::error_code& error) {
  std::string what = "cannot open a connection";
  if (error == boost::system::errc::too_many_files_open ||
      error == boost::system::errc::too_many_files_open_in_system) {
    what += " (raise `ulimit -n`, or lower --max-in-flight or --workers)";
  } else if (error == boost::system::errc::address_not_available) {
    what += " (every local port is in use: lower --rate, --max-in-flight or --workers)";
  }
  throw std::system_error(error.value(), std::system_category(), what);
}

}  // namespace

void Connection::operation_through() {
  if (--pending_ == 0 && is_closed()) {
    owner_.vacated(*this);
  }
}

void Connection::open(const std::optional<load::Attempt>& call) {
  ENSURE(is_closed() && pending_ == 0);
  const auto& endpoint = destination_.endpoint;
  ErrorCode error;
  socket_.open(endpoint.protocol(), error);
  if (!error) {
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
  }
  if (!error) {
    socket_.non_blocking(true, error);
  }
  if (error) {
    refused_by_this_machine(error);
  }
  call_ = call;
  state_ = State::connecting;
  socket_.async_connect(endpoint, then<&Connection::connected>());
}

void Connection::connected(ErrorCode error, std::size_t) {
  if (is_closed()) {
    return;
  }
  if (error == boost::system::errc::address_not_available) {
    refused_by_this_machine(error);  // no fault of the upstream's
  }
  if (error) {
    fail(CallEnd::Kind::connect_failed);
    return;
  }
  if (!destination_.tls) {
    begin();
    return;
  }
  tls_.emplace(socket_, *destination_.tls);
  set_server(tls_->native_handle(), destination_.host);
  tls_->async_handshake(asio::ssl::stream_base::client, then<&Connection::handshaken>());
}

void Connection::handshaken(ErrorCode error, std::size_t) {
  if (is_closed()) {
    return;
  }
  if (error) {
    fail(CallEnd::handshake_failed());
  } else {
    begin();
  }
}

// It is there, and carries the call that it was opened for.
void Connection::begin() {
  if (call_) {
    write();
  } else {
    state_ = State::idle;
    owner_.ready(*this);
  }
  if (!is_closed()) {
    read();
  }
}

void Connection::send(const load::Attempt& call) {
  ENSURE(is_idle());
  call_ = call;
  write();
}

void Connection::write() {
  state_ = State::busy;
  filled_ = 0;
  answer_.start(requests_.is_head(call_->endpoint), nullptr, requests_.stops_at_error_event());
  head_told_ = false;
  owner_.connected(call_->slot);

  const auto request = requests_.bytes(*call_);
  if (tls_) {
    write_slowly(request);
    return;
  }
  ErrorCode error;
  const auto taken = socket_.write_some(asio::buffer(request), error);
  if (error && error != asio::error::would_block) {
    fail(kind_of(error));
    return;
  }
  if (taken < request.size()) {
    write_slowly(request.substr(taken));
  }
}

void Connection::write_slowly(std::string_view bytes) {
  unsent_ = bytes;
  if (tls_) {
    asio::async_write(*tls_, asio::buffer(unsent_), then<&Connection::written>());
  } else {
    asio::async_write(socket_, asio::buffer(unsent_), then<&Connection::written>());
  }
}

void Connection::written(ErrorCode error, std::size_t) {
  unsent_.clear();
  if (error && !is_closed()) {
    fail(kind_of(error));
  }
}

void Connection::close() {
  ENSURE(!is_closed() && pending_ > 0);
  ErrorCode ignored;  // the descriptor is gone whatever close() says
  socket_.close(ignored);
  state_ = State::closed;
  unlink();
}

// An end that is no answer, of the call that is connecting or busy.
CallEnd Connection::end_by(CallEnd::Kind kind) const {
  return state_ == State::connecting ? CallEnd{kind, 0, kind == CallEnd::Kind::timeout}
                                     : CallEnd{kind, answer_.head_status()};
}

CallEnd Connection::give_up() {
  const auto end = end_by(CallEnd::Kind::timeout);
  close();
  return end;
}

void Connection::fail(CallEnd end) {
  close();
  if (call_) {
    owner_.ended(*this, call_->slot, end);
  }
}

void Connection::read() {
  const auto room = asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
  if (tls_) {
    tls_->async_read_some(room, then<&Connection::received>());
  } else {
    socket_.async_read_some(room, then<&Connection::received>());
  }
}

void Connection::received(ErrorCode error, std::size_t bytes) {
  if (is_closed()) {
    return;
  }
  if (is_idle()) {
    close();  // by the upstream, or it says what nobody asked for
    return;
  }
  if (error == asio::error::eof) {
    answer_.completed_by_end() ? answered(false) : fail(CallEnd::Kind::closed);
  } else if (error) {
    fail(kind_of(error));
  } else {
    filled_ += bytes;
    parse();
  }
  if (!is_closed()) {
    read();
  }
}

void Connection::parse() {
  const auto step = answer_.take({buffer_.data(), filled_});
  if (answer_.has_error_event()) {
    fail(CallEnd::Kind::closed);
    return;
  }
  switch (step.progress) {
    case AnswerParser::Progress::needs_bytes:
      filled_ -= step.used;
      std::memmove(buffer_.data(), buffer_.data() + step.used, filled_);
      tell_progress();
      break;
    case AnswerParser::Progress::complete:
      // What follows an answer belongs to no call, and a request that is not out yet cannot be
      // followed by another.
      answered(answer_.keep_alive() && step.used == filled_ && unsent_.empty());
      break;
    case AnswerParser::Progress::bad:
      fail(CallEnd::Kind::bad_answer);
      break;
  }
}

void Connection::tell_progress() {
  if (head_told_) {
    owner_.progressed(call_->slot);
  } else if (answer_.head_status() != 0) {
    head_told_ = true;
    owner_.answering(call_->slot, answer_.head_status());
  }
}

void Connection::answered(bool reusable) {
  const CallEnd end{CallEnd::Kind::answer, answer_.status()};
  if (reusable) {
    state_ = State::idle;
    filled_ = 0;
  } else {
    close();
  }
  owner_.ended(*this, call_->slot, end);
}

}  // namespace tripcurve::net
