// Makes the HTML report of the JSON on standard input, for browser_test.py: a sample can hold more
// than any one run does.
#include "view/page.hpp"

#include <iostream>
#include <iterator>
#include <string>

int main() {
  const std::string json(std::istreambuf_iterator<char>(std::cin), {});
  std::cout << tripcurve::view::page(tripcurve::view::Use::report, json);
}
