// A file the user named for a result: opened before the run, so that a bad path fails at once, but
// not emptied before there is something to write, so that a run that cannot start leaves an old
// result alone. Every write is checked, so that a full disk is told.
#pragma once

#include <optional>
#include <string>
#include <system_error>

#include "live/display.hpp"
#include "live/terminal.hpp"

namespace tripcurve::cli {

// The number of an open file of this process that the path stands for: 1 for "-", "/dev/stdout" and
// "/dev/fd/1". Empty for any other path.
[[nodiscard]] std::optional<int> descriptor_named(const std::string& path);

class OutputFile {
 public:
  enum class Mode { replace, append };

  // `flag` is for messages ("--json"); the path "-" is standard output. Throws std::system_error.
  OutputFile(std::string flag, std::string path, Mode mode = Mode::replace);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] bool is_stdout() const { return descriptor_named(path_) == 1; }
  [[nodiscard]] int fd() const { return fd_; }

  // Writes all of it, at once. Throws std::system_error. A reader of standard output that has left
  // (EPIPE) is no error: it has seen what it wanted.
  void write(const std::string& text);

  // The same, but for what went wrong it returns the words.
  [[nodiscard]] std::optional<std::string> try_write(const std::string& text);

  // What a person is told of an error with it.
  [[nodiscard]] std::system_error trouble(std::error_code error) const;

 private:
  [[nodiscard]] std::error_code empty();
  [[nodiscard]] std::error_code write_all(const std::string& text);

  std::string flag_;
  std::string path_;
  bool to_be_emptied_;
  int fd_;
};

// Lines that are written as things happen. Their reader may be slow: what it does not take at once
// is kept. Nor does a disk that is full end what goes on; both are told at the end.
class EventFile {
 public:
  // Of a run on the wire, which cannot wait for the reader; virtual time can.
  EventFile(std::string path, live::Haste haste);

  [[nodiscard]] bool is_stdout() const { return file_.is_stdout(); }

  void put(const std::string& line);

  // Waits for the reader as long as it goes on reading; what went wrong with any of the lines.
  [[nodiscard]] std::optional<std::string> finish();

 private:
  OutputFile file_;
  live::Haste haste_;
  bool is_emptied_ = false;
  bool is_too_slow_ = false;
  std::optional<std::string> trouble_;
  live::Outlet outlet_;
};

// Prints a result for people on standard output, as OutputFile::write() does, but for what would
// steer the terminal: names in it come from files and flags.
void print(const std::string& text);
// What went wrong with it instead of throwing.
[[nodiscard]] std::optional<std::string> try_print(const std::string& text);

}  // namespace tripcurve::cli
