using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>The control socket of a memif: whole messages, one descriptor with some of them. Nothing here waits.</summary>
internal sealed unsafe class MemifSocket : IDisposable
{
    // struct cmsghdr, and room for more descriptors than any message may have, so that none is lost unseen.
    private const int ControlHeadBytes = 16;
    private const int ControlBytes = ControlHeadBytes + 16;
    private readonly Socket _socket;

    private MemifSocket(Socket socket)
    {
        _socket = socket;
        socket.Blocking = false;
    }

    private int Descriptor => (int)_socket.Handle;

    /// <summary>Connects to a server; null if there is none.</summary>
    public static MemifSocket? TryConnect(string path)
    {
        Socket socket = Create();
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new MemifSocket(socket);
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    }

    /// <summary>Listens, in the place of a dead server if there was one.</summary>
    /// <exception cref="IOException">A living one is there, something that is no socket, or the system refuses.</exception>
    public static Socket Listen(string path)
    {
        if (File.Exists(path))
        {
            if (TryConnect(path) is { } living)
            {
                living.Dispose();
                throw new IOException($"another server answers at {path}");
            }

            if (new FileInfo(path).Length > 0)
            {
                throw new IOException($"{path} is a file, not a socket");
            }

            File.Delete(path);
        }

        Socket listener = Create();
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen(1);
            listener.Blocking = false;
            return listener;
        }
        catch (SocketException refused)
        {
            listener.Dispose();
            throw new IOException($"cannot listen at {path}: {refused.Message}", refused);
        }
    }

    /// <summary>Who wants to connect; null if nobody does.</summary>
    public static MemifSocket? TryAccept(Socket listener)
    {
        try
        {
            return listener.Poll(0, SelectMode.SelectRead) ? new MemifSocket(listener.Accept()) : null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Sends a message, with a descriptor or with -1. What a peer that reads nothing has no room for is lost, and the peer with it.</summary>
    /// <exception cref="IOException">The peer is gone, or does not read.</exception>
    public void Send(ReadOnlySpan<byte> message, int descriptor = -1)
    {
        byte* control = stackalloc byte[ControlBytes];
        fixed (byte* bytes = message)
        {
            var part = new Libc.IoVector { Base = (nint)bytes, Length = message.Length };
            var head = new Libc.Message { Vectors = &part, VectorCount = 1 };
            if (descriptor >= 0)
            {
                *(nint*)control = ControlHeadBytes + sizeof(int);
                *(int*)(control + 8) = Libc.SOL_SOCKET;
                *(int*)(control + 12) = Libc.SCM_RIGHTS;
                *(int*)(control + ControlHeadBytes) = descriptor;
                (head.Control, head.ControlLength) = ((nint)control, ControlHeadBytes + sizeof(int));
            }

            LinuxError.Check((int)Libc.sendmsg(Descriptor, &head, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL), "the peer takes no message");
        }
    }

    /// <summary>The next message, if one is there.</summary>
    /// <param name="message">Room for one.</param>
    /// <param name="descriptor">The descriptor that came with it, the caller's from now on; -1 if none did.</param>
    /// <exception cref="IOException">The peer is gone, or sends something else.</exception>
    public bool TryReceive(Span<byte> message, out int descriptor)
    {
        descriptor = -1;
        byte* control = stackalloc byte[ControlBytes];
        fixed (byte* bytes = message)
        {
            var part = new Libc.IoVector { Base = (nint)bytes, Length = message.Length };
            var head = new Libc.Message { Vectors = &part, VectorCount = 1, Control = (nint)control, ControlLength = ControlBytes };
            nint got = Libc.recvmsg(Descriptor, &head, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
            if (got < 0)
            {
                int errno = Marshal.GetLastSystemError();
                return errno is Libc.EAGAIN or Libc.EINTR ? false : throw new IOException($"the peer is gone (errno {errno})");
            }

            bool isOne = got == MemifMessage.Bytes;
            if (head.ControlLength >= ControlHeadBytes + sizeof(int) && *(int*)(control + 8) == Libc.SOL_SOCKET && *(int*)(control + 12) == Libc.SCM_RIGHTS)
            {
                int count = (int)((*(nint*)control - ControlHeadBytes) / sizeof(int));
                isOne &= count == 1;
                descriptor = Keep(new ReadOnlySpan<int>(control + ControlHeadBytes, count), isOne);
            }

            return isOne ? true : throw new IOException(got == 0 ? "the peer is gone" : "the peer sends what is no message");
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);

    private static int Keep(ReadOnlySpan<int> descriptors, bool keeps)
    {
        foreach (int surplus in keeps ? [] : descriptors)
        {
            _ = Libc.close(surplus);
        }

        return keeps ? descriptors[0] : -1;
    }
}
