#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <string_view>
#include <system_error>

#include "core/ensure.hpp"

namespace tripcurve::net {
namespace {

namespace asio = boost::asio;
using boost::beast::http::error;

CallEnd::Kind kind_of(const boost::system::error_code& error) {
  return error == asio::error::eof ? CallEnd::Kind::closed : CallEnd::Kind::reset;
}

[[noreturn]] void refused_by_this_machine(const boost::system::error_code& error) {
  const bool files = error == boost::system::errc::too_many_files_open ||
                     error == boost::system::errc::too_many_files_open_in_system;
  throw std::system_error(error, files ? "cannot open a connection (raise `ulimit -n`, or lower "
                                         "--max-in-flight or --workers)"
                                       : "cannot open a connection");
}

}  // namespace

void Connection::operation_through() {
  if (--pending_ == 0 && is_closed()) {
    owner_.vacated(*this);
  }
}

void Connection::open(const Endpoint& endpoint, const load::Action& call) {
  ENSURE(is_closed() && pending_ == 0);
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
    refused_by_this_machine(error);  // every local port is taken: no fault of the upstream's
  }
  if (error) {
    fail(CallEnd::Kind::connect_failed);
    return;
  }
  write();
  if (!is_closed()) {
    read();
  }
}

void Connection::send(const load::Action& call) {
  ENSURE(is_idle());
  call_ = call;
  write();
}

void Connection::write() {
  state_ = State::busy;
  filled_ = 0;
  answer_.emplace(static_cast<std::uint32_t>(buffer_.size()));

  const auto request = requests_.bytes(call_.endpoint, call_.ordinal);
  ErrorCode error;
  const auto taken = socket_.write_some(asio::buffer(request), error);
  if (error && error != asio::error::would_block) {
    fail(kind_of(error));
    return;
  }
  if (taken < request.size()) {
    unsent_ = request.substr(taken);
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

void Connection::fail(CallEnd::Kind kind) {
  close();
  owner_.ended(*this, call_.slot, CallEnd{kind, 0});
}

void Connection::read() {
  socket_.async_read_some(asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_),
                          then<&Connection::received>());
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
    end_of_stream();
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
  std::size_t taken = 0;
  ErrorCode error;
  while (filled_ - taken >= answer_->least_bytes() && error != error::need_more) {
    taken += answer_->put(asio::buffer(buffer_.data() + taken, filled_ - taken), error);
    if (error && error != error::need_more) {
      fail(CallEnd::Kind::bad_answer);
      return;
    }
    if (answer_->is_done()) {
      if (!answer_->is_interim()) {
        // What follows an answer belongs to no call, and a request that is not out yet cannot be
        // followed by another.
        answered(answer_->keep_alive() && taken == filled_ && unsent_.empty());
        return;
      }
      answer_.emplace(static_cast<std::uint32_t>(buffer_.size()));
    }
  }
  filled_ -= taken;
  if (filled_ == buffer_.size()) {
    fail(CallEnd::Kind::bad_answer);
    return;
  }
  std::memmove(buffer_.data(), buffer_.data() + taken, filled_);
}

void Connection::end_of_stream() {
  ErrorCode error = error::partial_message;
  if (answer_->got_some()) {
    answer_->put_eof(error);
  }
  if (error) {
    fail(CallEnd::Kind::closed);
  } else {
    answered(false);
  }
}

void Connection::answered(bool reusable) {
  const CallEnd end{CallEnd::Kind::answer, answer_->status()};
  if (reusable) {
    state_ = State::idle;
    filled_ = 0;
  } else {
    close();
  }
  owner_.ended(*this, call_.slot, end);
}

}  // namespace tripcurve::net
