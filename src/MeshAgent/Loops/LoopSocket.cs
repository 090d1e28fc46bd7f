using System.Runtime.InteropServices;
using Weft.Mesh;
using Weft.MeshAgent.Native;

namespace Weft.MeshAgent.Loops;

/// <summary>
/// A non-blocking socket on a loop. It remembers whether it may be read or written, so that no system call is made to hear that it
/// may not: the loop is told of changes only (edge-triggered epoll).
/// </summary>
internal sealed unsafe class LoopSocket
{
    /// <summary>There is nothing to read, or no room to write, at the moment.</summary>
    public const int WouldBlock = -1;

    /// <summary>The connection is broken; <see cref="LastError"/> says how.</summary>
    public const int Broken = -2;

    private bool _hungUp;

    public LoopSocket(EventLoop loop, int descriptor, IReadyHandler? handler, bool isReady)
    {
        Loop = loop;
        Descriptor = descriptor;
        Handler = handler;
        IsReadable = isReady;
        IsWritable = isReady;
        loop.Add(this);
    }

    public EventLoop Loop { get; }

    public int Descriptor { get; private set; }

    public IReadyHandler? Handler { get; set; }

    /// <summary>Place in the loop's table; the loop's.</summary>
    public int Slot { get; set; }

    public bool IsReadable { get; private set; }

    public bool IsWritable { get; private set; }

    public bool IsClosed => Descriptor < 0;

    /// <summary>errno of what broke the connection.</summary>
    public int LastError { get; private set; }

    /// <summary>Notes what epoll said.</summary>
    public void Note(uint events)
    {
        const uint end = Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR;
        if ((events & (Libc.EPOLLIN | end)) != 0)
        {
            IsReadable = true;
            _hungUp |= (events & end) != 0;
        }

        if ((events & (Libc.EPOLLOUT | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
        {
            IsWritable = true;
        }
    }

    /// <summary>Bytes read into the start of the buffer, 0 at the other side's end, <see cref="WouldBlock"/> or <see cref="Broken"/>.</summary>
    public int Receive(Span<byte> buffer)
    {
        if (!IsReadable)
        {
            return WouldBlock;
        }

        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.recv(Descriptor, start, (nuint)buffer.Length, Libc.MSG_DONTWAIT);
        }

        if (count < 0)
        {
            return Failed(reading: true);
        }

        if (count < buffer.Length && count > 0 && !_hungUp)
        {
            IsReadable = false; // epoll(7): a short read of a stream means that it is drained
        }

        return (int)count;
    }

    /// <summary>As <see cref="Receive"/>, but the bytes stay.</summary>
    public int Peek(Span<byte> buffer)
    {
        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.recv(Descriptor, start, (nuint)buffer.Length, Libc.MSG_DONTWAIT | Libc.MSG_PEEK);
        }

        if (count < 0)
        {
            return Failed(reading: true);
        }

        // Bytes can be there before the loop was told: who saw them may take them.
        IsReadable = true;
        return (int)count;
    }

    /// <summary>Bytes that were taken, <see cref="WouldBlock"/> or <see cref="Broken"/>.</summary>
    public int Send(ReadOnlySpan<byte> buffer)
    {
        if (!IsWritable)
        {
            return WouldBlock;
        }

        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.send(Descriptor, start, (nuint)buffer.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
        }

        if (count < 0)
        {
            return Failed(reading: false);
        }

        IsWritable = count == buffer.Length;
        return (int)count;
    }

    /// <summary>A datagram and who sent it; lengths as in <see cref="Receive"/>.</summary>
    public int ReceiveFrom(Span<byte> buffer, out MeshEndpoint source)
    {
        source = default;
        if (!IsReadable)
        {
            return WouldBlock;
        }

        SocketAddress address = SocketAddress.Empty;
        nint count;
        fixed (byte* start = buffer)
        {
            count = Libc.recvfrom(Descriptor, start, (nuint)buffer.Length, Libc.MSG_DONTWAIT, (byte*)&address, &address.Length);
        }

        if (count < 0)
        {
            return Failed(reading: true);
        }

        source = address.Endpoint;
        return (int)count;
    }

    /// <summary>Sends a datagram; false if it was not taken.</summary>
    public bool SendTo(ReadOnlySpan<byte> buffer, MeshEndpoint destination)
    {
        var address = new SocketAddress(destination);
        fixed (byte* start = buffer)
        {
            return Libc.sendto(Descriptor, start, (nuint)buffer.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT, (byte*)&address, address.Length) == buffer.Length;
        }
    }

    /// <summary>The result of a connect that was under way: 0, or errno.</summary>
    public int TakeError()
    {
        int error = 0;
        uint length = sizeof(int);
        return Libc.getsockopt(Descriptor, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length) < 0 ? Marshal.GetLastSystemError() : error;
    }

    /// <summary>Ends our direction: the other side reads the end.</summary>
    public void ShutdownSend() => _ = Libc.shutdown(Descriptor, Libc.SHUT_WR);

    /// <summary>Closes in good order.</summary>
    public void Close()
    {
        if (!IsClosed)
        {
            Loop.Remove(this);
            _ = Libc.close(Descriptor);
            Descriptor = -1;
        }
    }

    /// <summary>Closes with a reset: the other side learns that the connection failed.</summary>
    public void Reset()
    {
        if (!IsClosed)
        {
            Sockets.SetLingerZero(Descriptor);
            Close();
        }
    }

    private int Failed(bool reading)
    {
        int error = Marshal.GetLastSystemError();
        if (error is not (Libc.EAGAIN or Libc.EINTR))
        {
            LastError = error;
            return Broken;
        }

        if (reading)
        {
            IsReadable = false;
        }
        else
        {
            IsWritable = false;
        }

        return WouldBlock;
    }
}
