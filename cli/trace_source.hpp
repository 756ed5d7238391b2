// The bytes of a file, a pipe or standard input, until they end or a signal does.
#pragma once

#include <optional>
#include <string>

#include "cli/signals.hpp"
#include "replay/source.hpp"

namespace tripcurve::cli {

class TraceSource final : public replay::Source {
 public:
  // "-" is standard input. Throws std::system_error when the file cannot be opened. `signals` must
  // outlive it, and so must `ended_by`, which gets the signal that ends it.
  TraceSource(const std::string& path, const Signals& signals, std::optional<int>& ended_by);
  ~TraceSource() override;
  TraceSource(const TraceSource&) = delete;
  TraceSource& operator=(const TraceSource&) = delete;

  // Throws std::system_error when it cannot be read. When a signal ends it, it is an Error.
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer) override;

 private:
  [[nodiscard]] bool is_ready() const;

  std::string path_;
  const Signals& signals_;
  int fd_;
  std::optional<int>& ended_by_;
};

}  // namespace tripcurve::cli
