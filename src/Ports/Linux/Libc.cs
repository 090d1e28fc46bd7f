using System.Runtime.InteropServices;
using System.Text;

namespace Weft.Ports.Linux;

/// <summary>
/// The system calls that ports use, with the constants of the kernel's headers. None of them asks the marshaller to keep
/// errno: the caller reads <see cref="Marshal.GetLastSystemError"/> as its next action.
/// </summary>
internal static unsafe partial class Libc
{
    // errno
    public const int EIO = 5;
    public const int ENXIO = 6;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int ENODEV = 19;
    public const int EINVAL = 22;
    public const int PRIO_PROCESS = 0;
    public const int EINTR = 4;
    public const int EBADFD = 77;
    public const int EMSGSIZE = 90;
    public const int ENETDOWN = 100;
    public const int ENOBUFS = 105;

    // socket, fcntl, mmap, poll
    public const int AF_INET = 2;
    public const int AF_PACKET = 17;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_CLOEXEC = 0x80000;
    public const int SOCK_NONBLOCK = 0x800;
    public const int SOL_SOCKET = 1;
    public const int SO_ERROR = 4;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SCM_RIGHTS = 1;
    public const int MSG_CTRUNC = 8;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CMSG_CLOEXEC = 0x4000_0000;
    public const int O_RDWR = 2;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;
    public const int MAP_PRIVATE = 2;
    public const int MAP_ANONYMOUS = 0x20;
    public const int MAP_POPULATE = 0x8000;
    public const int EPOLL_CLOEXEC = 0x80000;
    public const int EPOLL_CTL_ADD = 1;
    public const uint EPOLLIN = 1;
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const int EFD_NONBLOCK = 0x800;
    public const int EFD_CLOEXEC = 0x80000;
    public const int CLONE_NEWNET = 0x4000_0000;

    // interface requests
    public const int SIOCGIFFLAGS = 0x8913;
    public const int SIOCSIFFLAGS = 0x8914;
    public const int SIOCGIFMTU = 0x8921;
    public const int SIOCSIFMTU = 0x8922;
    public const int SIOCGIFINDEX = 0x8933;
    public const int SIOCGIFHWADDR = 0x8927;
    public const int SIOCETHTOOL = 0x8946;
    public const uint ETHTOOL_GLINK = 0x0A;
    public const uint ETHTOOL_GTXCSUM = 0x16;
    public const uint ETHTOOL_GTSO = 0x1E;
    public const uint ETHTOOL_GCHANNELS = 0x3C;
    public const uint ETHTOOL_GSTRINGS = 0x1B;
    public const uint ETHTOOL_GSSET_INFO = 0x37;
    public const uint ETHTOOL_GFEATURES = 0x3A;
    public const uint ETH_SS_FEATURES = 4;
    public const int ETH_GSTRING_LEN = 32;
    public const short IFF_UP = 1;
    public const short IFF_RUNNING = 0x40;
    public const ushort ARPHRD_ETHER = 1;
    public const int TUNSETIFF = 0x400454ca;
    public const nuint TUNGETIFF = 0x800454d2;
    public const int TUNSETOFFLOAD = 0x400454d0;
    public const int TUNSETVNETHDRSZ = 0x400454d8;
    public const short IFF_TAP = 2;
    public const short IFF_VNET_HDR = 0x4000;
    public const uint TUN_F_CSUM = 1;
    public const uint TUN_F_TSO4 = 2;
    public const uint TUN_F_TSO6 = 4;
    public const uint TUN_F_TSO_ECN = 8;

    // Since Linux 6.2: headers of older distributions do not name them.
    public const uint TUN_F_USO4 = 0x20;
    public const uint TUN_F_USO6 = 0x40;
    public const short IFF_NO_PI = 0x1000;
    public const short IFF_MULTI_QUEUE = 0x100;

    [LibraryImport("libc")]
    public static partial int socket(int domain, int type, int protocol);

    [LibraryImport("libc")]
    public static partial int close(int descriptor);

    [LibraryImport("libc")]
    public static partial int setsockopt(int descriptor, int level, int option, void* value, int length);

