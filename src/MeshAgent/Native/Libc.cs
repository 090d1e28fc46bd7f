using System.Runtime.InteropServices;

namespace Weft.MeshAgent.Native;

/// <summary>
/// The system calls of the agent's loops, with the constants of the kernel's headers. Nothing marshals errno: the caller reads
/// <see cref="Marshal.GetLastSystemError"/> as its next action.
/// </summary>
internal static unsafe partial class Libc
{
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int EADDRNOTAVAIL = 99;
    public const int EMFILE = 24;
    public const int ENFILE = 23;
    public const int EINPROGRESS = 115;

    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOCK_CLOEXEC = 0x80000;

    public const int SOL_IP = 0;
    public const int IP_TRANSPARENT = 19;
    public const int IP_BIND_ADDRESS_NO_PORT = 24;
    public const int SOL_SOCKET = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_ERROR = 4;
    public const int SO_KEEPALIVE = 9;
    public const int SO_LINGER = 13;
    public const int IPPROTO_TCP = 6;
    public const int TCP_NODELAY = 1;
    public const int SOL_IPV6 = 41;
    public const int IPV6_V6ONLY = 26;
    public const int IPV6_TRANSPARENT = 75;
    public const int IPV6_FREEBIND = 78;

    public const int SHUT_WR = 1;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_PEEK = 2;
    public const int MSG_DONTWAIT = 0x40;

    public const int EPOLL_CTL_ADD = 1;
    public const int EPOLL_CTL_DEL = 2;
    public const uint EPOLLIN = 1;
    public const uint EPOLLOUT = 4;
    public const uint EPOLLERR = 8;
    public const uint EPOLLHUP = 0x10;
    public const uint EPOLLRDHUP = 0x2000;
    public const uint EPOLLET = 1u << 31;
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EFD_NONBLOCK = 0x800;
    public const int EFD_CLOEXEC = 0x80000;

    [LibraryImport("libc")]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    public static partial int bind(int socket, byte* address, uint length);

    [LibraryImport("libc")]
    public static partial int listen(int socket, int backlog);

    [LibraryImport("libc")]
    public static partial int connect(int socket, byte* address, uint length);

    [LibraryImport("libc")]
    public static partial int accept4(int socket, byte* address, uint* length, int flags);

    [LibraryImport("libc")]
    public static partial int getsockname(int socket, byte* address, uint* length);

    [LibraryImport("libc")]
    public static partial nint recv(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    public static partial nint send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc")]
    public static partial nint recvfrom(int socket, byte* buffer, nuint length, int flags, byte* address, uint* addressLength);

    [LibraryImport("libc")]
    public static partial nint sendto(int socket, byte* buffer, nuint length, int flags, byte* address, uint addressLength);

    [LibraryImport("libc")]
    public static partial int shutdown(int socket, int how);

    [LibraryImport("libc")]
    public static partial int setsockopt(int socket, int level, int option, void* value, uint length);

    [LibraryImport("libc")]
    public static partial int getsockopt(int socket, int level, int option, void* value, uint* length);

    [LibraryImport("libc")]
    public static partial int close(int descriptor);

    [LibraryImport("libc")]
    public static partial nint read(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc")]
    public static partial nint write(int descriptor, void* buffer, nuint length);

    [LibraryImport("libc")]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    public static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    public static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* registration);

    [LibraryImport("libc")]
    public static partial int epoll_wait(int epoll, byte* events, int capacity, int milliseconds);
}
