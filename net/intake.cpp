#include "net/intake.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tripcurve::net {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> nothing_to_await() { co_return; }

}  // namespace

void Intake::take(std::size_t count) {
  begin_ += count;
  if (begin_ == end_ && !reading_) {
    begin_ = end_ = 0;
  }
}

std::size_t Intake::make_room() {
  const auto wanted = std::min(piece, limit_ - (end_ - begin_));
  if (begin_ > 0 && kept_.size() < end_ + wanted) {
    std::copy(kept_.begin() + static_cast<std::ptrdiff_t>(begin_),
              kept_.begin() + static_cast<std::ptrdiff_t>(end_), kept_.begin());
    end_ -= std::exchange(begin_, 0);
  }
  kept_.resize(std::max(kept_.size(), end_ + wanted));
  return wanted;
}

void Intake::read_on() {
  if (reading_ || has_ended() || end_ - begin_ == limit_) {
    return;
  }
  reading_ = true;
  const auto room = make_room();
  stream.async_read_some(asio::buffer(kept_.data() + end_, room),
                         [self = shared_from_this()](const Code& error, std::size_t count) {
                           self->reading_ = false;
                           self->end_ += count;
                           self->error_ = error;
                           if (self->came_.is_awaited()) {
                             self->came_.call();
                           } else if (error && self->on_end) {
                             self->on_end();
                           }
                         });
}

asio::awaitable<void> Intake::more() {
  read_on();
  return reading_ ? came_.wait() : nothing_to_await();
}

}  // namespace tripcurve::net
