// The baseline of the submit measurement: cpp-httplib answering each POST with its own body.
// Prints "PORT\n" once it listens; ends when stdin ends.
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <iostream>
#include <limits>
#include <thread>

namespace {

// Each keep-alive connection holds one thread for as long as it is open.
constexpr size_t kThreads = 72;

void EndWithStdin(httplib::Server& server) {
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  server.stop();
}

}  // namespace

int main() {
  httplib::Server server;
  socket_t listener = -1;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_keep_alive_max_count(std::numeric_limits<size_t>::max());
  server.set_tcp_nodelay(true);
  server.set_socket_options([&listener](socket_t socket) { listener = socket; });
  server.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.body, "application/json");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  // cpp-httplib listens with a backlog of 5, which 64 connections at once overflow.
  if (port < 0 || ::listen(listener, 1024) != 0) return 1;
  std::cout << port << std::endl;
  std::thread guard([&server] { EndWithStdin(server); });
  server.listen_after_bind();
  guard.join();
}
