using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Weft.Packets;
using Weft.Ports.Linux;

namespace Weft.Ports;

/// <summary>
/// Messages with open descriptors between two processes, over a connected Unix stream socket (unix(7), SCM_RIGHTS). Each message is a length,
/// a number of descriptors and the bytes. One thread uses a channel at a time.
/// </summary>
public sealed unsafe class DescriptorChannel : IDisposable
{
    /// <summary>Most descriptors of a message; the kernel takes 253 at once.</summary>
    public const int MaxDescriptors = 250;

    private const int HeadBytes = 8;

    // struct cmsghdr of a 64-bit machine: length, level, type; then the descriptors.
    private const int ControlHeadBytes = 16;
    private const int ControlBytes = ControlHeadBytes + (MaxDescriptors + 1) / 2 * 2 * sizeof(int);
    private readonly Socket _socket;
    private readonly int _descriptor;

    /// <summary>Uses a connected socket, which the channel owns from now on and which nobody else reads or writes.</summary>
    public DescriptorChannel(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        _socket = socket;
        _descriptor = (int)socket.Handle;
    }

    /// <summary>Sends a message. The descriptors stay the caller's; the receiver gets copies.</summary>
    /// <param name="message">The bytes.</param>
    /// <param name="descriptors">At most <see cref="MaxDescriptors"/>.</param>
    /// <param name="patience">How long the other side may take to make room.</param>
    /// <exception cref="ArgumentException">There are too many descriptors.</exception>
    /// <exception cref="IOException">The other side is gone or does not read.</exception>
    public void Send(ReadOnlySpan<byte> message, ReadOnlySpan<int> descriptors, TimeSpan patience)
    {
        if (descriptors.Length > MaxDescriptors)
        {
            throw new ArgumentException($"A message carries {MaxDescriptors} descriptors at most, not {descriptors.Length}.", nameof(descriptors));
        }

        Timestamp deadline = Timestamp.FromMonotonicClock() + patience;
        byte* head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(head, 4), message.Length);
        BinaryPrimitives.WriteInt32BigEndian(new Span<byte>(head + 4, 4), descriptors.Length);
        SendHead(head, descriptors, deadline);
        fixed (byte* bytes = message)
        {
            for (int sent = 0; sent < message.Length;)
            {
                nint count = Libc.sendto(_descriptor, bytes + sent, message.Length - sent, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL, null, 0);
                sent += (int)Progress(count, Libc.POLLOUT, deadline);
            }
        }
    }

    /// <summary>Receives a message. The descriptors are the caller's from then on, who closes them.</summary>
    /// <param name="maxBytes">A longer message is refused.</param>
    /// <param name="patience">How long the other side may take.</param>
    /// <exception cref="IOException">The other side is gone, silent, or sends no such message; descriptors that came are closed.</exception>
    public (byte[] Message, int[] Descriptors) Receive(int maxBytes, TimeSpan patience)
    {
        Timestamp deadline = Timestamp.FromMonotonicClock() + patience;
        byte* head = stackalloc byte[HeadBytes];
        var descriptors = new List<int>();
        try
        {
            for (int got = 0; got < HeadBytes;)
            {
                got += ReceiveHead(head + got, HeadBytes - got, descriptors, deadline);
            }

            int length = BinaryPrimitives.ReadInt32BigEndian(new ReadOnlySpan<byte>(head, 4));
            if (length < 0 || length > maxBytes || BinaryPrimitives.ReadInt32BigEndian(new ReadOnlySpan<byte>(head + 4, 4)) != descriptors.Count)
            {
                throw new IOException("what came is no message of a handover");
            }

            byte[] message = new byte[length];
            fixed (byte* bytes = message)
            {
                for (int got = 0; got < length;)
                {
                    got += (int)Progress(Libc.recv(_descriptor, bytes + got, length - got, Libc.MSG_DONTWAIT), Libc.POLLIN, deadline);
                }
            }

            return (message, [.. descriptors]);
        }
        catch
        {
            descriptors.ForEach(descriptor => _ = Libc.close(descriptor));
            throw;
        }
    }

    /// <summary>Waits until the other side hangs up, which a process that ends does. What it says until then is lost.</summary>
    /// <param name="patience">At most this long.</param>
    /// <returns>True if it has hung up.</returns>
    public bool WaitForEnd(TimeSpan patience)
    {
        Timestamp deadline = Timestamp.FromMonotonicClock() + patience;
        byte* lost = stackalloc byte[HeadBytes];
        while (true)
        {
            nint got = Libc.recv(_descriptor, lost, HeadBytes, Libc.MSG_DONTWAIT);
            int errno = got < 0 ? Marshal.GetLastSystemError() : 0;
            TimeSpan left = deadline - Timestamp.FromMonotonicClock();
            if (got == 0 || errno is not (0 or Libc.EAGAIN or Libc.EINTR) || left <= TimeSpan.Zero)
            {
                return got == 0 || errno is not (0 or Libc.EAGAIN or Libc.EINTR);
            }

            if (got < 0)
            {
                Await(Libc.POLLIN, left);
            }
        }
    }

    /// <summary>Hangs up.</summary>
    public void Dispose() => _socket.Dispose();

    private void SendHead(byte* head, ReadOnlySpan<int> descriptors, Timestamp deadline)
    {
        byte* control = stackalloc byte[ControlBytes];
        nint controlBytes = descriptors.IsEmpty ? 0 : ControlHeadBytes + descriptors.Length * sizeof(int);
        if (controlBytes > 0)
        {
            *(nint*)control = controlBytes;
            *(int*)(control + 8) = Libc.SOL_SOCKET;
            *(int*)(control + 12) = Libc.SCM_RIGHTS;
            descriptors.CopyTo(new Span<int>(control + ControlHeadBytes, descriptors.Length));
        }

        for (int sent = 0; sent < HeadBytes;)
        {
            var part = new Libc.IoVector { Base = (nint)(head + sent), Length = HeadBytes - sent };
            // The descriptors go with the first byte, once.
            var message = new Libc.Message { Vectors = &part, VectorCount = 1, Control = sent == 0 ? (nint)control : 0, ControlLength = sent == 0 ? controlBytes : 0 };
            sent += (int)Progress(Libc.sendmsg(_descriptor, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL), Libc.POLLOUT, deadline);
        }
    }

    private int ReceiveHead(byte* into, int room, List<int> descriptors, Timestamp deadline)
    {
        byte* control = stackalloc byte[ControlBytes];
        var part = new Libc.IoVector { Base = (nint)into, Length = room };
        var message = new Libc.Message { Vectors = &part, VectorCount = 1, Control = (nint)control, ControlLength = ControlBytes };
        nint got = Libc.recvmsg(_descriptor, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        if (got > 0 && message.ControlLength >= ControlHeadBytes && *(int*)(control + 8) == Libc.SOL_SOCKET && *(int*)(control + 12) == Libc.SCM_RIGHTS)
        {
            int count = (int)((*(nint*)control - ControlHeadBytes) / sizeof(int));
            descriptors.AddRange(new ReadOnlySpan<int>(control + ControlHeadBytes, count));
        }

        got = Progress(got, Libc.POLLIN, deadline);
        return (message.Flags & Libc.MSG_CTRUNC) == 0 ? (int)got : throw new IOException("more descriptors came than a handover has, or this process may open no more");
    }

    /// <summary>Bytes of the last call; if it could not go on, waits until it can, and none.</summary>
    private nint Progress(nint result, short awaited, Timestamp deadline)
    {
        int errno = result < 0 ? Marshal.GetLastSystemError() : 0;
        if (result > 0)
        {
            return result;
        }

        if (result == 0 || errno is not (Libc.EAGAIN or Libc.EINTR))
        {
            throw new IOException(result == 0 ? "the other process hung up" : $"the other process cannot be talked to (errno {errno})");
        }

        TimeSpan left = deadline - Timestamp.FromMonotonicClock();
        if (left <= TimeSpan.Zero)
        {
            throw new IOException("the other process does not answer in time");
        }

        Await(awaited, left);
        return 0;
    }

    private void Await(short awaited, TimeSpan left)
    {
        var poll = new Libc.PollDescriptor { Descriptor = _descriptor, Events = awaited };
        var time = new Libc.TimeSpec { Seconds = (nint)(left.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(left.Ticks % TimeSpan.TicksPerSecond * Timestamp.NanosecondsPerTick) };
        _ = Libc.ppoll(&poll, 1, &time, null);
    }
}
