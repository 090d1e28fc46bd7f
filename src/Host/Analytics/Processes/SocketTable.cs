using System.Globalization;
using System.Runtime.InteropServices;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Analytics.Processes;

/// <summary>Reads /proc/net/tcp, tcp6, udp and udp6 (proc(5)).</summary>
internal static class SocketTable
{
    private const int LocalColumn = 1;
    private const int RemoteColumn = 2;
    private const int StateColumn = 3;
    private const int InodeColumn = 9;

    /// <summary>Reads a table. Lines that are not as documented are passed over.</summary>
    public static void Parse(IEnumerable<string> lines, bool isTcp, List<SocketEntry> into)
    {
        foreach (string line in lines.Skip(1))
        {
            string[] columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > InodeColumn
                && TryParseEndpoint(columns[LocalColumn], out TunnelAddress local, out ushort localPort)
                && TryParseEndpoint(columns[RemoteColumn], out TunnelAddress remote, out ushort remotePort)
                && int.TryParse(columns[StateColumn], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int state)
                && ulong.TryParse(columns[InodeColumn], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
            {
                into.Add(new SocketEntry(inode, isTcp, state, local, localPort, remote, remotePort));
            }
        }
    }

    /// <summary>An address is 32-bit words in this machine's byte order, a port is a number.</summary>
    private static bool TryParseEndpoint(string text, out TunnelAddress address, out ushort port)
    {
        address = default;
        port = 0;
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon is not (8 or 32) || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out port))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        for (int word = 0; word < colon / 8; word++)
        {
            if (!uint.TryParse(text.AsSpan(word * 8, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            {
                return false;
            }

            MemoryMarshal.Write(bytes[(word * 4)..], value);
        }

        bool isMapped = colon == 32 && bytes[..10].IndexOfAnyExcept((byte)0) < 0 && bytes[10] == 0xFF && bytes[11] == 0xFF;
        address = colon == 8 ? new TunnelAddress(IPv4Address.Read(bytes))
            : isMapped ? new TunnelAddress(IPv4Address.Read(bytes[12..]))
            : new TunnelAddress(IPv6Address.Read(bytes));
        return true;
    }
}
