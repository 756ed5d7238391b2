#include "cli/import_file.hpp"

#include "cli/text_file.hpp"
#include "core/text.hpp"

namespace tripcurve::cli {

Result<importer::Imported> import_file(const std::string& path,
                                       const std::optional<std::string>& instance) {
  auto imported =
      importer::import_breaker(path == "-" ? "stdin" : path, read_text_file(path), instance);
  if (!imported) {
    return Error{visible(imported.error().message), visible(imported.error().hint)};
  }
  return imported;
}

Result<importer::Imported> import_file(const std::string& file_and_instance) {
  const auto mark = file_and_instance.find('#');
  if (mark == std::string::npos) {
    return import_file(file_and_instance, std::nullopt);
  }
  return import_file(file_and_instance.substr(0, mark), file_and_instance.substr(mark + 1));
}

}  // namespace tripcurve::cli
