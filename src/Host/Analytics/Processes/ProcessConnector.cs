using System.Runtime.InteropServices;

namespace Weft.Host.Analytics.Processes;

/// <summary>
/// The kernel's process connector (CN_PROC): every fork, exec and exit of the machine, without a look at /proc. Needs root in the
/// machine's own namespaces; where the kernel refuses, the caller polls.
/// </summary>
internal sealed partial class ProcessConnector : IDisposable
{
    private const int Netlink = 16;
    private const int Datagrams = 2;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int ConnectorProtocol = 11;
    private const int SocketLevel = 1;
    private const int ReceiveBufferForce = 33;
    private const int Listen = 1;
    private const int NoBufferSpace = 105;
    private const int BufferBytes = 4 << 20;
    private const int AcknowledgePatienceMilliseconds = 1000;
    private const uint WhatNone = 0;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _socket;

    private ProcessConnector(int socket) => _socket = socket;

    /// <summary>Times that the kernel dropped events because nobody had read in time: look at all processes again.</summary>
    public long Overruns { get; private set; }

    /// <summary>Datagrams that were not understood, or that another process sent.</summary>
    public long Malformed { get; private set; }

    /// <summary>Subscribes.</summary>
    /// <returns>Null and the reason if the kernel has no process connector or refuses it here.</returns>
    public static ProcessConnector? TryOpen(out string whyNot)
    {
        whyNot = "there is none outside Linux";
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        int socket = NewSocket(Netlink, Datagrams | CloseOnExec | NonBlocking, ConnectorProtocol);
        if (socket < 0)
        {
            whyNot = $"the socket was refused: {Marshal.GetLastPInvokeErrorMessage()}";
            return null;
        }

        var connector = new ProcessConnector(socket);
        var address = new NetlinkAddress { Family = Netlink, Groups = ProcessEventParser.Connector };
        int bytes = BufferBytes;
        _ = SetOption(socket, SocketLevel, ReceiveBufferForce, in bytes, sizeof(int));
        if (Bind(socket, in address, Marshal.SizeOf<NetlinkAddress>()) != 0 || !connector.TryListen())
        {
            whyNot = $"the kernel refuses process events: {Marshal.GetLastPInvokeErrorMessage()}";
            connector.Dispose();
            return null;
        }

        // Where a namespace hides the kernel's answer, events would be hidden as well.
        if (!connector.IsAcknowledged())
        {
            whyNot = "the kernel does not answer: this is not the machine's own namespace, or it has no CONFIG_PROC_EVENTS";
            connector.Dispose();
            return null;
        }

        whyNot = "";
        return connector;
    }

    /// <summary>Takes what has come, without waiting.</summary>
    /// <returns>Events written; 0 if none waits.</returns>
    public int Receive(Span<ProcessEvent> events)
    {
        while (true)
        {
            var from = default(NetlinkAddress);
            int size = Marshal.SizeOf<NetlinkAddress>();
            nint length = ReceiveFrom(_socket, _buffer, _buffer.Length, 0, ref from, ref size);
            if (length <= 0)
            {
                if (length < 0 && Marshal.GetLastPInvokeError() == NoBufferSpace)
                {
                    Overruns++;
                    continue;
                }

                return 0;
            }

            // Any process may send to this socket; only the kernel has port 0.
            bool malformed = from.PortId != 0;
            int count = malformed ? 0 : ProcessEventParser.Parse(_buffer.AsSpan(0, (int)length), events, out malformed);
            Malformed += malformed ? 1 : 0;
            if (count > 0)
            {
                return count;
            }
        }
    }

    /// <summary>Waits until something has come.</summary>
    public void Wait(TimeSpan atMost)
    {
        var poll = new PollRequest { Socket = _socket, Wanted = 1 };
        _ = Poll(ref poll, 1, (int)Math.Ceiling(atMost.TotalMilliseconds));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int socket = Interlocked.Exchange(ref _socket, -1);
        if (socket >= 0)
        {
            _ = Close(socket);
        }
    }

    /// <summary>Sends PROC_CN_MCAST_LISTEN.</summary>
    private bool TryListen()
    {
        const int length = 16 + 20 + sizeof(int);
        Span<byte> message = stackalloc byte[length];
        message.Clear();
        MemoryMarshal.Write(message, length);
        MemoryMarshal.Write(message[4..], (ushort)3);
        MemoryMarshal.Write(message[16..], ProcessEventParser.Connector);
        MemoryMarshal.Write(message[20..], ProcessEventParser.Connector);
        MemoryMarshal.Write(message[32..], (ushort)sizeof(int));
        MemoryMarshal.Write(message[36..], Listen);
        return Send(_socket, message, message.Length, 0) == length;
    }

    /// <summary>The kernel answers a subscription with an event that says "none", and an error number.</summary>
    private bool IsAcknowledged()
    {
        long deadline = Environment.TickCount64 + AcknowledgePatienceMilliseconds;
        while (Environment.TickCount64 < deadline)
        {
            Wait(TimeSpan.FromMilliseconds(Math.Max(1, deadline - Environment.TickCount64)));
            var from = default(NetlinkAddress);
            int size = Marshal.SizeOf<NetlinkAddress>();
            nint length = ReceiveFrom(_socket, _buffer, _buffer.Length, 0, ref from, ref size);
            if (length >= 16 + 20 + 20 && from.PortId == 0)
            {
                // Any other event proves as well that we are heard.
                return MemoryMarshal.Read<uint>(_buffer.AsSpan(36)) != WhatNone || MemoryMarshal.Read<int>(_buffer.AsSpan(52)) == 0;
            }
        }

        return false;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint PortId;
        public uint Groups;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int Socket;
        public short Wanted;
        public short Happened;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NewSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, in NetlinkAddress address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, in int value, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    private static partial nint ReceiveFrom(int socket, Span<byte> buffer, nint length, int flags, ref NetlinkAddress from, ref int fromLength);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollRequest requests, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
