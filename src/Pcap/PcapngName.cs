using System.Text;

namespace Weft.Pcap;

/// <summary>One record of a Name Resolution Block: an address and the names it had when the file was written.</summary>
public readonly ref struct PcapngName
{
    internal PcapngName(PcapngNameType type, ReadOnlySpan<byte> value)
    {
        int addressBytes = AddressBytes(type);
        Type = type;
        Address = value[..Math.Min(addressBytes, value.Length)];
        Names = value[Address.Length..];
    }

    /// <summary>What the address is; other values are records unknown here, all of whose bytes are in <see cref="Names"/>.</summary>
    public PcapngNameType Type { get; }

    /// <summary>The address in network byte order; shorter than its type wants only if the file is damaged.</summary>
    public ReadOnlySpan<byte> Address { get; }

    /// <summary>The names as written: UTF-8, each ended by a zero.</summary>
    public ReadOnlySpan<byte> Names { get; }

    /// <summary>The names as strings; allocates them.</summary>
    public string[] GetNames() => Encoding.UTF8.GetString(Names).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    internal static int AddressBytes(PcapngNameType type) => type switch
    {
        PcapngNameType.IPv4 => 4,
        PcapngNameType.IPv6 => 16,
        PcapngNameType.Eui48 => 6,
        PcapngNameType.Eui64 => 8,
        _ => 0,
    };
}
