// A file the user named for a result: opened before the run, so that a bad path fails at once, but
// not emptied before there is something to write, so that a run that cannot start leaves an old
// result alone. Every write is checked, so that a full disk is told.
#pragma once

#include <string>

namespace tripcurve::cli {

class OutputFile {
 public:
  enum class Mode { replace, append };

  // `flag` is for messages ("--json"); the path "-" is standard output. Throws std::system_error.
  OutputFile(std::string flag, std::string path, Mode mode = Mode::replace);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] bool is_stdout() const { return path_ == "-"; }

  // Writes all of it, at once. Throws std::system_error. A reader of standard output that has left
  // (EPIPE) is no error: it has seen what it wanted.
  void write(const std::string& text);

 private:
  void empty();

  std::string flag_;
  std::string path_;
  bool to_be_emptied_;
  int fd_;
};

// Writes a result to standard output, as OutputFile::write() does.
void print(const std::string& text);

}  // namespace tripcurve::cli
