// A file the user named for a result: opened before the run, so that a bad path fails at once, and
// every write checked, so that a full disk is told.
#pragma once

#include <string>

namespace tripcurve::cli {

class OutputFile {
 public:
  // `flag` is for messages ("--json"); the path "-" is standard output. Throws std::system_error.
  OutputFile(std::string flag, std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] bool is_stdout() const { return path_ == "-"; }

  // Writes all of it, at once. Throws std::system_error. A reader of standard output that has left
  // (EPIPE) is no error: it has seen what it wanted.
  void write(const std::string& text);

 private:
  std::string flag_;
  std::string path_;
  int fd_;
};

// Writes a result to standard output, as OutputFile::write() does.
void print(const std::string& text);

}  // namespace tripcurve::cli
