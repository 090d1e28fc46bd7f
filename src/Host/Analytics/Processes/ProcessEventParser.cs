using System.Runtime.InteropServices;

namespace Weft.Host.Analytics.Processes;

/// <summary>
/// Reads datagrams of the kernel's process connector: netlink headers (linux/netlink.h), in each a connector message
/// (linux/connector.h), in that a process event (linux/cn_proc.h). All in this machine's byte order.
/// </summary>
internal static class ProcessEventParser
{
    /// <summary>Index and value of the connector's process events (CN_IDX_PROC, CN_VAL_PROC).</summary>
    public const uint Connector = 1;

    private const int NetlinkHeaderBytes = 16;
    private const int ConnectorHeaderBytes = 20;
    private const int EventHeaderBytes = 16;
    private const int NetlinkAlignment = 4;

    private const ushort NetlinkDone = 3;
    private const uint Fork = 0x1;
    private const uint Exec = 0x2;
    private const uint Exit = 0x8000_0000;

    /// <summary>Reads the events of a datagram.</summary>
    /// <param name="datagram">What the socket received.</param>
    /// <param name="events">Receives events; others of the datagram are given up when it is full.</param>
    /// <param name="malformed">True if the datagram's lengths do not fit; what came before is still returned.</param>
    /// <returns>Events written.</returns>
    public static int Parse(ReadOnlySpan<byte> datagram, Span<ProcessEvent> events, out bool malformed)
    {
        int count = 0;
        malformed = false;
        while (datagram.Length > 0 && count < events.Length)
        {
            int length = datagram.Length < NetlinkHeaderBytes ? 0 : MemoryMarshal.Read<int>(datagram);
            if (length < NetlinkHeaderBytes || length > datagram.Length)
            {
                malformed = true;
                return count;
            }

            ushort type = MemoryMarshal.Read<ushort>(datagram[4..]);
            if (type == NetlinkDone)
            {
                ReadOnlySpan<byte> message = datagram[NetlinkHeaderBytes..length];
                malformed |= message.Length < ConnectorHeaderBytes;
                count += TryParse(message, out events[count]) ? 1 : 0;
            }

            int next = (length + NetlinkAlignment - 1) & -NetlinkAlignment;
            datagram = datagram[Math.Min(next, datagram.Length)..];
        }

        return count;
    }

    /// <summary>One connector message. Events of threads, and kinds that nobody asked for, are none.</summary>
    private static bool TryParse(ReadOnlySpan<byte> message, out ProcessEvent happened)
    {
        happened = default;
        if (message.Length < ConnectorHeaderBytes + EventHeaderBytes + 8
            || MemoryMarshal.Read<uint>(message) != Connector
            || MemoryMarshal.Read<uint>(message[4..]) != Connector)
        {
            return false;
        }

        ReadOnlySpan<byte> body = message[ConnectorHeaderBytes..];
        uint what = MemoryMarshal.Read<uint>(body);
        ReadOnlySpan<byte> data = body[EventHeaderBytes..];
        int first = MemoryMarshal.Read<int>(data);
        int second = MemoryMarshal.Read<int>(data[4..]);
        switch (what)
        {
            case Fork when data.Length >= 16:
                // parent_pid, parent_tgid, child_pid, child_tgid.
                int child = MemoryMarshal.Read<int>(data[8..]);
                int childGroup = MemoryMarshal.Read<int>(data[12..]);
                happened = new ProcessEvent(ProcessEventKind.Fork, childGroup, second);
                return child == childGroup;
            case Exec:
                happened = new ProcessEvent(ProcessEventKind.Exec, second, 0);
                return true;
            case Exit:
                happened = new ProcessEvent(ProcessEventKind.Exit, second, 0);
                return first == second;
            default:
                return false;
        }
    }
}
