# Talks to an echo server for some seconds: one connection that stays, and others one after the other. Says "not one broken", or what broke.
import socket, sys, time


def connect(host, port):
    s = socket.create_connection((host, port), timeout=60)
    s.settimeout(60)
    f = s.makefile("rb")
    f.readline()  # the server says who we are
    return s, f


def ask(s, f, text):
    s.sendall(text + b"\n")
    answer = f.readline()
    if answer != text + b"\n":
        sys.exit(f"asked {text!r}, got {answer!r}")


host, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
stays = connect(host, port)
ask(*stays, b"first")
print("talking", flush=True)
end = time.monotonic() + seconds
count = 0
while time.monotonic() < end:
    ask(*stays, b"stays %d" % count + b"x" * 2000)
    if count % 5 == 0:
        other = connect(host, port)
        ask(*other, b"new %d" % count)
        other[0].shutdown(socket.SHUT_WR)
        if other[1].read() != b"":
            sys.exit("octets after the end")
        other[0].close()
    count += 1
    time.sleep(0.05)
print(f"not one broken of {count}")