    [LibraryImport("libc")]
    public static partial int getsockopt(int descriptor, int level, int option, void* value, int* length);

    [LibraryImport("libc")]
    public static partial int bind(int descriptor, void* address, int length);

    [LibraryImport("libc")]
    public static partial nint mmap(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc")]
    public static partial int munmap(nint address, nint length);

    [LibraryImport("libc")]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    /// <summary>
    /// Opens a file. The path is converted here and not by the generator, so that every import is blittable: coverage tools stumble
    /// over the body-less local functions that the generator makes for the others.
    /// </summary>
    public static int open(string path, int flags)
    {
        byte[] zeroTerminated = Encoding.UTF8.GetBytes(path + '\0');
        fixed (byte* bytes = zeroTerminated)
        {
            return open(bytes, flags);
        }
    }

    [LibraryImport("libc")]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc")]
    public static partial int setns(int descriptor, int type);

    [LibraryImport("libc")]
    public static partial int memfd_create(byte* name, uint flags);

    [LibraryImport("libc")]
    public static partial int ftruncate(int descriptor, nint length);

    [LibraryImport("libc")]
    public static partial nint lseek(int descriptor, nint offset, int from);

    /// <summary>A function with variable arguments, which on this architecture are passed as others are.</summary>
    [LibraryImport("libc")]
    public static partial int fcntl(int descriptor, int command, nint argument);

    [LibraryImport("libc")]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc")]
    public static partial nint sendto(int descriptor, void* buffer, nint length, int flags, void* address, int addressLength);

    [LibraryImport("libc")]
    public static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    public static partial int epoll_ctl(int events, int operation, int descriptor, void* interest);

    [LibraryImport("libc")]
    public static partial nint syscall(nint number, nint first, nint second, nint third);

    /// <summary>Number of bpf(2), which the C library does not wrap.</summary>
    public static nint BpfCall => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    [LibraryImport("libc")]
    public static partial nint recv(int descriptor, void* buffer, nint length, int flags);

    [LibraryImport("libc")]
    public static partial nint sendmsg(int descriptor, Message* message, int flags);

    [LibraryImport("libc")]
    public static partial nint recvmsg(int descriptor, Message* message, int flags);

    [LibraryImport("libc")]
    public static partial int sendmmsg(int descriptor, MultiMessage* messages, uint count, int flags);

    [LibraryImport("libc")]
    public static partial nint readv(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc")]
    public static partial nint writev(int descriptor, IoVector* vectors, int count);

    [LibraryImport("libc")]
    public static partial nint read(int descriptor, void* buffer, nint length);

    [LibraryImport("libc")]
    public static partial nint write(int descriptor, void* buffer, nint length);

    [LibraryImport("libc")]
    public static partial int getpriority(int which, int who);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int setpriority(int which, int who, int value);

    [LibraryImport("libc")]
    public static partial int sched_setaffinity(int thread, nint bytes, void* processors);

    [LibraryImport("libc")]
    public static partial int sched_getaffinity(int thread, nint bytes, void* processors);

    [LibraryImport("libc")]
    public static partial int ppoll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signalMask);

    /// <summary>struct iovec.</summary>
    public struct IoVector
    {
        public nint Base;
        public nint Length;
    }

    /// <summary>struct msghdr, as 64-bit Linux lays it out.</summary>
    public struct Message
    {
        public nint Name;
        public int NameLength;
        public int Padding0;
        public IoVector* Vectors;
        public nint VectorCount;
        public nint Control;
        public nint ControlLength;
        public int Flags;
        public int Padding1;
    }

    /// <summary>struct mmsghdr with its msghdr, as 64-bit Linux lays it out.</summary>
    public struct MultiMessage
    {
        public nint Name;
        public int NameLength;
        public int Padding0;
        public IoVector* Vectors;
        public nint VectorCount;
        public nint Control;
        public nint ControlLength;
        public int Flags;
        public int Padding1;
        public uint Transferred;
        public int Padding2;
    }

    /// <summary>struct pollfd.</summary>
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec.</summary>
    public struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
